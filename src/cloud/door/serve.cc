#include "base/encoding.h"
#include "base/json.h"
#include "cloud/door/exchange_internal.h"
#include "cloud/door/limits.h"
#include "wire/aws/form.h"

/// What it means: one function a service, each of the shape read → needs → permit → handle.

namespace firn::door {
namespace {

/// A table that was named by its name is denied without its id: it would tell that the table is there. The audit log has
/// the id.
Error HideTableId(const Error& error) {
  constexpr std::string_view kMarker = "/table/";
  std::string message = error.message();
  const std::size_t marker = message.find(kMarker);
  if (marker == std::string::npos) return error;
  const std::size_t begin = marker + kMarker.size();
  const std::size_t end = std::min(message.find(' ', begin), message.size());
  message.replace(begin, end - begin, "*");
  return Error(error.code(), error.reason(), std::move(message), error.place());
}

Result<policy::Permit> AuthorizeByName(const Exchange& exchange,
                                       std::vector<policy::AccessNeed> needs) {
  auto permit = Authorize(exchange, std::move(needs));
  if (!permit) return HideTableId(permit.error());
  return permit;
}

Result<http::Response> ServeS3(Exchange& exchange) {
  FIRN_ASSIGN_OR_RETURN(const s3::Request request, s3::ParseRequest(exchange.head));
  exchange.operation = s3::OperationName(request);
  s3::IncomingBody body;
  std::string document;
  if (s3::TakesObject(request.operation) || s3::TakesDocument(request.operation)) {
    FIRN_ASSIGN_OR_RETURN(
        body, s3::OpenBody(exchange.head, exchange.body,
                           {exchange.caller.authorization, exchange.caller.secret_key}));
  }
  if (s3::TakesDocument(request.operation)) {
    FIRN_ASSIGN_OR_RETURN(document, s3::ReadDocument(request.operation, body));
  }
  s3::Service& service = *exchange.services.s3;
  FIRN_ASSIGN_OR_RETURN(auto redirect, service.RedirectOf(request));
  if (redirect) return *std::move(redirect);
  FIRN_ASSIGN_OR_RETURN(auto needs, service.NeedsOf(request, document));
  // A key that may not be deleted is refused alone.
  const bool each_alone = request.operation == s3::Operation::kDeleteObjects;
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit,
                        each_alone ? AuthorizeEach(exchange, std::move(needs))
                                   : Authorize(exchange, std::move(needs)));
  return service.Handle(exchange.context, permit, request, exchange.head, document, body);
}

Result<http::Response> ServeS3Tables(Exchange& exchange) {
  FIRN_ASSIGN_OR_RETURN(const auto call,
                        s3tables::ParseApiCall(exchange.head.method, exchange.head.raw_path(),
                                               exchange.head.raw_query()));
  exchange.operation = call.name;
  const s3tables::Api& api = *exchange.services.s3tables;
  FIRN_ASSIGN_OR_RETURN(auto needs, api.NeedsOf(call, exchange.body_text));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit,
                        call.table_arn.empty() ? AuthorizeByName(exchange, std::move(needs))
                                               : Authorize(exchange, std::move(needs)));
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer,
                        api.Handle(exchange.context, permit, call, exchange.body_text));
  return ToResponse(std::move(answer));
}

/// Where this client reached us, for clients that will come back for the objects.
std::string EndpointOf(const Exchange& exchange) {
  if (!exchange.options.public_endpoint.empty()) return exchange.options.public_endpoint;
  return (exchange.head.tls ? "https://" : "http://") +
         std::string(exchange.head.headers.Find("host").value_or("localhost"));
}

/// PUT kWarehousesPath{name}: makes the warehouse, or finds it there.
Result<http::Response> ServeWarehouses(Exchange& exchange) {
  exchange.operation = "CreateWarehouse";
  const std::string name(exchange.head.raw_path().substr(kWarehousesPath.size()));
  if (exchange.head.method != "PUT") {
    return Unsupported("MethodNotAllowed", "a warehouse is made with PUT");
  }
  icebergrest::WarehouseStore& store = *exchange.services.warehouses;
  FIRN_TRY(Authorize(exchange, {policy::AccessNeed{.action = "s3tables:CreateTableBucket",
                                                   .resource = store.WarehouseArn(name)}}));
  FIRN_ASSIGN_OR_RETURN(const auto row, store.EnsureWarehouse(name));
  return ToResponse(aws::JsonAnswer(PrintJson(
      json::object{{"name", row.name}, {"arn", store.WarehouseArn(name)}, {"root", row.root}})));
}

