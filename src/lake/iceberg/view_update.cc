#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "lake/iceberg/view_metadata.h"

/// What a commit does to a view (view spec; the ids are given out as Iceberg's Java builder does).

namespace firn::iceberg {
namespace {

constexpr std::int32_t kLastAdded = -1;
constexpr std::size_t kHistorySizeDefault = 10;  // Property version.history.size.

Unexpected Invalid(std::string message) {
  return InvalidArgument("InvalidUpdate", std::move(message));
}

/// True if both would behave the same: ids and times are not looked at.
bool SameVersion(const ViewVersion& a, const ViewVersion& b) {
  return a.summary == b.summary && a.representations == b.representations &&
         a.default_catalog == b.default_catalog && a.default_namespace == b.default_namespace &&
         a.schema_id == b.schema_id;
}

std::set<std::string> DialectsOf(const ViewVersion& version) {
  std::set<std::string> dialects;
  for (const auto& one : version.representations) dialects.insert(ToLowerAscii(one.dialect));
  return dialects;
}

class ViewChange {
 public:
  ViewChange(const ViewMetadata* base, WallTime now) : now_ms_(MillisSinceEpoch(now)) {
    if (base == nullptr) return;
    view_ = *base;
    previous_ = base->current_version();
  }

  Status operator()(const AssignUuid& update) {
    if (!view_.view_uuid.empty() && view_.view_uuid != update.uuid) {
      return Invalid("Cannot reassign uuid");
    }
    view_.view_uuid = update.uuid;
    return Ok();
  }
  Status operator()(const UpgradeFormatVersion& update) {
    if (update.format_version < view_.format_version) {
      return Invalid(fmt::format("Cannot downgrade v{} view to v{}", view_.format_version,
                                 update.format_version));
    }
    if (update.format_version != 1) {
      return Unsupported("FormatVersion",
                         fmt::format("Unsupported format version: {}", update.format_version));
    }
    return Ok();
  }
  Status operator()(const AddSchema& update) {
    std::int32_t id = 0;
    for (const Schema& schema : view_.schemas) {
      if (schema.SameColumns(update.schema)) {
        last_schema_id_ = schema.schema_id;
        return Ok();
      }
      id = std::max(id, schema.schema_id + 1);
    }
    view_.schemas.push_back(update.schema);
    view_.schemas.back().schema_id = id;
    last_schema_id_ = id;
    return Ok();
  }
  Status operator()(const SetLocation& update) {
    view_.location = update.location;
    return Ok();
  }
  Status operator()(const SetProperties& update) {
    for (const auto& [name, value] : update.updates) view_.properties[name] = value;
    return Ok();
  }
  Status operator()(const RemoveProperties& update) {
    for (const std::string& name : update.removals) view_.properties.erase(name);
    return Ok();
  }
  Status operator()(const AddViewVersion& update);
  Status operator()(const SetCurrentViewVersion& update);

  Result<ViewMetadata> Finish() &&;

 private:
  Status CheckDialects() const;
  Result<std::size_t> HistorySize() const;
  void Expire(std::size_t kept_count);

