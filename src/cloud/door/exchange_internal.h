#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "cloud/door/aws_errors.h"
#include "cloud/door/services_internal.h"
#include "wire/http/server.h"
#include "wire/sigv4/authorization.h"

/// One request on its way through the door.

namespace firn::door {

/// `PUT /_firn/warehouses/{name}`, signed for `firn`, makes a plain warehouse.
inline constexpr std::string_view kWarehousesPath = "/_firn/warehouses/";
/// OAuth2 client credentials; the request's body is its proof.
inline constexpr std::string_view kTokensPath = "/iceberg/v1/oauth/tokens";

/// Who asks, proved. Made by Authenticate alone.
struct Caller {
  sigv4::Authorization authorization;
  Secret secret_key;
  std::shared_ptr<const policy::Principal> principal;
};

/// What is known of a request so far; the request record is written from it. Owned by one worker.
struct Exchange {
  const Context& context;
  const http::RequestHead& head;
  http::BodyReader& body;
  const DoorOptions& options;
  Services& services;
  Result<sigv4::Authorization> authorization;  ///< As the head has it; nothing of it is proved.

  std::string request_id;
  Service service = Service::kUnknown;
  std::string operation;
  std::string body_text;  ///< Read before the signature was checked; S3's objects are streamed instead.
  BodyBudget::Share large_body;  ///< Held until the answer is made.
  Caller caller;
  bool authenticated = false;
};

/// `glue` → kGlue or, under /iceberg, kIceberg; the name is that of the credential scope.
Service ServiceOf(std::string_view scope_service, const http::RequestHead& head);
/// What an unsigned request most likely meant, so that its refusal can be read.
Service GuessService(const http::RequestHead& head);

/// The region that a bearer token says it is for, not proved yet; empty when there is no such token.
std::string BearerRegion(const http::RequestHead& head);

/// Proves who asks: scope, signed headers, time, key, signature. Reads the body for all services but S3.
/// Errors: those of aws_errors.cc's authentication table; kResourceExhausted/BodyTooLarge.
Status Authenticate(Exchange& exchange);

/// All needs must be allowed. Errors: kPermissionDenied/AccessDenied.
Result<policy::Permit> Authorize(const Exchange& exchange, std::vector<policy::AccessNeed> needs);

/// Each need by itself; the permit covers those that are allowed. Errors: kInvalidArgument/TooManyNeeds.
Result<policy::Permit> AuthorizeEach(const Exchange& exchange,
                                     std::vector<policy::AccessNeed> needs);

/// POST kTokensPath. Errors: kResourceExhausted/BodyTooLarge; those of the form.
Result<http::Response> ServeTokens(Exchange& exchange);

/// Routes to the service and returns its answer.
Result<http::Response> Serve(Exchange& exchange);

http::Response ToResponse(aws::Answer answer);

}  // namespace firn::door
