#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "lake/objects/object_store.h"
#include "lake/s3/s3_answer_internal.h"
#include "lake/s3/s3_store.h"
#include "wire/http/client.h"

/// Signed requests to one S3 endpoint, many at once, tried again until the budget is spent.

namespace firn::s3store {

struct S3Call {
  std::string method;
  objects::ObjectUrl object;  ///< An empty key addresses the bucket.
  std::string query;          ///< Encoded, without '?'.
  http::Headers headers;
  std::shared_ptr<const std::string> body;
  std::size_t answer_bytes_max = 0;
  bool answer_lost = false;   ///< Set when a try may have been applied although it failed.
};

/// Thread-safe.
class S3Sender {
 public:
  S3Sender(S3Options options, http::Url endpoint, CredentialsSource credentials,
           std::shared_ptr<http::Client> client, const Clock& clock, Random& random);

  /// Takes each 2xx answer as it comes, on this thread, in no order; an error from it ends the whole.
  using Take = std::function<Status(std::size_t index, http::IncomingResponse answer)>;

  /// Sends all `calls`, at most `in_flight_max` at once, and tries those that fail in passing again after a wait of
  /// full jitter. The first lasting failure cancels the rest and is returned, once nothing is in flight.
  Status SendAll(const Context& context, std::span<S3Call> calls, std::size_t in_flight_max, const Take& take);

  Result<http::IncomingResponse> Send(const Context& context, S3Call& call);

 private:
  class Batch;

  Result<http::OutgoingRequest> Prepare(const S3Call& call, const Credentials& credentials) const;
  std::string UrlOf(const objects::ObjectUrl& object, const std::string& query) const;
  Status BackOff(const Context& context, unsigned tries);

  // Constant after construction.
  const S3Options options_;
  const http::Url endpoint_;
  const CredentialsSource credentials_;
  const std::shared_ptr<http::Client> client_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace firn::s3store
