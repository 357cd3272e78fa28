#include "engine/catalog/catalog_registry.h"

#include <algorithm>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/json.h"
#include "engine/catalog/journal_recovery_internal.h"
#include "engine/catalog/limits.h"
#include "engine/catalog/rest_catalog_internal.h"
#include "engine/catalog/secret_box.h"
#include "engine/catalog/write_journal.h"
#include "lake/s3/s3_store.h"
#include "wire/http/client.h"

namespace firn::catalog {
namespace {

constexpr std::int64_t kFileVersion = 1;

bool IsLocalHost(std::string_view endpoint) {
  const auto url = http::ParseUrl(endpoint);
  if (!url) return false;
  const bool is_address =
      url->host.starts_with('[') || url->host.find_first_not_of("0123456789.") == std::string::npos;
  return is_address || url->host == "localhost";
}

StoreFactory MakeStoreFactory(const CatalogEnvironment& environment) {
  if (environment.make_store) return environment.make_store;
  return [client = environment.http_client, &clock = environment.clock,
          &random = environment.random](const StorageSettings& settings,
                                        s3store::CredentialsSource source) {
    s3store::S3Options options;
    options.endpoint = settings.endpoint;
    if (!settings.region.empty()) options.region = settings.region;
    // A bucket cannot be a label of an address.
    options.path_style = settings.path_style.value_or(IsLocalHost(settings.endpoint));
    return s3store::MakeS3Store(std::move(options), std::move(source), client, clock, random);
  };
}

ChannelEnvironment ChannelOf(const CatalogEnvironment& environment,
                             std::shared_ptr<WriteJournal> journal) {
  return {.client = environment.http_client,
          .clock = environment.clock,
          .random = environment.random,
          .user_agent = environment.user_agent,
          .chain = environment.chain,
          .renewal = environment.renewal,
          .journal = std::move(journal)};
}

std::string LabelOf(const CatalogDefinition& definition, std::string_view key) {
  return definition.name + "\n" + std::string(key);
}

Unexpected BadFile(const std::filesystem::path& file, const std::string& what) {
  return DataCorruption("BadCatalogFile", "The file " + file.string() + " cannot be read: " + what);
}

json::object ToJson(const CatalogDefinition& definition, const SecretBox* box) {
  json::array properties;
  for (const CatalogProperty& property : definition.properties) {
    json::object entry{{"key", property.key}};
    if (const auto* secret = std::get_if<Secret>(&property.value)) {
      entry["sealed"] = box->Seal(LabelOf(definition, property.key), *secret);
    } else {
      entry["value"] = std::get<std::string>(property.value);
    }
    properties.push_back(std::move(entry));
  }
  json::object object{{"name", definition.name}, {"properties", std::move(properties)}};
  if (definition.comment) object["comment"] = *definition.comment;
  return object;
}

Result<CatalogDefinition> FromJson(const json::value& value, const SecretBox* box) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "catalogs"));
  CatalogDefinition definition;
  FIRN_ASSIGN_OR_RETURN(definition.name, GetString(*object, "name"));
  FIRN_ASSIGN_OR_RETURN(definition.comment, FindString(*object, "comment"));
  FIRN_ASSIGN_OR_RETURN(const json::array* properties, GetArray(*object, "properties"));
  for (const json::value& item : *properties) {
    FIRN_ASSIGN_OR_RETURN(const json::object* entry, AsObject(item, "properties"));
    CatalogProperty property;
    FIRN_ASSIGN_OR_RETURN(property.key, GetString(*entry, "key"));
    FIRN_ASSIGN_OR_RETURN(const std::optional<std::string> sealed, FindString(*entry, "sealed"));
    if (sealed) {
      FIRN_ASSIGN_OR_RETURN(property.value, box->Open(LabelOf(definition, property.key), *sealed));
    } else {
      FIRN_ASSIGN_OR_RETURN(property.value, GetString(*entry, "value"));
    }
    definition.properties.push_back(std::move(property));
  }
  return definition;
}

}  // namespace

