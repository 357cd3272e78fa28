#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "lake/objects/object_store.h"
#include "lake/s3/credentials_source.h"
#include "wire/http/client.h"

/// The ObjectStore over S3's HTTP interface, real or local.

namespace firn::s3store {

struct S3Options {
  std::string endpoint;  ///< `http://127.0.0.1:4566`; empty for AWS' own of the region.
  std::string region = "us-east-1";
  bool path_style = false;
  std::size_t thread_count = 8;  ///< For PutAsync.
};

/// Many ranges in flight, retries with full jitter (base 50 ms, cap 2 s, 8 tries), multipart over 16 MiB.
///
/// `clock` and `random` must outlive the store. Errors: kInvalidArgument/InvalidUrl for a bad endpoint,
/// /BadRegion for a region that is none when there is no endpoint.
Result<std::shared_ptr<objects::ObjectStore>> MakeS3Store(S3Options options, CredentialsSource credentials,
                                                          std::shared_ptr<http::Client> client,
                                                          const Clock& clock, Random& random);

}  // namespace firn::s3store
