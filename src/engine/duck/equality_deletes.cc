#include <algorithm>

#include "engine/duck/column_reads_internal.h"
#include "engine/duck/equality_deletes_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_limits.h"
#include "engine/duck/side_by_side_internal.h"

namespace firn::duck {
namespace {

/// Tables of many partitions have many small sets.
constexpr std::size_t kSlotsMin = 16;

Error KeysCorrupt(const iceberg::DataFile& file, const std::string& what) {
  return Error(ErrorCode::kDataCorruption, "DeleteFile",
               "Equality delete file '" + file.file_path + "' " + what);
}

/// The path from `fields` to the field with the id; empty when it is not there.
std::vector<std::size_t> PathTo(const std::vector<iceberg::NestedField>& fields,
                                std::int32_t field_id) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id == field_id) return {i};
    if (fields[i].type.kind != iceberg::TypeKind::kStruct) continue;
    std::vector<std::size_t> path = PathTo(fields[i].type.fields(), field_id);
    if (path.empty()) continue;
    path.insert(path.begin(), i);
    return path;
  }
  return {};
}

/// A key column and the table's column that holds it: as the scan sees it or, when it was dropped,
/// as the newest schema that had it.
struct FoundColumn {
  iceberg::NestedField top;
  std::vector<std::size_t> path;
};

std::optional<FoundColumn> FindColumn(const ScanSource& source, std::int32_t field_id) {
  const auto in = [&](const iceberg::Schema& schema) -> std::optional<FoundColumn> {
    std::vector<std::size_t> path = PathTo(schema.fields, field_id);
    if (path.empty()) return std::nullopt;
    const iceberg::NestedField& top = schema.fields[path.front()];
    path.erase(path.begin());
    return FoundColumn{top, std::move(path)};
  };
  if (auto found = in(source.schema())) return found;
  const auto& schemas = source.table().metadata->schemas;
  for (auto at = schemas.rbegin(); at != schemas.rend(); ++at) {
    if (auto found = in(*at)) return found;
  }
  return std::nullopt;
}

Result<KeySet> MakeKeySet(duckdb::ClientContext& context, const ScanSource& source,
                          const iceberg::DataFile& file) {
  if (file.equality_ids.empty()) return KeysCorrupt(file, "names no columns");
  KeySet set;
  for (const std::int32_t id : file.equality_ids) {
    auto found = FindColumn(source, id);
    if (!found) {
      return KeysCorrupt(file, "compares a column with the unknown id " + std::to_string(id));
    }
    const auto at = std::find_if(set.schema.fields.begin(), set.schema.fields.end(),
                                 [&](const auto& field) { return field.id == found->top.id; });
    const auto column = static_cast<std::size_t>(at - set.schema.fields.begin());
    if (at == set.schema.fields.end()) {
      FIRN_ASSIGN_OR_RETURN(auto definition, MakeColumn(found->top));
      set.columns.push_back(std::move(definition));
      set.schema.fields.push_back(std::move(found->top));
    }
    set.key_columns.push_back({.column = column, .path = std::move(found->path)});
  }
  set.keys = std::make_unique<DeletedKeys>(context);
  return set;
}

/// Equal for delete files that may share a set: sorted columns, and the partition they are about.
std::string SetName(const iceberg::DataFile& file, const iceberg::TableMetadata& metadata) {
  std::vector<std::int32_t> ids = file.equality_ids;
  std::sort(ids.begin(), ids.end());
  std::string name;
  for (const std::int32_t id : ids) name += std::to_string(id) + ",";
  const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
  if (spec == nullptr || iceberg::DeletesEverywhere(*spec)) return name;
  name += "@" + std::to_string(file.spec_id);
  for (const auto& value : file.partition) {
    const std::string bytes = value ? iceberg::ToBinary(*value) : "";
    name += value ? "|" + std::to_string(bytes.size()) + ":" + bytes : "|-";
  }
  return name;
}

/// Many threads may fill one set; `set_mutex` is the set's.
Status ReadKeys(duckdb::ClientContext& context, const ScanSource& source,
                const iceberg::DeleteFileRef& reference, KeySet& set, Mutex& set_mutex) {
  const iceberg::DataFile& file = *reference.file;
  if (file.file_format != "PARQUET") {
    return Unsupported("DeleteFileFormat", "Table '" + source.name().table + "' has deletes in " +
                                               file.file_format + ", which is not supported");
  }
  Status added = Ok();
  ScanWholeFile(context, ScanSource::OfFile(source, set.schema, set.columns, file),
                [&](duckdb::DataChunk& chunk) {
                  const duckdb::Vector keys = set.MakeKeys(chunk);
                  const auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(keys);
                  const MutexLock lock(set_mutex);
                  for (duckdb::idx_t i = 0; i < chunk.size() && added; ++i) {
                    added = set.keys->Add(texts[i], reference.sequence_number);
                  }
                  return added.has_value();
                });
  if (!added) {
    return std::move(added).error().Note("reading equality deletes of '" + source.name().table +
                                         "'");
  }
  return Ok();
}

}  // namespace

DeletedKeys::DeletedKeys(duckdb::ClientContext& context)
    : allocator_(duckdb::BufferAllocator::Get(context)), arena_(allocator_) {
  Resize(kSlotsMin);
}