CatalogRegistry::CatalogRegistry(std::filesystem::path folder, CatalogEnvironment environment)
    : folder_(std::move(folder)), environment_(std::move(environment)) {}

CatalogRegistry::~CatalogRegistry() = default;

Result<std::unique_ptr<CatalogRegistry>> CatalogRegistry::Open(std::filesystem::path folder,
                                                               CatalogEnvironment environment) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    return Unavailable("WriteFailed",
                       "The folder " + folder.string() + " cannot be made: " + failure.message());
  }
  std::unique_ptr<CatalogRegistry> registry(
      new CatalogRegistry(std::move(folder), std::move(environment)));
  const CatalogEnvironment& given = registry->environment_;
  FIRN_ASSIGN_OR_RETURN(registry->journal_,
                        WriteJournal::Open(registry->folder_, given.clock, given.random));
  FIRN_TRY(registry->Load());
  if (given.recovery_log) {
    registry->recovery_ = std::make_unique<JournalRecovery>(registry->journal_, *registry,
                                                            given.clock, given.recovery_log);
  }
  return registry;
}

Status CatalogRegistry::Load() {
  const std::filesystem::path file = folder_ / "catalogs.json";
  auto text = ReadWholeFile(file, kCatalogFileBytesMax);
  if (!text && text.error().code() == ErrorCode::kNotFound) return Ok();
  if (!text) return std::move(text).error();
  FIRN_ASSIGN_OR_RETURN(const SecretBox box,
                        SecretBox::Open(folder_ / "secret.key", environment_.random));
  auto document = ParseJson(*text);
  if (!document) return BadFile(file, document.error().message());
  if (!document->is_object()) return BadFile(file, "it is not an object");
  const json::object& root = document->get_object();
  const auto version = GetInt64(root, "version");
  if (!version || *version != kFileVersion) return BadFile(file, "it is of another version");
  auto catalogs = GetArray(root, "catalogs");
  if (!catalogs) return BadFile(file, catalogs.error().message());
  MutexLock lock(mutex_);
  for (const json::value& value : **catalogs) {
    auto definition = FromJson(value, &box);
    if (!definition) return BadFile(file, definition.error().message());
    std::string name = definition->name;
    auto catalog = RestCatalog::Make(*std::move(definition), ChannelOf(environment_, journal_),
                                     MakeStoreFactory(environment_));
    if (!catalog) return BadFile(file, catalog.error().message());
    catalogs_[std::move(name)] = *std::move(catalog);
  }
  return Ok();
}

Status CatalogRegistry::Save() {
  // The lock is held over the write: two changes must not overtake each other on disk.
  FIRN_ASSIGN_OR_RETURN(const SecretBox box,
                        SecretBox::Open(folder_ / "secret.key", environment_.random));
  json::array catalogs;
  for (const auto& [name, catalog] : catalogs_)
    catalogs.push_back(ToJson(catalog->definition(), &box));
  const json::object root{{"version", kFileVersion}, {"catalogs", std::move(catalogs)}};
  return WriteFileDurably(folder_ / "catalogs.json", PrintJson(root), 0600);
}

Status CatalogRegistry::Create(const Context& context, std::string_view name,
                               std::optional<std::string> comment,
                               std::span<const RawProperty> properties) {
  FIRN_ASSIGN_OR_RETURN(CatalogDefinition definition,
                        MakeDefinition(name, std::move(comment), properties));
  const auto exists = [&] {
    return AlreadyExists("CatalogExists", "Catalog '" + std::string(name) + "' already exists");
  };
  if (name == kDefaultCatalogName) return exists();
  {
    MutexLock lock(mutex_);
    if (catalogs_.contains(name)) return exists();
    if (catalogs_.size() >= kCatalogsMax) {
      return ResourceExhausted("TooManyCatalogs",
                               "There are " + std::to_string(kCatalogsMax) + " catalogs already");
    }
  }
  FIRN_ASSIGN_OR_RETURN(std::shared_ptr<RestCatalog> catalog,
                        RestCatalog::Make(std::move(definition), ChannelOf(environment_, journal_),
                                          MakeStoreFactory(environment_)));
  FIRN_TRY(catalog->Connect(context));
  MutexLock lock(mutex_);
  if (catalogs_.contains(name)) return exists();
  const auto [position, is_new] = catalogs_.emplace(std::string(name), std::move(catalog));
  if (Status saved = Save(); !saved) {
    catalogs_.erase(position);
    return saved;
  }
  return Ok();
}

