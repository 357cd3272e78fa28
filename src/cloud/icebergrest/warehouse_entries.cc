#include <algorithm>

#include "base/encoding.h"
#include "cloud/icebergrest/limits.h"
#include "cloud/icebergrest/lookup_internal.h"
#include "cloud/ledger/s3_rows.h"

/// Tables and views of a warehouse.
///
///   metadata files on disk, unnamed (fsync)  ->  one transaction: object rows + entries' swaps +
///   outcome  ->  answered

namespace firn::icebergrest {

using ledger::Transaction;
using ledger::WarehouseEntryRow;
using ledger::WarehouseRow;

namespace {

constexpr std::string_view kScheme = "s3://";

std::string Display(const TableIdentifier& identifier) {
  return iceberg_rest::DisplayNamespace(identifier.namespace_levels) + "." + identifier.name;
}

std::string_view KindOf(bool view) { return view ? "View" : "Table"; }

Unexpected NoSuchEntry(const TableIdentifier& identifier, bool view) {
  return NotFound(view ? "NoSuchView" : "NoSuchTable",
                  std::string(KindOf(view)) + " does not exist: " + Display(identifier));
}

Unexpected EntryExists(const WarehouseEntryRow& existing, bool view,
                       const TableIdentifier& identifier) {
  const std::string same =
      existing.is_view == view ? " already exists: " : " with same name already exists: ";
  return AlreadyExists("AlreadyExists",
                       std::string(KindOf(existing.is_view)) + same + Display(identifier));
}

Result<WarehouseEntryRow> RequireEntry(Transaction& transaction, const WarehouseRow& warehouse,
                                       const TableIdentifier& identifier, bool view) {
  const auto parent = RequireNamespace(transaction, warehouse, identifier.namespace_levels);
  if (!parent) {
    if (parent.error().code() == ErrorCode::kNotFound) return NoSuchEntry(identifier, view);
    return parent.error();
  }
  FIRN_ASSIGN_OR_RETURN(
      auto row, ledger::FindWarehouseEntry(transaction, parent->namespace_id, identifier.name));
  if (!row || row->is_view != view) return NoSuchEntry(identifier, view);
  return *std::move(row);
}

struct ObjectPlace {
  std::string bucket;
  std::string key;
};
/// REQUIRES: under a warehouse's root.
ObjectPlace PlaceOf(std::string_view location) {
  location.remove_prefix(kScheme.size());
  const std::size_t slash = location.find('/');
  return {std::string(location.substr(0, slash)), std::string(location.substr(slash + 1))};
}

bool LiesIn(std::string_view location, std::string_view folder) {
  return location.size() > folder.size() + 1 && location.starts_with(folder) &&
         location[folder.size()] == '/';
}

Status CheckMetadataSize(std::size_t bytes) {
  if (bytes <= kMetadataBytesMax) return Ok();
  return ResourceExhausted("MetadataTooLarge", "the metadata would have " + std::to_string(bytes) +
                                                   " bytes, over the limit of " +
                                                   std::to_string(kMetadataBytesMax) +
                                                   ": expire old snapshots");
}

Unexpected LostRace(const TableIdentifier& identifier) {
  return Conflict("CommitFailed", "Cannot commit to " + Display(identifier) +
                                      ": it changes too fast; reload it and try again");
}

/// Another version of an entry: the folder is always that of its location.
std::string NextViewLocation(const WarehouseEntryRow& row, std::string_view uuid) {
  return row.location + "/metadata/" + std::string(uuid) + ".metadata.json";
}

}  // namespace

WarehouseEntryRow WarehouseStore::NewEntry(const policy::Permit& permit,
                                           const WarehouseRow& warehouse,
                                           const TableIdentifier& identifier, bool view) {
  WarehouseEntryRow row{.entry_id = NewUuid(parts_.random),
                        .warehouse_id = warehouse.warehouse_id,
                        .name = identifier.name,
                        .is_view = view,
                        .created_at = parts_.clock.Now()};
  Renew(permit, row);
  return row;
}

void WarehouseStore::Renew(const policy::Permit& permit, WarehouseEntryRow& row) {
  row.version_token = RandomText(parts_.random, 20, "0123456789abcdef");
  row.modified_by = permit.principal().arn;
  row.modified_at = parts_.clock.Now();
}

Result<std::string> WarehouseStore::ChooseLocation(const WarehouseRow& warehouse,
                                                   std::string_view requested,
                                                   std::string_view otherwise) const {
  if (requested.empty()) return std::string(otherwise);
  std::string location(requested);
  for (const std::string_view scheme : {"s3a://", "s3n://"}) {
    if (location.starts_with(scheme)) location.replace(0, scheme.size(), kScheme);
  }
  if (!location.starts_with(kScheme)) return std::string(otherwise);
  while (location.ends_with('/')) location.pop_back();
  const bool plain = location.find_first_of("*?$\"") == std::string::npos &&
                     location.find("/../") == std::string::npos && !location.ends_with("/..");
  if (!LiesIn(location, warehouse.root) || !plain) {
    return InvalidArgument("InvalidLocation", "The location must lie under the warehouse's root " +
                                                  warehouse.root + ": " + location);
  }
  return location;
}

Status WarehouseStore::WriteRow(Transaction& transaction, const WarehouseRow& warehouse,
                                const Pending& one) {
  FIRN_ASSIGN_OR_RETURN(const auto parent, RequireNamespace(transaction, warehouse, one.levels));
  WarehouseEntryRow row = one.row;
  row.namespace_id = parent.namespace_id;
  FIRN_ASSIGN_OR_RETURN(const auto overlap,
                        ledger::FindOverlappingEntry(transaction, warehouse.warehouse_id,
                                                     row.location, row.entry_id));
  if (overlap && !one.token_before) {
    FIRN_ASSIGN_OR_RETURN(const auto same,
                          ledger::FindWarehouseEntry(transaction, row.namespace_id, row.name));
    if (same) return EntryExists(*same, row.is_view, {one.levels, row.name});
  }
  if (overlap) {
    return InvalidArgument("InvalidLocation",
                           "The location " + row.location + " overlaps that of another entry");
  }
  if (one.token_before) {
    FIRN_ASSIGN_OR_RETURN(const bool won,
                          ledger::SwapWarehouseEntry(transaction, row, *one.token_before));
    if (!won) return Conflict("RaceLost", "the entry has changed");
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(const auto existing,
                        ledger::FindWarehouseEntry(transaction, row.namespace_id, row.name));
  if (existing) return EntryExists(*existing, row.is_view, {one.levels, row.name});
  return ledger::InsertWarehouseEntry(transaction, row);
}

Result<bool> WarehouseStore::Write(const Context& context, const WarehouseRow& warehouse,
                                   const std::vector<Pending>& pending, const KeepOutcome& keep) {
  std::vector<std::pair<s3::StoredBody, ledger::S3ObjectRow>> stored;
  const auto discard = [&] {
    for (const auto& [body, row] : stored) parts_.vault.Discard(body);
  };
  for (const Pending& one : pending) {
    if (!one.metadata_bytes) continue;
    auto body = CheckMetadataSize(one.metadata_bytes->size()).has_value()
                    ? parts_.vault.Store(context, *one.metadata_bytes)
                    : Result<s3::StoredBody>(CheckMetadataSize(one.metadata_bytes->size()).error());
    if (!body) {
      discard();
      return body.error();
    }
    const ObjectPlace place = PlaceOf(one.row.metadata_location);
    auto row = parts_.vault.MakeRow(
        *body, s3::PutTarget{
                   .bucket = place.bucket, .key = place.key, .content_type = "application/json"});
    stored.emplace_back(*std::move(body), std::move(row));
  }
  const Status written = parts_.ledger.Write([&](Transaction& transaction) -> Status {
    for (const Pending& one : pending) FIRN_TRY(WriteRow(transaction, warehouse, one));
    for (const auto& [body, row] : stored) FIRN_TRY(ledger::PutS3Object(transaction, row));
    Outcome outcome;
    if (pending.size() == 1) {
      outcome.metadata_location = pending.front().row.metadata_location;
      outcome.entry_location = pending.front().row.location;
    } else {
      outcome.status = 204;
    }
    return keep(transaction, outcome);
  });
  if (written) return true;
  if (written.error().code() != ErrorCode::kCommitStateUnknown) discard();
  if (written.error().reason() == "RaceLost") return false;
  return written.error();
}

Result<std::string> WarehouseStore::ReadMetadataFile(std::string_view metadata_location) const {
  const ObjectPlace place = PlaceOf(metadata_location);
  FIRN_ASSIGN_OR_RETURN(const auto object, parts_.vault.Find(place.bucket, place.key));
  return parts_.vault.ReadAll(object, kMetadataBytesMax);
}

Result<std::vector<std::string>> WarehouseStore::ListNames(const WarehouseRow& warehouse,
                                                           const Namespace& levels, bool views,
                                                           const Page& page) const {
  FIRN_ASSIGN_OR_RETURN(
      const auto rows,
      parts_.ledger.Read([&](Transaction& transaction) -> Result<std::vector<WarehouseEntryRow>> {
        FIRN_ASSIGN_OR_RETURN(const auto parent, RequireNamespace(transaction, warehouse, levels));
        return ledger::ListWarehouseEntries(
            transaction, views,
            {.parent = parent.namespace_id, .after = page.after, .count_max = page.count_max});
      }));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

Result<WarehouseEntryRow> WarehouseStore::FindEntry(const WarehouseRow& warehouse,
                                                    const TableIdentifier& identifier,
                                                    bool view) const {
  return parts_.ledger.Read([&](Transaction& transaction) {
    return RequireEntry(transaction, warehouse, identifier, view);
  });
}

Result<LoadedTable> WarehouseStore::LoadTable(const WarehouseRow& warehouse,
                                              const TableIdentifier& identifier) const {
  LoadedTable loaded;
  FIRN_ASSIGN_OR_RETURN(loaded.row, FindEntry(warehouse, identifier, false));
  FIRN_ASSIGN_OR_RETURN(const auto bytes, ReadMetadataFile(loaded.row.metadata_location));
  FIRN_ASSIGN_OR_RETURN(auto metadata, iceberg::DecodeMetadataFile(bytes));
  loaded.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  return loaded;
}

Result<LoadedView> WarehouseStore::LoadView(const WarehouseRow& warehouse,
                                            const TableIdentifier& identifier) const {
  LoadedView loaded;
  FIRN_ASSIGN_OR_RETURN(loaded.row, FindEntry(warehouse, identifier, true));
  FIRN_ASSIGN_OR_RETURN(const auto bytes, ReadMetadataFile(loaded.row.metadata_location));
  FIRN_ASSIGN_OR_RETURN(loaded.metadata, iceberg::DecodeViewMetadataFile(bytes));
  return loaded;
}

Result<LoadedTable> WarehouseStore::CreateTable(const Context& context,
                                                const policy::Permit& permit,
                                                const WarehouseRow& warehouse,
                                                const TableIdentifier& identifier,
                                                const NewTableShape& shape, bool staged,
                                                const KeepOutcome& keep) {
  FIRN_TRY(CheckEntryName(identifier.name));
  const Status free = parts_.ledger.Read([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto parent,
                          RequireNamespace(transaction, warehouse, identifier.namespace_levels));
    FIRN_ASSIGN_OR_RETURN(
        const auto existing,
        ledger::FindWarehouseEntry(transaction, parent.namespace_id, identifier.name));
    if (existing) return EntryExists(*existing, false, identifier);
    return Ok();
  });
  FIRN_TRY(free);
  LoadedTable created{.row = NewEntry(permit, warehouse, identifier, false), .metadata = nullptr};
  FIRN_ASSIGN_OR_RETURN(
      created.row.location,
      ChooseLocation(warehouse, shape.location, warehouse.root + "/" + created.row.entry_id));
  FIRN_ASSIGN_OR_RETURN(
      auto metadata, iceberg::NewTableMetadata(iceberg::NewTable{.schema = shape.schema,
                                                                 .spec = shape.spec,
                                                                 .order = shape.order,
                                                                 .properties = shape.properties,
                                                                 .location = created.row.location,
                                                                 .format_version = 2,
                                                                 .uuid = NewUuid(parts_.random)},
                                               parts_.clock.Now()));
  const std::string bytes = iceberg::EncodeMetadataFile(metadata);
  created.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  if (staged) return created;
  created.row.metadata_location =
      created.row.location + "/metadata/00000-" + NewUuid(parts_.random) + ".metadata.json";
  const std::vector<Pending> pending{{.levels = identifier.namespace_levels,
                                      .row = created.row,
                                      .token_before = std::nullopt,
                                      .metadata_bytes = bytes}};
  FIRN_ASSIGN_OR_RETURN(const bool won, Write(context, warehouse, pending, keep));
  if (!won) return LostRace(identifier);
  return created;
}

Result<LoadedTable> WarehouseStore::RegisterTable(const Context& context,
                                                  const policy::Permit& permit,
                                                  const WarehouseRow& warehouse,
                                                  const TableIdentifier& identifier,
                                                  const std::string& metadata_location,
                                                  bool overwrite, const KeepOutcome& keep) {
  FIRN_TRY(CheckEntryName(identifier.name));
  const bool here = LiesIn(metadata_location, warehouse.root);
  if (!here) {
    return InvalidArgument("InvalidLocation",
                           "The metadata location must lie under the "
                           "warehouse's root " +
                               warehouse.root);
  }
  const auto bytes = ReadMetadataFile(metadata_location);
  if (!bytes) {
    return NotFound("NotFoundException", "There is no metadata file at " + metadata_location);
  }
  FIRN_ASSIGN_OR_RETURN(auto metadata, iceberg::DecodeMetadataFile(*bytes));
  Pending one{.levels = identifier.namespace_levels,
              .row = NewEntry(permit, warehouse, identifier, false),
              .token_before = std::nullopt,
              .metadata_bytes = std::nullopt};
  if (overwrite) {
    if (const auto existing = FindEntry(warehouse, identifier, false)) {
      one.token_before = existing->version_token;
      one.row = *existing;
      Renew(permit, one.row);
    }
  }
  FIRN_ASSIGN_OR_RETURN(one.row.location, ChooseLocation(warehouse, metadata.location, ""));
  if (!LiesIn(metadata_location, one.row.location)) {
    return InvalidArgument(
        "InvalidLocation",
        "The metadata file must lie in the table's own location " + metadata.location);
  }
  one.row.metadata_location = metadata_location;
  FIRN_ASSIGN_OR_RETURN(const bool won, Write(context, warehouse, {one}, keep));
  if (!won) return LostRace(identifier);
  return LoadedTable{
      .row = one.row,
      .metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata))};
}

