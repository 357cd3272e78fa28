#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/expiring_value.h"
#include "base/mutex.h"
#include "base/result.h"
#include "engine/catalog/rest_calls_internal.h"
#include "engine/catalog/rest_channel.h"
#include "engine/catalog/rest_settings.h"
#include "lake/objects/object_store.h"
#include "wire/iceberg_rest/messages.h"

/// Object stores, one a credential scope, shared by all who read and write under it.

namespace firn::catalog {

/// Where one table's bytes are and with which keys, as a loaded table tells.
struct TableStorage {
  StorageSettings settings;  ///< `credentials` set: the server vended them.
  std::string scope;  ///< The prefix the credentials are for; the table's location without one.
  std::optional<WallTime> expires;
};

/// Takes the credentials with the longest prefix of `location` among storage-credentials, else
/// those of config. Their life is measured on the server's clock, by its Date header, and counted
/// from `now` on ours: clocks that differ do not make keys live too long.
TableStorage TableStorageOf(const RestSettings& settings, const TableAnswer& answer,
                            std::string_view location, WallTime now);

/// Asks the server again for the storage of the table a scope belongs to.
using ReloadStorage = std::function<Result<TableStorage>(const Context&)>;

/// Thread-safe.
class StorageScopes {
 public:
  /// `chain` may be null: see KeySource.
  StorageScopes(std::string catalog_name, const Clock& clock, StoreFactory factory,
                std::shared_ptr<credentials::Chain> chain, Renewal renewal = {})
      : catalog_name_(std::move(catalog_name)),
        clock_(clock),
        factory_(std::move(factory)),
        chain_(std::move(chain)),
        renewal_(renewal) {}

  /// The store for a table's storage. Vended credentials are kept for the scope and renewed by
  /// `reload` at kRenewAtPercent of their life or once S3 refused them, by one caller at a time.
  /// Without vended ones: the user's aws.s3.* keys or their source, then the keys that sign for the
  /// catalog; without any, the store answers kUnauthenticated/NoStorageCredentials.
  Result<std::shared_ptr<objects::ObjectStore>> StoreFor(const RestSettings& settings,
                                                         const TableStorage& storage,
                                                         ReloadStorage reload);

 private:
  struct Scope {
    std::string key;
    std::shared_ptr<ExpiringValue<Credentials>> credentials;  // Null for fixed ones.
    std::shared_ptr<objects::ObjectStore> store;
  };
  /// The user's keys or where they come from.
  s3store::CredentialsSource OwnSource(const RestSettings& settings) const;
  std::shared_ptr<objects::ObjectStore> FindLocked(const std::string& key,
                                                   const TableStorage& storage)
      FIRN_REQUIRES(mutex_);

  // Constant after construction.
  const std::string catalog_name_;
  const Clock& clock_;
  const StoreFactory factory_;
  const std::shared_ptr<credentials::Chain> chain_;
  const Renewal renewal_;

  Mutex mutex_;
  std::list<Scope> scopes_ FIRN_GUARDED_BY(mutex_);  // Used last first.
};

}  // namespace firn::catalog
