#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/http/client.h"

/// Signed calls to an AWS endpoint, as the AWS CLI makes them.

namespace firn::app {

/// One AWS answer. `failure` is the error's name (`MalformedPolicyDocument`), empty on success.
struct AwsAnswer {
  int status = 0;
  std::string body;
  std::string failure;
  std::string message;

  bool ok() const { return status >= 200 && status < 300; }
};

/// Calls services of one endpoint with one key. Thread-safe as its client is; both references outlive it.
class AwsCaller {
 public:
  AwsCaller(http::Client& client, std::string endpoint, std::string region, Credentials credentials)
      : client_(client),
        endpoint_(std::move(endpoint)),
        region_(std::move(region)),
        credentials_(std::move(credentials)) {}

  /// REST services (s3tables, lakeformation, glue's Iceberg face): a path and a JSON body, empty for none.
  Result<AwsAnswer> Rest(const Context& context, std::string_view service, std::string_view method,
                         std::string_view path_and_query, std::string body = "") const;
  /// Query services (iam, sts): `Action` and its parameters in a form.
  Result<AwsAnswer> Query(const Context& context, std::string_view service, std::string_view action,
                          std::vector<std::pair<std::string, std::string>> parameters) const;

 private:
  Result<AwsAnswer> Send(const Context& context, std::string_view service, std::string_view method,
                         std::string_view path_and_query, std::string_view content_type, std::string body) const;

  http::Client& client_;
  const std::string endpoint_;
  const std::string region_;
  const Credentials credentials_;
};

/// Percent-encodes an ARN for use as one path segment.
std::string PathSegment(std::string_view text);

}  // namespace firn::app
