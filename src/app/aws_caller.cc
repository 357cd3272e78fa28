#include "app/aws_caller.h"

#include <memory>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "wire/aws/xml.h"
#include "wire/sigv4/sign.h"

namespace firn::app {
namespace {

/// Fills in name and message of a failed XML answer: `<ErrorResponse><Error><Code/><Message/>`.
void ReadXmlFailure(AwsAnswer& answer) {
  pugi::xml_document document;
  if (!aws::ParseXml(answer.body, document)) return;
  pugi::xml_node error = document.document_element();
  if (const pugi::xml_node inner = aws::FindChild(error, "Error")) error = inner;
  answer.failure = aws::FindChildText(error, "Code").value_or("");
  answer.message = aws::FindChildText(error, "Message").value_or("");
}

/// The same for JSON: `{"message"}` of REST services, `{"error":{"type","message"}}` of Iceberg REST.
void ReadJsonFailure(AwsAnswer& answer, const http::Headers& headers) {
  const auto document = ParseJson(answer.body);
  if (!document || !document->is_object()) return;
  const json::object* object = &document->get_object();
  if (const auto inner = FindObject(*object, "error"); inner && *inner != nullptr) object = *inner;
  for (const char* name : {"message", "Message"}) {
    if (const auto text = FindString(*object, name); text && *text) answer.message = **text;
  }
  if (const auto type = FindString(*object, "type"); type && *type) answer.failure = **type;
  if (const auto type = headers.Find("x-amzn-ErrorType")) {
    answer.failure = std::string(type->substr(0, type->find(':')));
  }
}

}  // namespace

Result<AwsAnswer> AwsCaller::Send(const Context& context, std::string_view service, std::string_view method,
                                  std::string_view path_and_query, std::string_view content_type,
                                  std::string body) const {
  http::OutgoingRequest request;
  request.method = std::string(method);
  request.url = endpoint_ + std::string(path_and_query);
  if (!body.empty()) request.headers.Set("Content-Type", std::string(content_type));
  FIRN_TRY(sigv4::SignRequest(request.headers, request.method, request.url, sigv4::PathEncoding::kTwice,
                              Sha256Hex(body), credentials_, {.region = region_, .service = std::string(service)},
                              context.clock().Now()));
  if (!body.empty()) request.body = std::make_shared<const std::string>(std::move(body));
  FIRN_ASSIGN_OR_RETURN(const http::IncomingResponse response, client_.Send(context, request));

  AwsAnswer answer{.status = response.status, .body = response.body};
  if (!answer.ok()) {
    if (answer.body.starts_with("<")) {
      ReadXmlFailure(answer);
    } else {
      ReadJsonFailure(answer, response.headers);
    }
  }
  return answer;
}

Result<AwsAnswer> AwsCaller::Rest(const Context& context, std::string_view service, std::string_view method,
                                  std::string_view path_and_query, std::string body) const {
  return Send(context, service, method, path_and_query, "application/json", std::move(body));
}

Result<AwsAnswer> AwsCaller::Query(const Context& context, std::string_view service, std::string_view action,
                                   std::vector<std::pair<std::string, std::string>> parameters) const {
  std::string form = "Action=" + std::string(action) +
                     (service == "sts" ? "&Version=2011-06-15" : "&Version=2010-05-08");
  for (const auto& [name, value] : parameters) form += "&" + PercentEncode(name) + "=" + PercentEncode(value);
  return Send(context, service, "POST", "/", "application/x-www-form-urlencoded; charset=utf-8", std::move(form));
}

std::string PathSegment(std::string_view text) { return PercentEncode(text); }

}  // namespace firn::app
