#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "engine/session/limits.h"
#include "engine/session/access_internal.h"
#include "engine/session/procedures_internal.h"
#include "lake/iceberg/parquet_footer.h"
#include "lake/iceberg/partition_key.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/objects/object_store.h"

/// add_files: Parquet files that stand somewhere become the table's own, unread and where they are.

namespace firn::session {
namespace {

using iceberg::DataFile;
using iceberg::NestedField;
using iceberg::ParquetField;
using iceberg::ParquetFooter;
using iceberg::Type;
using iceberg::TypeKind;

Unexpected Misfit(const std::string& url, const std::string& why) {
  return InvalidArgument("FileDoesNotFit", "File " + url + " cannot be added: " + why);
}

constexpr std::string_view kNameMappingProperty = "schema.name-mapping.default";

/// Whether a column of the table may read values of the file's type: its own, or one it was
/// promoted from.
bool ReadsAs(const Type& file, const Type& table) {
  if (file.kind == table.kind) {
    return file.kind != TypeKind::kDecimal ||
           (file.scale == table.scale && file.precision <= table.precision);
  }
  return (file.kind == TypeKind::kInt && table.kind == TypeKind::kLong) ||
         (file.kind == TypeKind::kFloat && table.kind == TypeKind::kDouble);
}

/// `key=value` folders of the URL below the location, as Hive writes them.
std::map<std::string, std::string> PathValues(std::string_view relative) {
  std::map<std::string, std::string> values;
  const auto folders = Split(relative, '/');
  for (std::size_t i = 0; i + 1 < folders.size(); ++i) {
    const std::size_t sign = folders[i].find('=');
    if (sign == std::string_view::npos) continue;
    const auto key = PercentDecode(folders[i].substr(0, sign));
    const auto value = PercentDecode(folders[i].substr(sign + 1));
    if (key && value) values[ToLowerAscii(*key)] = *value;
  }
  return values;
}

/// A value as a folder's name writes it.
Result<iceberg::Literal> ParseFolderValue(const std::string& text, const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return iceberg::LiteralFromJson(json::value(EqualsIgnoreCaseAscii(text, "true")), type);
    case TypeKind::kInt:
    case TypeKind::kLong: {
      std::int64_t number = 0;
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (failure != std::errc() || end != text.data() + text.size()) {
        return InvalidArgument("BadValue", "'" + text + "' is no whole number");
      }
      return iceberg::LiteralFromJson(json::value(number), type);
    }
    case TypeKind::kDate:
    case TypeKind::kString:
    case TypeKind::kDecimal: return iceberg::LiteralFromJson(json::value(text), type);
    default:
      return Unsupported("UnsupportedPartition",
                         "a folder's name cannot give a value of type " + type.ToString());
  }
}

/// Takes files into one version of a table.
class FileTaker {
 public:
  FileTaker(const ProcedureRun& call, std::string location)
      : call_(call),
        metadata_(*call.table.metadata),
        schema_(metadata_.current_schema()),
        location_(std::move(location)) {}

  Status CheckSpec() const {
    for (const iceberg::PartitionField& field : metadata_.default_spec().fields) {
      if (field.transform.kind == iceberg::TransformKind::kIdentity) continue;
      return Unsupported("UnsupportedPartition",
                         "add_files takes files of identity partitions only (folders key=value); "
                         "the table is partitioned by " +
                             field.transform.ToString() + " as '" + field.name + "'");
    }
    return Ok();
  }

  Result<DataFile> Take(const objects::ListedObject& object) {
    const std::string& url = object.url;
    FIRN_ASSIGN_OR_RETURN_NOTE(const ParquetFooter footer,
                               iceberg::ReadParquetFooter(call_.run.context, *call_.table.store,
                                                          url, object.info.size_bytes),
                               "of file " + url);
    DataFile file;
    file.file_path = url;
    file.record_count = footer.row_count;
    file.file_size_bytes = static_cast<std::int64_t>(object.info.size_bytes);
    file.spec_id = metadata_.default_spec_id;
    file.split_offsets = footer.row_group_offsets;
    FIRN_TRY(TakePartition(url, file));
    FIRN_TRY(TakeColumns(url, footer, file));
    return file;
  }

  bool needs_name_mapping() const { return needs_name_mapping_; }

 private:
  Status TakePartition(const std::string& url, DataFile& file) {
    const auto values = PathValues(std::string_view(url).substr(location_.size()));
    from_path_.clear();
    for (const iceberg::PartitionField& field : metadata_.default_spec().fields) {
      const NestedField* source = schema_.FindField(field.source_id);
      if (source == nullptr) return Misfit(url, "the table's partition column is gone");
      const auto found = values.find(ToLowerAscii(source->name));
      if (found == values.end()) {
        return Misfit(url, "no folder " + source->name + "=… tells its partition");
      }
      from_path_.insert(source->id);
      if (found->second == "__HIVE_DEFAULT_PARTITION__") {
        file.partition.push_back(std::nullopt);
        continue;
      }
      auto value = ParseFolderValue(found->second, source->type);
      if (!value) return Misfit(url, source->name + ": " + value.error().message());
      file.partition.emplace_back(*std::move(value));
    }
    return Ok();
  }

