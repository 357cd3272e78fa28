#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"

/// A view's metadata (Iceberg view spec, format version 1), and the changes that the REST catalog
/// knows for it.
///
/// Reading order: ViewVersion, ViewMetadata, ViewUpdate, ApplyViewUpdates.

namespace firn::iceberg {

/// One query text in one dialect; the only type of representation that the spec has.
struct ViewRepresentation {
  std::string sql;
  std::string dialect;
  friend bool operator==(const ViewRepresentation&, const ViewRepresentation&) = default;
};

struct ViewVersion {
  std::int32_t version_id = 1;
  std::int32_t schema_id = 0;  ///< -1 in an update: the schema added last.
  std::int64_t timestamp_ms = 0;
  Properties summary;
  std::vector<ViewRepresentation> representations;
  std::optional<std::string> default_catalog;
  std::vector<std::string> default_namespace;
};

struct ViewHistoryEntry {
  std::int64_t timestamp_ms = 0;
  std::int32_t version_id = 0;
};

/// A value. Its current version and that version's schema exist.
struct ViewMetadata {
  std::string view_uuid;
  std::int32_t format_version = 1;
  std::string location;
  std::int32_t current_version_id = 0;
  std::vector<ViewVersion> versions;
  std::vector<ViewHistoryEntry> history;
  std::vector<Schema> schemas;
  Properties properties;

  const ViewVersion* FindVersion(std::int32_t version_id) const;
  const Schema* FindSchema(std::int32_t schema_id) const;
  const ViewVersion& current_version() const;
  const Schema& current_schema() const;
};

/// Errors of all: kInvalidArgument/InvalidMetadata, /MissingMember, /WrongMemberType and those of
/// schemas; kUnsupported/FormatVersion above 1; kResourceExhausted/MetadataTooLarge.
Result<ViewVersion> ParseViewVersion(const json::value& value);
Result<ViewMetadata> ParseViewMetadata(const json::value& value);
json::value ToJson(const ViewVersion& version);
json::value ToJson(const ViewMetadata& metadata);
Result<ViewMetadata> DecodeViewMetadataFile(std::string_view bytes);
std::string EncodeViewMetadataFile(const ViewMetadata& metadata);

struct AddViewVersion {
  ViewVersion version;
};
struct SetCurrentViewVersion {
  std::int32_t version_id = -1;  ///< -1: the version added last in the same commit.
};
using ViewUpdate =
    std::variant<AssignUuid, UpgradeFormatVersion, AddSchema, SetLocation, SetProperties,
                 RemoveProperties, AddViewVersion, SetCurrentViewVersion>;

/// Errors: kInvalidArgument/InvalidUpdate for an action that views do not have, and as above.
Result<ViewUpdate> ParseViewUpdate(const json::value& value);
json::value ToJson(const ViewUpdate& update);

/// The view's uuid that an `assert-view-uuid` names.
/// Errors: kInvalidArgument/InvalidRequirement for any other type, /MissingMember.
Result<std::string> ParseViewRequirement(const json::value& value);

/// The metadata after the updates, in order. `base` null makes a new view. A schema or version
/// equal to one that is there keeps that one's id. Versions over `version.history.size` (10) are
/// let go, oldest first; a current dialect may not disappear unless `replace.drop-dialect.allowed`
/// is true. Pure.
///
/// Errors: kInvalidArgument/InvalidUpdate; kUnsupported/FormatVersion.
Result<ViewMetadata> ApplyViewUpdates(const ViewMetadata* base, std::span<const ViewUpdate> updates,
                                      WallTime now);

}  // namespace firn::iceberg