/// A table bucket on the firn face: S3 Tables' rules, whole.
Result<http::Response> ServeTableBucket(Exchange& exchange, const icebergrest::FirnCall& call,
                                        const std::string& bucket) {
  const glue::IcebergFace& face = *exchange.services.s3tables_face;
  glue::IcebergCall there{.route = call.route,
                          .catalog = glue::CatalogId{.bucket = bucket, .federated = true},
                          .query = call.query};
  FIRN_ASSIGN_OR_RETURN(auto needs, face.NeedsOf(there, exchange.body_text));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit, AuthorizeByName(exchange, std::move(needs)));
  FIRN_ASSIGN_OR_RETURN(
      aws::Answer answer,
      face.Handle(exchange.context, permit, there,
                  {.body = std::move(exchange.body_text),
                   .if_none_match =
                       std::string(exchange.head.headers.Find("if-none-match").value_or("")),
                   .endpoint = EndpointOf(exchange),
                   .data_access = std::nullopt}));
  return ToResponse(std::move(answer));
}

Result<http::Response> ServeFirn(Exchange& exchange) {
  const http::RequestHead& head = exchange.head;
  FIRN_TRY(exchange.services.EnsureDefaultWarehouse());
  if (head.raw_path().starts_with(kWarehousesPath)) return ServeWarehouses(exchange);
  icebergrest::FirnFace& face = *exchange.services.firn_face;
  FIRN_ASSIGN_OR_RETURN(const auto call,
                        face.ParseCall(head.method, head.raw_path(), head.raw_query()));
  exchange.operation = std::string(iceberg_rest::OperationName(call.route.operation));
  if (const auto bucket = icebergrest::FirnFace::NamesTableBucket(call)) {
    return ServeTableBucket(exchange, call, *bucket);
  }
  FIRN_ASSIGN_OR_RETURN(auto needs, face.NeedsOf(call, exchange.body_text));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit, AuthorizeByName(exchange, std::move(needs)));
  const auto text = [&](std::string_view name) {
    return std::string(head.headers.Find(name).value_or(""));
  };
  const std::string target =
      std::string(head.raw_path()) + "?" + std::string(head.raw_query());
  const icebergrest::FirnRequest request{
      .method = head.method,
      .target = target,
      .body = std::move(exchange.body_text),
      .if_none_match = text("if-none-match"),
      .idempotency_key = text(iceberg_rest::kIdempotencyKeyHeader),
      .wants_credentials = text(iceberg_rest::kAccessDelegationHeader)
                               .find(iceberg_rest::kVendedCredentials) != std::string::npos,
      .endpoint = EndpointOf(exchange)};
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer,
                        face.Handle(exchange.context, permit, call, request));
  return ToResponse(std::move(answer));
}

Result<http::Response> ServeIceberg(Exchange& exchange) {
  if (exchange.caller.authorization.scope.service == "firn") return ServeFirn(exchange);
  const bool is_glue = exchange.caller.authorization.scope.service == "glue";
  const glue::IcebergFace& face =
      is_glue ? *exchange.services.glue_face : *exchange.services.s3tables_face;
  FIRN_ASSIGN_OR_RETURN(const auto call,
                        face.ParseCall(exchange.head.method, exchange.head.raw_path(),
                                       exchange.head.raw_query()));
  exchange.operation = std::string(iceberg_rest::OperationName(call.route.operation));
  FIRN_ASSIGN_OR_RETURN(auto needs, face.NeedsOf(call, exchange.body_text));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit,
                        is_glue ? Authorize(exchange, std::move(needs))
                                : AuthorizeByName(exchange, std::move(needs)));
  const http::Headers& headers = exchange.head.headers;
  glue::IcebergRequest request{.body = std::move(exchange.body_text),
                               .if_none_match = std::string(headers.Find("if-none-match").value_or("")),
                               .endpoint = EndpointOf(exchange)};
  const auto delegation = headers.Find(iceberg_rest::kAccessDelegationHeader);
  request.wants_credentials =
      delegation && delegation->find(iceberg_rest::kVendedCredentials) != std::string_view::npos;
  if (request.wants_credentials && face.MayVend(call)) {
    auto data_access = Authorize(
        exchange, {policy::AccessNeed{.action = "lakeformation:GetDataAccess", .resource = "*"}});
    if (data_access) request.data_access = *std::move(data_access);
  }
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer,
                        face.Handle(exchange.context, permit, call, request));
  return ToResponse(std::move(answer));
}