  Status TakeColumns(const std::string& url, const ParquetFooter& footer, DataFile& file) {
    bool has_ids = false;
    bool lacks_ids = false;
    std::set<std::int32_t> seen;
    for (const ParquetField& column : footer.fields) {
      // As they are read: by the very name.
      const auto field = std::ranges::find(schema_.fields, column.name, &NestedField::name);
      if (field == schema_.fields.end()) {
        return Misfit(url, "the table has no column '" + column.name + "'");
      }
      if (!seen.insert(field->id).second) {
        return Misfit(url, "it has the column '" + column.name + "' twice");
      }
      (column.has_field_id ? has_ids : lacks_ids) = true;
      if (column.has_field_id && column.field_id != field->id) {
        return Misfit(url, "its column '" + column.name +
                               "' has the field id of another table; write the file without ids");
      }
      if (!column.has_field_id && !IsMapped(column.name, field->id)) {
        return Misfit(url, "the table's property schema.name-mapping.default does not say that '" +
                               column.name + "' is that column");
      }
      FIRN_TRY(CheckType(url, column, *field));
      if (column.is_group) continue;
      file.column_sizes[field->id] = column.compressed_bytes;
      file.value_counts[field->id] = column.value_count;
      if (column.null_count) file.null_value_counts[field->id] = *column.null_count;
    }
    if (has_ids && lacks_ids)
      return Misfit(url, "some of its columns have field ids, some have not");
    needs_name_mapping_ |= lacks_ids;
    for (const NestedField& field : schema_.fields) {
      if (field.required && !seen.contains(field.id) && !from_path_.contains(field.id)) {
        return Misfit(url, "it lacks the column '" + field.name + "', which is NOT NULL");
      }
    }
    return Ok();
  }

  /// Whether files without ids are read so; a table without the property gets one.
  bool IsMapped(const std::string& name, std::int32_t field_id) const {
    const auto property = metadata_.properties.find(std::string(kNameMappingProperty));
    if (property == metadata_.properties.end()) return true;
    const auto mapping = ParseJson(property->second);
    if (!mapping || !mapping->is_array()) return false;
    return std::ranges::any_of(mapping->get_array(), [&](const json::value& entry) {
      const json::object* object = entry.if_object();
      if (object == nullptr) return false;
      const auto id = FindInt64(*object, "field-id");
      const auto names = FindArray(*object, "names");
      return id && *id == field_id && names && *names != nullptr &&
             std::ranges::find(**names, json::value(name)) != (*names)->end();
    });
  }

  Status CheckType(const std::string& url, const ParquetField& column,
                   const NestedField& field) const {
    if (column.is_group || !field.type.is_primitive()) {
      return Misfit(url, "column '" + column.name + "' is nested; copy its rows with INSERT");
    }
    if (!column.type) {
      return Misfit(url, "column '" + column.name + "' is of a Parquet type that no column has");
    }
    if (!ReadsAs(*column.type, field.type)) {
      return Misfit(url, "column '" + column.name + "' is of type " + column.type->ToString() +
                             ", the table's of type " + field.type.ToString());
    }
    if (field.required && column.null_count != 0) {
      return Misfit(url, "column '" + column.name + "' may hold NULL, the table's is NOT NULL");
    }
    return Ok();
  }