Result<WarehouseStore::Pending> WarehouseStore::Prepare(const policy::Permit& permit,
                                                        const WarehouseRow& warehouse,
                                                        const TableChange& change,
                                                        LoadedTable& next) {
  FIRN_TRY(CheckEntryName(change.identifier.name));
  auto base = LoadTable(warehouse, change.identifier);
  if (!base && base.error().reason() != "NoSuchTable") return base.error();
  const iceberg::TableMetadata* before = base ? base->metadata.get() : nullptr;
  const bool creates = std::ranges::any_of(change.requirements, [](const auto& requirement) {
    return std::holds_alternative<iceberg::AssertCreate>(requirement);
  });
  if (before == nullptr && !creates) return base.error();
  FIRN_TRY(iceberg::CheckRequirements(before, change.requirements));
  Pending one{.levels = change.identifier.namespace_levels,
              .row = base ? base->row : NewEntry(permit, warehouse, change.identifier, false),
              .token_before = std::nullopt,
              .metadata_bytes = std::nullopt};
  if (base) one.token_before = base->row.version_token;
  if (base && change.updates.empty()) {
    next = *std::move(base);
    return one;
  }
  const std::string otherwise = base ? before->location : warehouse.root + "/" + one.row.entry_id;
  std::vector<iceberg::TableUpdate> updates = change.updates;
  for (auto& update : updates) {
    auto* location = std::get_if<iceberg::SetLocation>(&update);
    if (location == nullptr) continue;
    FIRN_ASSIGN_OR_RETURN(location->location,
                          ChooseLocation(warehouse, location->location, otherwise));
  }
  FIRN_ASSIGN_OR_RETURN(auto metadata, iceberg::ApplyUpdates(before, updates, parts_.clock.Now(),
                                                             one.row.metadata_location));
  const std::string name =
      iceberg::NextMetadataLocation(metadata, one.row.metadata_location, NewUuid(parts_.random));
  Renew(permit, one.row);
  one.row.location = metadata.location;
  one.row.metadata_location = metadata.location + "/metadata/" + name.substr(name.rfind('/') + 1);
  one.metadata_bytes = iceberg::EncodeMetadataFile(metadata);
  next =
      LoadedTable{.row = one.row,
                  .metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata))};
  return one;
}