/// The query protocol: a form in the body, or in the query of a GET.
Result<aws::Form> FormOf(const Exchange& exchange) {
  return aws::ParseForm(exchange.head.method == "GET" ? exchange.head.raw_query()
                                                      : std::string_view(exchange.body_text));
}

Result<http::Response> ServeIam(Exchange& exchange) {
  FIRN_ASSIGN_OR_RETURN(const aws::Form form, FormOf(exchange));
  exchange.operation = form.Get("Action");
  const iam::IamApi& api = *exchange.services.iam;
  FIRN_ASSIGN_OR_RETURN(auto needs, api.RequiredAccess(*exchange.caller.principal, form));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit, Authorize(exchange, std::move(needs)));
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer, api.Handle(exchange.context, permit, form));
  return ToResponse(std::move(answer));
}

Result<http::Response> ServeSts(Exchange& exchange) {
  FIRN_ASSIGN_OR_RETURN(const aws::Form form, FormOf(exchange));
  exchange.operation = form.Get("Action");
  const sts::Sts& api = *exchange.services.sts;
  FIRN_ASSIGN_OR_RETURN(auto needs, api.RequiredAccess(*exchange.caller.principal, form));
  if (needs.empty()) {
    FIRN_ASSIGN_OR_RETURN(
        aws::Answer answer,
        api.HandleUnauthorized(exchange.context, *exchange.caller.principal, form));
    return ToResponse(std::move(answer));
  }
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit, Authorize(exchange, std::move(needs)));
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer, api.Handle(exchange.context, permit, form));
  return ToResponse(std::move(answer));
}

Result<http::Response> ServeLakeFormation(Exchange& exchange) {
  const std::string_view path = exchange.head.raw_path();
  exchange.operation = std::string(path.substr(std::min<std::size_t>(1, path.size())));
  const lakeformation::LakeFormationApi& api = *exchange.services.lake_formation_api;
  if (exchange.head.method != "POST") {
    return Unsupported("UnknownOperationException", "Lake Formation is called with POST");
  }
  FIRN_ASSIGN_OR_RETURN(auto needs, api.RequiredAccess(exchange.operation));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit, Authorize(exchange, std::move(needs)));
  FIRN_ASSIGN_OR_RETURN(
      aws::Answer answer,
      api.Handle(exchange.context, permit, exchange.operation, exchange.body_text));
  return ToResponse(std::move(answer));
}

Result<http::Response> ServeGlue(Exchange& exchange) {
  const std::string_view target = exchange.head.headers.Find("x-amz-target").value_or("");
  exchange.operation = std::string(target.substr(0, 100));
  const glue::GlueApi& api = *exchange.services.glue_api;
  FIRN_ASSIGN_OR_RETURN(const auto call, api.ParseCall(target, exchange.body_text));
  FIRN_ASSIGN_OR_RETURN(const policy::Permit permit, Authorize(exchange, api.NeedsOf(call)));
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer, api.Handle(exchange.context, permit, call));
  return ToResponse(std::move(answer));
}

}  // namespace

http::Response ToResponse(aws::Answer answer) {
  http::Response response{.status = answer.status, .headers = {}, .body = std::move(answer.body)};
  if (!answer.content_type.empty()) response.headers.Set("Content-Type", answer.content_type);
  for (const auto& [name, value] : answer.headers) response.headers.Set(name, value);
  return response;
}

Result<http::Response> ServeTokens(Exchange& exchange) {
  exchange.service = Service::kIceberg;
  exchange.operation = "GetToken";
  FIRN_ASSIGN_OR_RETURN(const std::string body, exchange.body.ReadAll(kSmallBodyBytesMax));
  FIRN_ASSIGN_OR_RETURN(const aws::Form form, aws::ParseForm(body));
  return ToResponse(exchange.services.client_tokens->Issue(
      form, exchange.head.headers.Find("authorization").value_or("")));
}

Result<http::Response> Serve(Exchange& exchange) {
  switch (exchange.service) {
    case Service::kS3: return ServeS3(exchange);
    case Service::kS3Tables: return ServeS3Tables(exchange);
    case Service::kIceberg: return ServeIceberg(exchange);
    case Service::kIam: return ServeIam(exchange);
    case Service::kSts: return ServeSts(exchange);
    case Service::kLakeFormation: return ServeLakeFormation(exchange);
    case Service::kGlue: return ServeGlue(exchange);
    case Service::kUnknown: break;
  }
  return Unsupported("UnknownOperationException", "no such service");
}

}  // namespace firn::door