void DeletedKeys::Resize(std::size_t slot_count) {
  duckdb::AllocatedData old = std::move(memory_);
  const std::size_t old_count = slot_count_;
  memory_ = allocator_.Allocate(slot_count * sizeof(Slot));
  slots_ = reinterpret_cast<Slot*>(memory_.get());
  slot_count_ = slot_count;
  for (std::size_t i = 0; i < slot_count; ++i) {
    new (&slots_[i]) Slot{.key = duckdb::string_t(), .sequence_number = -1};
  }
  const auto* before = reinterpret_cast<const Slot*>(old.get());
  for (std::size_t i = 0; i < old_count; ++i) {
    if (before[i].sequence_number >= 0) Find(before[i].key) = before[i];
  }
}

DeletedKeys::Slot& DeletedKeys::Find(const duckdb::string_t& key) const {
  // A power of two, never full.
  const std::size_t mask = slot_count_ - 1;
  std::size_t at = duckdb::Hash(key) & mask;
  while (slots_[at].sequence_number >= 0 && !(slots_[at].key == key)) at = (at + 1) & mask;
  return slots_[at];
}

Status DeletedKeys::Add(const duckdb::string_t& key, std::int64_t sequence_number) {
  Slot* slot = &Find(key);
  if (slot->sequence_number >= 0) {
    slot->sequence_number = std::max(slot->sequence_number, sequence_number);
    return Ok();
  }
  if (key_count_ >= kEqualityDeletesMax) {
    return ResourceExhausted("TooManyDeletes", "There are more than " +
                                                   std::to_string(kEqualityDeletesMax) +
                                                   " equality deletes of one partition; compact "
                                                   "the table");
  }
  if ((key_count_ + 1) * 2 > slot_count_) {
    Resize(slot_count_ * 2);
    slot = &Find(key);
  }
  ++key_count_;
  slot->sequence_number = sequence_number;
  slot->key = key;
  if (!key.IsInlined()) {
    auto* copy = reinterpret_cast<char*>(arena_.Allocate(key.GetSize()));
    std::memcpy(copy, key.GetData(), key.GetSize());
    slot->key = duckdb::string_t(copy, static_cast<std::uint32_t>(key.GetSize()));
  }
  return Ok();
}

std::int64_t DeletedKeys::NewestDelete(const duckdb::string_t& key) const {
  return Find(key).sequence_number;
}

duckdb::Vector KeySet::MakeKeys(duckdb::DataChunk& columns_chunk) const {
  const duckdb::idx_t count = columns_chunk.size();
  duckdb::DataChunk compared;
  duckdb::vector<duckdb::LogicalType> types;
  std::vector<duckdb::Vector*> parts;
  for (const KeyColumn& key : key_columns) {
    duckdb::Vector* part = &columns_chunk.data[key.column];
    for (const std::size_t child : key.path) {
      part->Flatten(count);
      part = duckdb::StructVector::GetEntries(*part)[child].get();
    }
    types.push_back(part->GetType());
    parts.push_back(part);
  }
  compared.InitializeEmpty(types);
  for (std::size_t i = 0; i < parts.size(); ++i) compared.data[i].Reference(*parts[i]);
  compared.SetCardinality(count);
  const duckdb::vector<duckdb::OrderModifiers> modifiers(
      parts.size(),
      duckdb::OrderModifiers(duckdb::OrderType::ASCENDING, duckdb::OrderByNullType::NULLS_FIRST));
  duckdb::Vector result(duckdb::LogicalType::BLOB, std::max<duckdb::idx_t>(count, 1));
  duckdb::CreateSortKeyHelpers::CreateSortKey(compared, modifiers, result);
  result.Flatten(count);
  return result;
}

EqualityDeletes::EqualityDeletes(duckdb::ClientContext& context, const ScanSource& source,
                                 const std::vector<const iceberg::ScanTask*>& tasks) {
  std::map<const iceberg::DataFile*, KeySet*> by_file;
  std::map<const KeySet*, Mutex> mutexes;
  std::vector<const iceberg::DeleteFileRef*> references;
  std::vector<const iceberg::DataFile*> files;
  by_task_.resize(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const iceberg::DeleteFileRef& reference : tasks[i]->deletes) {
      if (reference.file->content != iceberg::FileContent::kEqualityDeletes) continue;
      const auto [at, is_new] = by_file.emplace(reference.file.get(), nullptr);
      if (is_new) {
        const std::string name = SetName(*reference.file, *source.table().metadata);
        auto set = sets_.find(name);
        if (set == sets_.end()) {
          set =
              sets_.emplace(name, ValueOrRaise(MakeKeySet(context, source, *reference.file))).first;
        }
        at->second = &set->second;
        mutexes[at->second];
        references.push_back(&reference);
        files.push_back(reference.file.get());
      }
      auto& of_task = by_task_[i];
      if (std::find(of_task.begin(), of_task.end(), at->second) == of_task.end()) {
        of_task.push_back(at->second);
      }
    }
  }
  AnnounceSmallFiles(context, source, files);
  // Decoding waits for the readers' threads, so it must not take them.
  OkOrRaise(RunSideBySide(source.statement().parts().decoders, files.size(), kDeleteFilesAtOnceMax,
                          [&](std::size_t i) {
                            KeySet* set = by_file.at(files[i]);
                            return ReadKeys(context, source, *references[i], *set, mutexes.at(set));
                          }));
}

}  // namespace firn::duck
