#pragma once

#include <concepts>
#include <functional>
#include <utility>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"

/// Where a store's credentials come from.

namespace firn::s3store {

/// Asked for every request, so it caches. Thread-safe when its functions are; they may block.
struct CredentialsSource {
  template <typename Get>
    requires std::is_invocable_r_v<Result<Credentials>, Get, const Context&>
  CredentialsSource(Get get_credentials) : get(std::move(get_credentials)) {}
  template <typename Get>
  CredentialsSource(Get get_credentials, std::function<void(const Credentials&)> refuse_credentials)
      : get(std::move(get_credentials)), refuse(std::move(refuse_credentials)) {}

  Result<Credentials> operator()(const Context& context) const { return get(context); }

  std::function<Result<Credentials>(const Context&)> get;
  /// Told of credentials that S3 took for expired; the next `get` should give others. Null: it has
  /// no others.
  std::function<void(const Credentials&)> refuse;
};

}  // namespace firn::s3store