  ViewMetadata view_;
  const std::int64_t now_ms_;
  std::optional<ViewVersion> previous_;
  std::optional<std::int32_t> last_schema_id_;
  std::optional<std::int32_t> last_version_id_;
  std::optional<ViewHistoryEntry> next_entry_;
  std::set<std::int32_t> added_;
};

Status ViewChange::operator()(const AddViewVersion& update) {
  ViewVersion version = update.version;
  if (version.schema_id == kLastAdded) {
    if (!last_schema_id_) {
      return Invalid("Cannot set last added schema: no schema has been added");
    }
    version.schema_id = *last_schema_id_;
  }
  for (const ViewVersion& existing : view_.versions) {
    if (SameVersion(existing, version)) {
      last_version_id_ = existing.version_id;
      return Ok();
    }
  }
  for (const ViewVersion& existing : view_.versions) {
    version.version_id = std::max(version.version_id, existing.version_id + 1);
  }
  if (view_.FindSchema(version.schema_id) == nullptr) {
    return Invalid(fmt::format("Cannot add version with unknown schema: {}", version.schema_id));
  }
  std::set<std::string> dialects;
  for (const auto& one : version.representations) {
    if (!dialects.insert(ToLowerAscii(one.dialect)).second) {
      return Invalid("Invalid view version: Cannot add multiple queries for dialect " +
                     ToLowerAscii(one.dialect));
    }
  }
  last_version_id_ = version.version_id;
  added_.insert(version.version_id);
  view_.versions.push_back(std::move(version));
  return Ok();
}

Status ViewChange::operator()(const SetCurrentViewVersion& update) {
  std::int32_t id = update.version_id;
  if (id == kLastAdded) {
    if (!last_version_id_) {
      return Invalid("Cannot set last version id: no current version id has been set");
    }
    id = *last_version_id_;
  }
  const ViewVersion* version = view_.FindVersion(id);
  if (version == nullptr) {
    return Invalid(fmt::format("Cannot set current version to unknown version: {}", id));
  }
  if (view_.current_version_id == id) return Ok();
  view_.current_version_id = id;
  next_entry_ = ViewHistoryEntry{
      .timestamp_ms = added_.contains(id) ? version->timestamp_ms : now_ms_, .version_id = id};
  return Ok();
}

Status ViewChange::CheckDialects() const {
  const auto allowed = view_.properties.find("replace.drop-dialect.allowed");
  if (!previous_ ||
      (allowed != view_.properties.end() && EqualsIgnoreCaseAscii(allowed->second, "true"))) {
    return Ok();
  }
  const auto now = DialectsOf(view_.current_version());
  for (const std::string& dialect : DialectsOf(*previous_)) {
    if (now.contains(dialect)) continue;
    return Invalid(
        "Cannot replace view due to loss of view dialects "
        "(replace.drop-dialect.allowed=false): the new version has none for " +
        dialect);
  }
  return Ok();
}

Result<std::size_t> ViewChange::HistorySize() const {
  const auto property = view_.properties.find("version.history.size");
  if (property == view_.properties.end()) return kHistorySizeDefault;
  const std::string& text = property->second;
  std::int32_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size <= 0) {
    return Invalid("version.history.size must be positive but was " + text);
  }
  return static_cast<std::size_t>(size);
}

void ViewChange::Expire(std::size_t kept_count) {
  if (view_.versions.size() <= kept_count) return;
  // The current one first, whatever its age; then the newest.
  std::ranges::sort(view_.versions, std::greater<>(), [this](const ViewVersion& version) {
    return std::pair(version.version_id == view_.current_version_id, version.version_id);
  });
  view_.versions.resize(kept_count);
  std::vector<ViewHistoryEntry> kept;
  for (const ViewHistoryEntry& entry : view_.history) {
    if (view_.FindVersion(entry.version_id) != nullptr) {
      kept.push_back(entry);
    } else {
      kept.clear();  // What came before an unknown version says nothing any more.
    }
  }
  view_.history = std::move(kept);
}

Result<ViewMetadata> ViewChange::Finish() && {
  if (view_.location.empty()) return Invalid("Invalid location: null");
  if (view_.view_uuid.empty()) return Invalid("Invalid view: no uuid was assigned");
  if (view_.versions.empty()) return Invalid("Invalid view: no versions were added");
  if (view_.FindVersion(view_.current_version_id) == nullptr) {
    return Invalid("Invalid view: no current version was set");
  }
  if (next_entry_) view_.history.push_back(*next_entry_);
  FIRN_TRY(CheckDialects());
  FIRN_ASSIGN_OR_RETURN(const std::size_t history_size, HistorySize());
  added_.insert(view_.current_version_id);
  Expire(std::max(history_size, added_.size()));
  return std::move(view_);
}

}  // namespace

Result<ViewUpdate> ParseViewUpdate(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "update"));
  FIRN_ASSIGN_OR_RETURN(const std::string action, GetString(*object, "action"));
  if (action == "add-view-version") {
    FIRN_ASSIGN_OR_RETURN(const json::object* version, GetObject(*object, "view-version"));
    FIRN_ASSIGN_OR_RETURN(ViewVersion parsed, ParseViewVersion(*version));
    return ViewUpdate(AddViewVersion{std::move(parsed)});
  }
  if (action == "set-current-view-version") {
    FIRN_ASSIGN_OR_RETURN(const std::int64_t id, GetInt64(*object, "view-version-id"));
    if (id < kLastAdded || id > INT32_MAX) return Invalid("view-version-id is out of range");
    return ViewUpdate(SetCurrentViewVersion{static_cast<std::int32_t>(id)});
  }
  // The others are words that tables have too.
  FIRN_ASSIGN_OR_RETURN(TableUpdate update, ParseTableUpdate(value));
  std::optional<ViewUpdate> shared;
  std::visit(
      [&](auto& one) {
        using Update = std::remove_reference_t<decltype(one)>;
        if constexpr (std::is_constructible_v<ViewUpdate, Update>) {
          shared.emplace(std::in_place_type<Update>, std::move(one));
        }
      },
      update);
  if (!shared) return Invalid("a view has no update " + action);
  return *std::move(shared);
}

json::value ToJson(const ViewUpdate& update) {
  if (const auto* added = std::get_if<AddViewVersion>(&update)) {
    return json::object{{"action", "add-view-version"}, {"view-version", ToJson(added->version)}};
  }
  if (const auto* set = std::get_if<SetCurrentViewVersion>(&update)) {
    return json::object{{"action", "set-current-view-version"},
                        {"view-version-id", set->version_id}};
  }
  // The others are words that tables have too.
  return std::visit(
      [](const auto& one) -> json::value {
        if constexpr (std::is_constructible_v<TableUpdate, decltype(one)>) {
          return ToJson(TableUpdate(one));
        } else {
          return nullptr;
        }
      },
      update);
}

Result<std::string> ParseViewRequirement(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "requirement"));
  FIRN_ASSIGN_OR_RETURN(const std::string type, GetString(*object, "type"));
  if (type != "assert-view-uuid") {
    return InvalidArgument("InvalidRequirement", "a view has no requirement " + type);
  }
  return GetString(*object, "uuid");
}

Result<ViewMetadata> ApplyViewUpdates(const ViewMetadata* base, std::span<const ViewUpdate> updates,
                                      WallTime now) {
  ViewChange change(base, now);
  for (const ViewUpdate& update : updates) FIRN_TRY(std::visit(change, update));
  return std::move(change).Finish();
}

}  // namespace firn::iceberg
