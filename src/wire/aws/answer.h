#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"

/// What a service says back, before HTTP, and the five ways AWS writes a failure.

namespace firn::aws {

/// A service's answer without HTTP's types, so that a service needs no HTTP.
struct Answer {
  int status = 200;
  std::string content_type;  ///< Empty when there is no body.
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// A failure in AWS's terms: `code` is `NoSuchKey`, `AccessDeniedException`, …
struct ServiceError {
  int status = 500;
  std::string code;
  std::string message;
};

/// How a service writes its answers.
enum class Protocol {
  kRestJson,  ///< s3tables, lakeformation: x-amzn-ErrorType and {"message"}.
  kJson11,    ///< glue's own API, athena: {"__type","message"}.
  kQuery,     ///< iam, sts: <ErrorResponse>.
  kS3,        ///< <Error>.
  kIceberg,   ///< both Iceberg REST faces: {"error":{message,type,code}}.
};

/// Which request failed; both may be empty. `resource` is shown by S3 alone.
struct ErrorPlace {
  std::string_view request_id;
  std::string_view resource;
};

/// The body and headers of `error` as `protocol` writes them; the request id headers are the door's.
Answer ErrorAnswer(Protocol protocol, const ServiceError& error, const ErrorPlace& place);

Answer JsonAnswer(std::string body, int status = 200);
Answer EmptyAnswer(int status);

/// The query protocol's success: `<{action}Response xmlns="{xml_namespace}"><{action}Result>…`.
struct QueryResult {
  std::string_view action;
  std::string_view xml_namespace;
  std::string_view result_xml;  ///< Elements inside the Result; without any, the Result element is left out.
};
Answer QueryAnswer(const QueryResult& result, std::string_view request_id);

/// IAM's and STS's XML namespaces.
inline constexpr std::string_view kIamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/";
inline constexpr std::string_view kStsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A UUID, as all services but S3 write it.
std::string NewRequestId(Random& random);
/// Sixteen upper-case hex digits, as S3 writes it.
std::string NewS3RequestId(Random& random);

}  // namespace firn::aws