Status CatalogRegistry::Alter(const Context& context, std::string_view name,
                              std::span<const RawProperty> properties) {
  if (name == kDefaultCatalogName) {
    return InvalidArgument("InternalCatalog", "The default internal catalog has no properties");
  }
  FIRN_ASSIGN_OR_RETURN(const std::shared_ptr<ExternalCatalog> present, Find(name));
  std::vector<RawProperty> merged;
  for (const CatalogProperty& property : present->definition().properties)
    merged.push_back({property.key, std::string(property.Reveal())});
  for (const RawProperty& property : properties) {
    const auto same = [&](const RawProperty& other) {
      return EqualsIgnoreCaseAscii(other.key, property.key);
    };
    if (EqualsIgnoreCaseAscii(property.key, "type") ||
        EqualsIgnoreCaseAscii(property.key, "iceberg.catalog.type")) {
      return InvalidArgument("PropertyIsFixed",
                             "The property '" + property.key + "' of a catalog cannot be changed: "
                                 "create another catalog");
    }
    const auto found = std::ranges::find_if(merged, same);
    if (found == merged.end()) {
      merged.push_back(property);
    } else {
      found->value = property.value;
    }
  }
  FIRN_ASSIGN_OR_RETURN(CatalogDefinition definition,
                        MakeDefinition(name, present->definition().comment, merged));
  FIRN_ASSIGN_OR_RETURN(std::shared_ptr<RestCatalog> catalog,
                        RestCatalog::Make(std::move(definition), ChannelOf(environment_, journal_),
                                          MakeStoreFactory(environment_)));
  FIRN_TRY(catalog->Connect(context));
  MutexLock lock(mutex_);
  const auto found = catalogs_.find(name);
  if (found == catalogs_.end() || found->second != present) {
    return Conflict("CatalogChanged",
                    "Catalog '" + std::string(name) + "' was changed by another session; try again");
  }
  found->second = std::move(catalog);
  if (Status saved = Save(); !saved) {
    found->second = present;
    return saved;
  }
  return Ok();
}

Status CatalogRegistry::Drop(std::string_view name) {
  if (name == kDefaultCatalogName) {
    return InvalidArgument("InternalCatalog", "Can't drop the default internal catalog");
  }
  FIRN_TRY(Find(name));
  MutexLock lock(mutex_);
  const auto found = catalogs_.find(name);
  if (found == catalogs_.end()) return Ok();  // Another session was faster.
  auto node = catalogs_.extract(found);
  if (Status saved = Save(); !saved) {
    catalogs_.insert(std::move(node));
    return saved;
  }
  return Ok();
}

Result<std::shared_ptr<ExternalCatalog>> CatalogRegistry::Find(std::string_view name) const {
  MutexLock lock(mutex_);
  const auto found = catalogs_.find(name);
  if (found != catalogs_.end()) return found->second;
  std::vector<std::string> names{std::string(kDefaultCatalogName)};
  for (const auto& [known, catalog] : catalogs_) names.push_back(known);
  const std::string nearest = NearestWord(name, names);
  return NotFound("UnknownCatalog",
                  "Unknown catalog '" + std::string(name) + "'" +
                      (nearest.empty() ? "" : ". Did you mean '" + nearest + "'?"));
}

std::vector<std::shared_ptr<ExternalCatalog>> CatalogRegistry::List() const {
  MutexLock lock(mutex_);
  std::vector<std::shared_ptr<ExternalCatalog>> catalogs;
  for (const auto& [name, catalog] : catalogs_) catalogs.push_back(catalog);
  return catalogs;
}

}  // namespace firn::catalog
