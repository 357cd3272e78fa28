#include <system_error>

#include "engine/duck/catalog_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/functions_internal.h"
#include "engine/duck/instance_internal.h"

namespace firn::duck {
namespace {

/// The commit that both the library and the headers of deps/duckdb.lock were made from.
constexpr std::string_view kSourceId = "069cc9f9b5";

Status CheckVersion() {
  const std::string_view source_id = duckdb::DuckDB::SourceID();
  if (!source_id.starts_with(kSourceId) && !kSourceId.starts_with(source_id)) {
    return Internal("EngineVersionMismatch", "libduckdb is " + std::string(source_id) +
                                                 ", but Firn was built for " +
                                                 std::string(kSourceId));
  }
  return Ok();
}

void SetOption(duckdb::DBConfig& config, const char* name, duckdb::Value value) {
  config.SetOptionByName(name, std::move(value));
}

void Configure(duckdb::DBConfig& config, const EngineOptions& options) {
  SetOption(config, "autoload_known_extensions", duckdb::Value::BOOLEAN(false));
  SetOption(config, "autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
  SetOption(config, "allow_community_extensions", duckdb::Value::BOOLEAN(false));
  SetOption(config, "temp_directory", duckdb::Value(options.temp_folder.string()));
  if (options.memory_bytes_max != 0) {
    SetOption(config, "memory_limit",
              duckdb::Value(std::to_string(options.memory_bytes_max) + "B"));
  }
  if (options.thread_count != 0) {
    SetOption(config, "threads", duckdb::Value::BIGINT(options.thread_count));
  }
  SetOption(config, "default_null_order", duckdb::Value("nulls_first_on_asc_last_on_desc"));
  SetOption(config, "preserve_insertion_order", duckdb::Value::BOOLEAN(false));
  duckdb::StorageExtension::Register(config, kStorageType, MakeStorageExtension());
}

Status RunSetup(duckdb::Connection& connection, const std::string& text) {
  const auto result = connection.Query(text);
  if (result->HasError()) return ToError(result->GetErrorObject()).Note("setting up the engine");
  return Ok();
}

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

/// From here on nothing but our file system and the spill folder can be reached, and no setting but
/// the time zone be changed.
Status LockDown(duckdb::Connection& connection, const EngineOptions& options) {
  const std::string statements[] = {
      std::string("ATTACH '' AS ") + kAttachedName + " (TYPE " + kStorageType + ")",
      "SET GLOBAL ieee_floating_point_ops = false",
      // Footers stay parsed, within the memory limit, since objects never change.
      "SET GLOBAL parquet_metadata_cache = true",
      "SET GLOBAL allowed_directories = ['s3://', 's3a://', 's3n://', '" +
          std::string(kWritePrefix) + "', " + Quoted(options.temp_folder.string() + "/") + "]",
      "SET GLOBAL allowed_configs = ['TimeZone']",
      "SET GLOBAL enable_external_access = false",
      "SET GLOBAL lock_configuration = true",
  };
  for (const std::string& statement : statements) FIRN_TRY(RunSetup(connection, statement));
  return Ok();
}

}  // namespace

Result<std::shared_ptr<Instance>> Instance::Open(const EngineOptions& options) {
  FIRN_TRY(CheckVersion());
  std::error_code error;
  if (!options.temp_folder.empty()) {
    std::filesystem::create_directories(options.temp_folder, error);
    if (error) {
      return FailedPrecondition(
          "TempFolder",
          "Cannot make the folder '" + options.temp_folder.string() + "': " + error.message());
    }
  }
  auto instance = std::make_shared<Instance>();
  FIRN_TRY(RunGuarded([&]() -> Status {
    duckdb::DBConfig config;
    Configure(config, options);
    instance->database_ = std::make_unique<duckdb::DuckDB>(nullptr, &config);
    instance->database_->GetFileSystem().RegisterSubSystem(MakeObjectFileSystem());
    RegisterFunctions(*instance->database_->instance);
    duckdb::Connection connection(*instance->database_);
    return LockDown(connection, options);
  }));
  return instance;
}

}  // namespace firn::duck