Result<std::vector<LoadedTable>> WarehouseStore::CommitTables(const Context& context,
                                                              const policy::Permit& permit,
                                                              const WarehouseRow& warehouse,
                                                              std::vector<TableChange> changes,
                                                              const KeepOutcome& keep) {
  if (changes.empty() || changes.size() > kTransactionTablesMax) {
    return InvalidArgument("InvalidUpdate", "a transaction changes 1 to 100 tables");
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (std::size_t j = i + 1; j < changes.size(); ++j) {
      if (changes[i].identifier == changes[j].identifier) {
        return InvalidArgument("InvalidUpdate", "a transaction names each table once: " +
                                                    Display(changes[i].identifier));
      }
    }
  }
  for (int tries = 0; tries < kCommitTriesMax; ++tries) {
    FIRN_TRY(context.Check());
    std::vector<Pending> pending;
    std::vector<LoadedTable> next(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      FIRN_ASSIGN_OR_RETURN(auto one, Prepare(permit, warehouse, changes[i], next[i]));
      pending.push_back(std::move(one));
    }
    FIRN_ASSIGN_OR_RETURN(const bool won, Write(context, warehouse, pending, keep));
    if (won) return next;
  }
  return LostRace(changes.front().identifier);
}

Result<LoadedView> WarehouseStore::CreateView(const Context& context, const policy::Permit& permit,
                                              const WarehouseRow& warehouse, ViewChange change,
                                              const std::string& location,
                                              const KeepOutcome& keep) {
  FIRN_TRY(CheckEntryName(change.identifier.name));
  LoadedView created{.row = NewEntry(permit, warehouse, change.identifier, true), .metadata = {}};
  FIRN_ASSIGN_OR_RETURN(
      created.row.location,
      ChooseLocation(warehouse, location, warehouse.root + "/" + created.row.entry_id));
  change.updates.emplace_back(iceberg::AssignUuid{created.row.entry_id});
  change.updates.emplace_back(iceberg::SetLocation{created.row.location});
  FIRN_ASSIGN_OR_RETURN(created.metadata,
                        iceberg::ApplyViewUpdates(nullptr, change.updates, parts_.clock.Now()));
  created.row.metadata_location = NextViewLocation(created.row, NewUuid(parts_.random));
  const std::vector<Pending> pending{
      {.levels = change.identifier.namespace_levels,
       .row = created.row,
       .token_before = std::nullopt,
       .metadata_bytes = iceberg::EncodeViewMetadataFile(created.metadata)}};
  FIRN_ASSIGN_OR_RETURN(const bool won, Write(context, warehouse, pending, keep));
  if (!won) return LostRace(change.identifier);
  return created;
}

