#include "wire/aws/answer.h"

#include "base/json.h"
#include "wire/aws/xml.h"

namespace firn::aws {
namespace {

Answer RestJsonError(const ServiceError& error) {
  return Answer{.status = error.status,
                .content_type = "application/json",
                .body = PrintJson(json::object{{"message", error.message}}),
                .headers = {{"x-amzn-ErrorType", error.code}}};
}

Answer Json11Error(const ServiceError& error) {
  return Answer{.status = error.status,
                .content_type = "application/x-amz-json-1.1",
                .body = PrintJson(json::object{{"__type", error.code}, {"message", error.message}}),
                .headers = {}};
}

Answer QueryError(const ServiceError& error, std::string_view request_id) {
  XmlWriter xml;
  xml.Open("ErrorResponse").Open("Error");
  xml.Text("Type", error.status >= 500 ? "Receiver" : "Sender");
  xml.Text("Code", error.code).Text("Message", error.message);
  xml.Close("Error").Text("RequestId", request_id).Close("ErrorResponse");
  return Answer{.status = error.status, .content_type = "text/xml", .body = xml.Take(), .headers = {}};
}

Answer S3Error(const ServiceError& error, const ErrorPlace& place) {
  XmlWriter xml;
  xml.Declaration().Open("Error");
  xml.Text("Code", error.code).Text("Message", error.message);
  if (!place.resource.empty()) xml.Text("Resource", place.resource);
  xml.Text("RequestId", place.request_id).Close("Error");
  return Answer{
      .status = error.status, .content_type = "application/xml", .body = xml.Take(), .headers = {}};
}

Answer IcebergError(const ServiceError& error) {
  return Answer{.status = error.status,
                .content_type = "application/json",
                .body = PrintJson(json::object{{"error", json::object{{"message", error.message},
                                                                      {"type", error.code},
                                                                      {"code", error.status}}}}),
                .headers = {{"x-amzn-ErrorType", error.code}}};
}

}  // namespace

Answer ErrorAnswer(Protocol protocol, const ServiceError& error, const ErrorPlace& place) {
  switch (protocol) {
    case Protocol::kRestJson: return RestJsonError(error);
    case Protocol::kJson11: return Json11Error(error);
    case Protocol::kQuery: return QueryError(error, place.request_id);
    case Protocol::kS3: return S3Error(error, place);
    case Protocol::kIceberg: return IcebergError(error);
  }
  return RestJsonError(error);
}

Answer JsonAnswer(std::string body, int status) {
  return Answer{.status = status,
                .content_type = "application/json",
                .body = std::move(body),
                .headers = {}};
}

Answer EmptyAnswer(int status) {
  return Answer{.status = status, .content_type = "", .body = "", .headers = {}};
}

Answer QueryAnswer(const QueryResult& result, std::string_view request_id) {
  const std::string action(result.action);
  XmlWriter xml;
  xml.Open(action + "Response", "xmlns", result.xml_namespace);
  if (!result.result_xml.empty()) {
    xml.Open(action + "Result").Raw(result.result_xml).Close(action + "Result");
  }
  xml.Open("ResponseMetadata").Text("RequestId", request_id).Close("ResponseMetadata");
  xml.Close(action + "Response");
  return Answer{.status = 200, .content_type = "text/xml", .body = xml.Take(), .headers = {}};
}

std::string NewRequestId(Random& random) { return NewUuid(random); }

std::string NewS3RequestId(Random& random) { return RandomText(random, 16, "0123456789ABCDEF"); }

}  // namespace firn::aws
