#include <algorithm>
#include <charconv>

#include "engine/catalog/limits.h"
#include "engine/catalog/storage_scopes_internal.h"

namespace firn::catalog {
namespace {

std::optional<WallTime> ExpiryOf(const iceberg_rest::Properties& config, bool has_session_token,
                                 WallTime now) {
  for (const char* key : {"s3.session-token-expires-at-ms", "expiration-time"}) {
    const auto found = config.find(key);
    if (found == config.end()) continue;
    std::int64_t millis = 0;
    const std::string& text = found->second;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), millis);
    constexpr std::int64_t kMillisMax = 253'402'300'800'000;  // The year 10000.
    if (failure == std::errc() && end == text.data() + text.size() && millis > 0 &&
        millis < kMillisMax) {
      return WallTimeFromMillis(millis);
    }
  }
  if (has_session_token) return now + kCredentialsLifeAssumed;
  return std::nullopt;
}

Fetched<Credentials> FetchedOf(const TableStorage& storage) {
  return {.value = *storage.settings.credentials, .expires = storage.expires};
}

/// Keeps the vended credentials; they are fetched anew when their time comes, or when S3 refused
/// them.
s3store::CredentialsSource VendedSource(std::shared_ptr<ExpiringValue<Credentials>> kept,
                                        ReloadStorage reload) {
  // Shared, since a renewal in the background outlives the request that began it.
  const ExpiringValue<Credentials>::Fetch fetch =
      [reload = std::make_shared<const ReloadStorage>(std::move(reload))](
          const Context& context) -> Result<Fetched<Credentials>> {
    FIRN_ASSIGN_OR_RETURN(const TableStorage renewed, (*reload)(context));
    if (!renewed.settings.credentials) {
      return Unauthenticated("NoStorageCredentials", "The catalog vends no credentials any more");
    }
    return FetchedOf(renewed);
  };
  return {[kept, fetch](const Context& context) { return kept->Get(context, fetch); },
          [kept](const Credentials& refused) {
            kept->SpoilIf([&refused](const Credentials& now) {
              return now.access_key_id == refused.access_key_id &&
                     now.session_token == refused.session_token;
            });
          }};
}

}  // namespace

TableStorage TableStorageOf(const RestSettings& settings, const TableAnswer& answer,
                            std::string_view location, WallTime now) {
  const iceberg_rest::LoadTableResult& result = answer.result;
  const iceberg_rest::StorageCredential* best = nullptr;
  const std::string folder = std::string(location) + "/";
  for (const iceberg_rest::StorageCredential& credential : result.storage_credentials) {
    if (!folder.starts_with(credential.prefix)) continue;
    if (best == nullptr || credential.prefix.size() > best->prefix.size()) best = &credential;
  }
  iceberg_rest::Properties config = result.config;
  if (best != nullptr) {
    for (const auto& [key, value] : best->config) config[key] = value;
  }
  TableStorage storage{
      .settings = StorageOf(settings, config), .scope = std::string(location), .expires = {}};
  // Endpoint and region may be vended without keys; then the scope is the table all the same.
  if (best != nullptr && best->prefix.size() > std::string_view("s3://").size())
    storage.scope = best->prefix;
  if (storage.settings.credentials) {
    const WallTime server_now = answer.server_time.value_or(now);
    storage.expires =
        ExpiryOf(config, !storage.settings.credentials->session_token.empty(), server_now);
    if (storage.expires) storage.expires = now + (*storage.expires - server_now);
  }
  return storage;
}

Result<std::shared_ptr<objects::ObjectStore>> StorageScopes::StoreFor(const RestSettings& settings,
                                                                      const TableStorage& storage,
                                                                      ReloadStorage reload) {
  const bool is_vended = storage.settings.credentials.has_value();
  std::string key = storage.settings.endpoint + "\n" + storage.settings.region + "\n" +
                    (storage.settings.path_style.value_or(false) ? "path" : "host") + "\n";
  if (is_vended) key += storage.scope;
  MutexLock lock(mutex_);
  if (auto found = FindLocked(key, storage)) return found;

  Scope scope{.key = std::move(key), .credentials = nullptr, .store = nullptr};
  if (is_vended) {
    scope.credentials = std::make_shared<ExpiringValue<Credentials>>(clock_, renewal_);
    scope.credentials->Offer(FetchedOf(storage));
  }
  // Making a store sends nothing.
  FIRN_ASSIGN_OR_RETURN(
      scope.store,
      factory_(storage.settings, is_vended ? VendedSource(scope.credentials, std::move(reload))
                                           : OwnSource(settings)));
  std::shared_ptr<objects::ObjectStore> store = scope.store;
  scopes_.push_front(std::move(scope));
  if (scopes_.size() > kStoresMax) scopes_.pop_back();  // Its users keep it alive.
  return store;
}

s3store::CredentialsSource StorageScopes::OwnSource(const RestSettings& settings) const {
  std::optional<credentials::Plan> plan = settings.storage_plan;
  if (!plan && settings.auth == AuthKind::kSigV4) plan = settings.signing_plan;
  if (!plan) {
    return {[name = catalog_name_](const Context&) -> Result<Credentials> {
      return Unauthenticated("NoStorageCredentials",
                             "Catalog '" + name +
                                 "' has no credentials for its storage: the server vends none"
                                 "\nhint: set aws.s3.access_key and aws.s3.secret_key, or "
                                 "aws.s3.use_aws_sdk_default_behavior");
    }};
  }
  auto keys = std::make_shared<const KeySource>(*plan, chain_.get());
  return {[keys](const Context& context) { return keys->Get(context); },
          [keys](const Credentials& refused) { keys->Refuse(refused); }};
}

std::shared_ptr<objects::ObjectStore> StorageScopes::FindLocked(const std::string& key,
                                                                const TableStorage& storage) {
  const auto found = std::ranges::find(scopes_, key, &Scope::key);
  if (found == scopes_.end()) return nullptr;
  scopes_.splice(scopes_.begin(), scopes_, found);
  if (found->credentials && storage.settings.credentials)
    found->credentials->Offer(FetchedOf(storage));
  return found->store;
}

}  // namespace firn::catalog