Result<LoadedView> WarehouseStore::ReplaceView(const Context& context, const policy::Permit& permit,
                                               const WarehouseRow& warehouse, ViewChange change,
                                               const KeepOutcome& keep) {
  for (int tries = 0; tries < kCommitTriesMax; ++tries) {
    FIRN_TRY(context.Check());
    FIRN_ASSIGN_OR_RETURN(LoadedView view, LoadView(warehouse, change.identifier));
    for (const std::string& uuid : change.required_uuids) {
      if (EqualsIgnoreCaseAscii(uuid, view.metadata.view_uuid)) continue;
      return Conflict("CommitFailed", "Requirement failed: view UUID does not match: expected " +
                                          view.metadata.view_uuid + " != " + uuid);
    }
    for (auto& update : change.updates) {
      auto* location = std::get_if<iceberg::SetLocation>(&update);
      if (location == nullptr) continue;
      FIRN_ASSIGN_OR_RETURN(location->location,
                            ChooseLocation(warehouse, location->location, view.row.location));
    }
    const std::string token_before = view.row.version_token;
    FIRN_ASSIGN_OR_RETURN(view.metadata, iceberg::ApplyViewUpdates(&view.metadata, change.updates,
                                                                   parts_.clock.Now()));
    Renew(permit, view.row);
    view.row.location = view.metadata.location;
    view.row.metadata_location = NextViewLocation(view.row, NewUuid(parts_.random));
    const std::vector<Pending> pending{
        {.levels = change.identifier.namespace_levels,
         .row = view.row,
         .token_before = token_before,
         .metadata_bytes = iceberg::EncodeViewMetadataFile(view.metadata)}};
    FIRN_ASSIGN_OR_RETURN(const bool won, Write(context, warehouse, pending, keep));
    if (won) return view;
  }
  return LostRace(change.identifier);
}

