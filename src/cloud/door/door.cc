#include "cloud/door/door.h"

#include "cloud/door/exchange_internal.h"
#include "cloud/door/maintenance.h"
#include "wire/aws/answer.h"

namespace firn::door {
namespace {

constexpr std::string_view kHealthPath = "/_firn/health";

std::string_view ServiceName(Service service) {
  switch (service) {
    case Service::kS3: return "s3";
    case Service::kS3Tables: return "s3tables";
    case Service::kGlue: return "glue";
    case Service::kIceberg: return "iceberg";
    case Service::kIam: return "iam";
    case Service::kSts: return "sts";
    case Service::kLakeFormation: return "lakeformation";
    case Service::kUnknown: return "unknown";
  }
  return "unknown";
}

http::Response HealthResponse() {
  return http::Response{.status = 200,
                        .headers = {{"Content-Type", "application/json"}},
                        .body = std::string("{\"status\":\"ok\"}")};
}

http::Response UnavailableResponse() {
  return http::Response{.status = 503, .headers = {}, .body = std::string()};
}

Result<http::Response> Answer(Exchange& exchange) {
  if (exchange.head.method == "POST" && exchange.head.raw_path() == kTokensPath) {
    return ServeTokens(exchange);
  }
  FIRN_TRY(Authenticate(exchange));
  return Serve(exchange);
}

/// What authentication refuses on an Iceberg path has AWS's own body, not Iceberg's model.
http::Response RefusalResponse(const Exchange& exchange, const aws::ServiceError& failure,
                               const Error& error) {
  aws::Protocol protocol = ProtocolOf(exchange.service);
  if (exchange.service == Service::kIceberg && IsAuthenticationError(error)) {
    protocol = aws::Protocol::kRestJson;
  }
  http::Response response = ToResponse(aws::ErrorAnswer(
      protocol, failure,
      {.request_id = exchange.request_id, .resource = exchange.head.raw_path()}));
  if (exchange.head.method == "HEAD") response.body = std::string();
  return response;
}

}  // namespace

class Door::Impl {
 public:
  Impl(DoorOptions options, std::unique_ptr<SharedServices> shared,
       std::unique_ptr<RegionSet> regions)
      : options_(std::move(options)),
        shared_(std::move(shared)),
        regions_(std::move(regions)),
        maintenance_(*shared_, *regions_, options_.account_id) {}

  http::Response Handle(const Context& context, const http::RequestHead& head,
                        http::BodyReader& body);

  const DoorOptions& options() const { return options_; }
  const SharedServices& shared() const { return *shared_; }
  Maintenance& maintenance() { return maintenance_; }

 private:
  void WriteRecord(const Exchange& exchange, MonotonicTime began, int status,
                   std::string_view code, std::string_view detail);

  // Constant after construction; each service has its own synchronisation.
  const DoorOptions options_;
  const std::unique_ptr<SharedServices> shared_;
  const std::unique_ptr<RegionSet> regions_;  // Borrows shared_.
  Maintenance maintenance_;                   // Borrows both.
};

http::Response Door::Impl::Handle(const Context& context, const http::RequestHead& head,
                                  http::BodyReader& body) {
  if (head.raw_path() == kHealthPath && (head.method == "GET" || head.method == "HEAD")) {
    return HealthResponse();
  }
  const MonotonicTime began = options_.clock->MonotonicNow();
  auto authorization = sigv4::ParseAuthorization(head);
  // The region that the request says it is for, not proved yet; the default one when it says none.
  const auto services =
      regions_->Find(authorization ? authorization->scope.region : BearerRegion(head));
  if (!services) return UnavailableResponse();
  Exchange exchange{context, head, body, options_, **services, std::move(authorization)};
  exchange.request_id = context.request_id().empty() ? aws::NewRequestId(*options_.random)
                                                     : context.request_id();
  Result<http::Response> answer = Answer(exchange);
  http::Response response;
  if (answer) {
    response = *std::move(answer);
    WriteRecord(exchange, began, response.status, "", "");
  } else {
    const aws::ServiceError failure = ToServiceError(exchange.service, answer.error());
    response = RefusalResponse(exchange, failure, answer.error());
    WriteRecord(exchange, began, failure.status, failure.code, answer.error().ToString());
  }
  if (exchange.service == Service::kS3) {
    response.headers.Set("x-amz-request-id", exchange.request_id);
    response.headers.Set("x-amz-id-2", exchange.request_id);
  } else {
    response.headers.Set("x-amzn-RequestId", exchange.request_id);
  }
  return response;
}

void Door::Impl::WriteRecord(const Exchange& exchange, MonotonicTime began, int status,
                             std::string_view code, std::string_view detail) {
  const auto duration = options_.clock->MonotonicNow() - began;
  shared_->audit->Record(RequestRecord{
      .at = options_.clock->Now(),
      .request_id = exchange.request_id,
      .remote_address = exchange.head.remote_address,
      .service = ServiceName(exchange.service),
      .operation = exchange.operation,
      .principal_arn = exchange.authenticated ? exchange.caller.principal->arn : "",
      .access_key_id = exchange.caller.authorization.access_key_id.value(),
      .status = status,
      .error_code = code,
      .error_detail = detail,
      .duration_us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count()});
}

Door::Door(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Door::~Door() = default;

Result<std::unique_ptr<Door>> Door::Open(DoorOptions options) {
  FIRN_ASSIGN_OR_RETURN(auto shared, SharedServices::Open(options));
  FIRN_ASSIGN_OR_RETURN(auto regions, RegionSet::Open(options, *shared));
  return std::unique_ptr<Door>(new Door(
      std::make_unique<Impl>(std::move(options), std::move(shared), std::move(regions))));
}

http::Response Door::Handle(const Context& context, const http::RequestHead& head,
                            http::BodyReader& body) {
  return impl_->Handle(context, head, body);
}

const Credentials& Door::root_credentials() const { return impl_->shared().root_credentials; }
const std::string& Door::account_id() const { return impl_->options().account_id; }
const std::string& Door::region() const { return impl_->options().region; }
Maintenance& Door::maintenance() const { return impl_->maintenance(); }

}  // namespace firn::door
