#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/catalog/definition.h"
#include "engine/catalog/rest_settings.h"

/// All external catalogs of this server, kept durably.

namespace firn::http {
class Client;
}

namespace firn::catalog {

class ExternalCatalog;
class JournalRecovery;
class WriteJournal;

/// What catalogs need from the process. All outlive the registry.
struct CatalogEnvironment {
  std::shared_ptr<http::Client> http_client;
  const Clock& clock;
  Random& random;
  /// Sent as User-Agent, `Firn-Iceberg-Connector/0.1.0`.
  std::string user_agent;
  /// Empty: stores over S3.
  StoreFactory make_store = {};
  /// Finds AWS keys and assumes roles for the properties that ask for it. Null: they are refused.
  std::shared_ptr<credentials::Chain> chain = nullptr;
  /// Where credentials that servers vend are renewed; without a pool, by the statement that needs them.
  Renewal renewal = {};
  /// What the journal of writes was left with is brought to an end in the background; the lines that
  /// tell of it go to `log`. Without `log` nothing is.
  std::function<void(const std::string&)> recovery_log = nullptr;
};

/// The internal catalog's name; it holds information_schema only and is not in the registry.
inline constexpr std::string_view kDefaultCatalogName = "default_catalog";

/// Thread-safe. Catalogs handed out stay usable after DROP CATALOG until their last holder lets go.
///
/// On disk: `<folder>/catalogs.json` (written whole and durably at each change) whose secret values
/// are sealed with AES-256-GCM under `<folder>/secret.key` (32 random bytes, mode 0600, made at the
/// first need); `<folder>/writes.journal` (write_journal.h).
class CatalogRegistry {
 public:
  /// Reads the definitions; contacts no catalog.
  /// Errors: kDataCorruption/BadCatalogFile, BadSecretKey, BadJournal; kUnavailable/ReadFailed,
  /// WriteFailed.
  static Result<std::unique_ptr<CatalogRegistry>> Open(std::filesystem::path folder,
                                                       CatalogEnvironment environment);
  ~CatalogRegistry();

  /// Checks the properties, asks the server for its configuration, and only then keeps the catalog.
  ///
  /// Errors: those of MakeDefinition; kAlreadyExists/CatalogExists; kUnavailable/{DnsFailed,
  /// ConnectFailed, TlsFailed} when the URI cannot be reached;
  /// kUnauthenticated/{UnrecognizedClient, SignatureDoesNotMatch, RequestTimeTooSkewed,
  /// ExpiredToken} for the key, the secret, the clock and the token; kPermissionDenied with the
  /// server's text; kNotFound/NoSuchWarehouse.
  Status Create(const Context& context, std::string_view name, std::optional<std::string> comment,
                std::span<const RawProperty> properties);
  /// Sets properties over the catalog's own; the others and the comment stay. Statements under way go
  /// on with the catalog as it was. Errors: those of Create but CatalogExists;
  /// kNotFound/UnknownCatalog; kInvalidArgument/InternalCatalog, /PropertyIsFixed (its type);
  /// kConflict/CatalogChanged when another session was faster.
  Status Alter(const Context& context, std::string_view name,
               std::span<const RawProperty> properties);
  /// Errors: kNotFound/UnknownCatalog; kInvalidArgument/InternalCatalog.
  Status Drop(std::string_view name);

  /// Errors: kNotFound/UnknownCatalog, with the nearest name.
  Result<std::shared_ptr<ExternalCatalog>> Find(std::string_view name) const;
  /// By name.
  std::vector<std::shared_ptr<ExternalCatalog>> List() const;

  /// What statements have put and not brought to an end.
  WriteJournal& journal() const { return *journal_; }

 private:
  CatalogRegistry(std::filesystem::path folder, CatalogEnvironment environment);

  Status Load();
  Status Save() FIRN_REQUIRES(mutex_);

  // Constant after construction.
  const std::filesystem::path folder_;
  const CatalogEnvironment environment_;

  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<ExternalCatalog>, std::less<>> catalogs_
      FIRN_GUARDED_BY(mutex_);

  std::shared_ptr<WriteJournal> journal_;  // Constant after Open.
  std::unique_ptr<JournalRecovery> recovery_;
};

}  // namespace firn::catalog