  const ProcedureRun& call_;
  const iceberg::TableMetadata& metadata_;
  const iceberg::Schema& schema_;
  const std::string location_;  ///< Ends with a slash.
  std::set<std::int32_t> from_path_;
  bool needs_name_mapping_ = false;
};

/// Files whose names begin with `_` or `.` are others' notes, as in Hive.
bool IsHidden(std::string_view relative) {
  for (const std::string_view part : Split(relative, '/')) {
    if (part.starts_with('.') ||
        (part.starts_with('_') && part.find('=') == std::string_view::npos))
      return true;
  }
  return false;
}

Result<std::vector<objects::ListedObject>> FindFiles(const ProcedureRun& call,
                                                     const std::string& location, bool recursive) {
  auto listed = call.table.store->List(call.run.context, location);
  if (!listed) {
    const Error& error = listed.error();
    if (error.reason() == "OutsideTableLocation") {
      return PermissionDenied("OutsideTableLocation",
                              "Location " + location + " is outside of the table's own, " +
                                  call.table.metadata->location +
                                  "\nhint: the catalog's property \"firn.allowed-locations\" "
                                  "names where else its tables may have files");
    }
    if (error.code() == ErrorCode::kPermissionDenied) {
      return Error(error.code(), error.reason(),
                   error.message() +
                       "\nhint: keys that a catalog lends open the table's own location alone; "
                       "\"iceberg.catalog.vended-credentials-enabled\" = \"false\" with keys of "
                       "your own reaches further",
                   error.place());
    }
    if (error.code() != ErrorCode::kUnsupported) return error;
    return Unsupported("AddFiles",
                       "This table's storage does not list its objects: " + error.message());
  }
  std::erase_if(*listed, [&](const objects::ListedObject& object) {
    const std::string_view relative = std::string_view(object.url).substr(location.size());
    const bool is_deeper = relative.find('/') != std::string_view::npos;
    return relative.empty() || object.info.size_bytes == 0 || IsHidden(relative) ||
           (is_deeper && !recursive);
  });
  if (listed->empty()) return NotFound("NoFiles", "There are no files below " + location);
  if (listed->size() > kAddedFilesMax) {
    return ResourceExhausted("TooManyFiles", "There are more than " +
                                                 std::to_string(kAddedFilesMax) + " files below " +
                                                 location + "; add them folder by folder");
  }
  return listed;
}

Status CheckNew(const ProcedureRun& call, const std::vector<objects::ListedObject>& objects) {
  FIRN_ASSIGN_OR_RETURN(const iceberg::ScanPlan plan,
                        iceberg::PlanScan(call.run.context, *call.table.store, *call.table.metadata,
                                          std::nullopt, iceberg::Predicate::True()));
  std::set<std::string_view> present;
  for (const iceberg::ScanTask& task : plan.tasks) present.insert(task.data_file.file_path);
  for (const objects::ListedObject& object : objects) {
    if (present.contains(object.url)) {
      return AlreadyExists("FileIsThere", "File " + object.url + " is in the table already");
    }
  }
  return Ok();
}

json::array NameMapping(const std::vector<NestedField>& fields) {
  json::array mapping;
  for (const NestedField& field : fields) {
    json::object entry{{"field-id", field.id}, {"names", json::array{json::value(field.name)}}};
    if (!field.type.fields().empty()) {
      const auto& nested = field.type.fields();
      entry["fields"] = NameMapping(std::vector<NestedField>(nested.begin(), nested.end()));
    }
    mapping.push_back(std::move(entry));
  }
  return mapping;
}

/// Files without field ids are read by name; the table must say which names were meant before
/// somebody renames a column.
Status SetNameMapping(const ProcedureRun& call) {
  const std::string property(kNameMappingProperty);
  const auto edit = [&](const iceberg::TableMetadata& metadata) -> Result<catalog::MetadataChange> {
    catalog::MetadataChange change;
    if (metadata.properties.contains(property)) return change;
    change.updates.push_back(iceberg::SetProperties{
        {{property, PrintJson(NameMapping(metadata.current_schema().fields))}}});
    return change;
  };
  FIRN_TRY(call.catalog.EditTable(call.run.context, call.table, edit));
  return Ok();
}

}  // namespace

Status AddFiles(const ProcedureRun& call) {
  // The files may be any table's: who names them must be allowed to read them all.
  FIRN_TRY(Require(call.run.state, Needs::OnAllTables({Privilege::kSelect}, call.name.catalog)));
  if (call.arguments.contains("source_table")) {
    return Unsupported("AddFiles",
                       "add_files takes the files of a location; there are no Hive tables here "
                       "that source_table could name");
  }
  FIRN_ASSIGN_OR_RETURN(std::string location, TextArgument(call, "location"));
  FIRN_ASSIGN_OR_RETURN(const bool recursive, Flag(call, "recursive", true));
  if (call.arguments.contains("file_format")) {
    FIRN_ASSIGN_OR_RETURN(const std::string format, TextArgument(call, "file_format"));
    if (!EqualsIgnoreCaseAscii(format, "parquet")) {
      return Unsupported("UnsupportedFileFormat",
                         "add_files takes files of format parquet, not '" + format + "'");
    }
  }
  if (!location.ends_with('/')) location += '/';
  FIRN_TRY(objects::ParseObjectUrl(location));
  FileTaker taker(call, location);
  FIRN_TRY(taker.CheckSpec());
  FIRN_ASSIGN_OR_RETURN(const auto objects, FindFiles(call, location, recursive));
  FIRN_TRY(CheckNew(call, objects));
  iceberg::SnapshotChange change;
  // Somebody else might add the same files meanwhile.
  change.check =
      iceberg::ConflictCheck{.starting_snapshot_id = call.table.metadata->current_snapshot_id,
                             .rows = iceberg::Predicate::True(),
                             .no_new_deletes = false,
                             .referenced_data_files = {}};
  std::set<std::string> partitions;
  for (const objects::ListedObject& object : objects) {
    FIRN_TRY(call.run.context.Check());
    FIRN_ASSIGN_OR_RETURN(DataFile file, taker.Take(object));
    partitions.insert(iceberg::PartitionKey(file.spec_id, file.partition));
    change.added.push_back(std::move(file));
  }
  const std::size_t count = change.added.size();
  if (taker.needs_name_mapping()) FIRN_TRY(SetNameMapping(call));
  FIRN_TRY(call.catalog.CommitChange(call.run.context, call.catalog.ForWriting(call.table),
                                     std::move(change)));
  return Answer(call.run, {"added_files_count", "changed_partition_count"},
                {std::to_string(count), std::to_string(partitions.size())});
}

}  // namespace firn::session