Status WarehouseStore::Purge(const std::string& location) {
  const ObjectPlace place = PlaceOf(location);
  const std::string prefix = place.key + "/";
  while (true) {
    FIRN_ASSIGN_OR_RETURN(
        const auto objects,
        parts_.vault.List({.bucket = place.bucket, .prefix = prefix, .count_max = kPurgePageMax}));
    for (const auto& object : objects) {
      if (!object.key.starts_with(prefix)) return Ok();
      FIRN_TRY(parts_.vault.Delete(place.bucket, object.key));
    }
    if (objects.size() < kPurgePageMax) return Ok();
  }
}

Status WarehouseStore::DropEntry(const policy::Permit&, const WarehouseRow& warehouse,
                                 const TableIdentifier& identifier, bool view, bool purge,
                                 const KeepOutcome& keep) {
  FIRN_ASSIGN_OR_RETURN(
      const auto row,
      parts_.ledger.Write([&](Transaction& transaction) -> Result<WarehouseEntryRow> {
        FIRN_ASSIGN_OR_RETURN(auto found, RequireEntry(transaction, warehouse, identifier, view));
        FIRN_TRY(ledger::DeleteWarehouseEntry(transaction, found.entry_id));
        FIRN_TRY(keep(transaction, {.status = 204}));
        return found;
      }));
  return purge ? Purge(row.location) : Ok();
}

Status WarehouseStore::RenameEntry(const policy::Permit& permit, const WarehouseRow& warehouse,
                                   const TableIdentifier& from, const TableIdentifier& to,
                                   bool view, const KeepOutcome& keep) {
  FIRN_TRY(CheckEntryName(to.name));
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(auto row, RequireEntry(transaction, warehouse, from, view));
    FIRN_ASSIGN_OR_RETURN(const auto parent,
                          RequireNamespace(transaction, warehouse, to.namespace_levels));
    FIRN_ASSIGN_OR_RETURN(const auto existing,
                          ledger::FindWarehouseEntry(transaction, parent.namespace_id, to.name));
    if (existing && existing->entry_id != row.entry_id) {
      return AlreadyExists("AlreadyExists",
                           "Cannot rename " + Display(from) + " to " + Display(to) + ". " +
                               std::string(KindOf(existing->is_view)) + " already exists");
    }
    const std::string token_before = row.version_token;
    row.namespace_id = parent.namespace_id;
    row.name = to.name;
    Renew(permit, row);
    FIRN_TRY(ledger::SwapWarehouseEntry(transaction, row, token_before));
    return keep(transaction, {.status = 204});
  });
}

}  // namespace firn::icebergrest
