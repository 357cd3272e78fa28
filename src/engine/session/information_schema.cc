#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/catalog/write_journal.h"
#include "engine/session/information_schema_internal.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/table_types_internal.h"
#include "engine/session/views_internal.h"
#include "lake/iceberg/table_metadata.h"
#include "sql/keyword.h"

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;

duck::MemoryTable EmptyTable(const SchemaLayout& layout) {
  duck::MemoryTable table;
  for (std::string_view column : Split(layout.columns, ',')) {
    rows::Column made;
    if (column.ends_with(":n")) made.type.kind = rows::TypeKind::kBigInt;
    if (column.ends_with(":t")) made.type.kind = rows::TypeKind::kDateTime;
    if (made.type.kind != rows::TypeKind::kVarchar) column.remove_suffix(2);
    made.name = column;
    table.columns.push_back(std::move(made));
  }
  return table;
}

/// The catalog whose schema is shown: databases and what is in them. default_catalog has none of
/// its own.
class Lister {
 public:
  Lister(const Context& context, const SessionState& state, std::string_view catalog)
      : context_(context), state_(state) {
    if (catalog != catalog::kDefaultCatalogName) {
      if (auto found = FindCatalog(state, Needs::ToSeeCatalog(std::string(catalog), true)))
        catalog_ = *found;
    }
  }

  Result<std::vector<std::string>> Databases() const {
    if (!catalog_) return std::vector<std::string>();
    FIRN_ASSIGN_OR_RETURN(auto databases, catalog_->ListDatabases(context_));
    KeepVisible(state_, catalog_->name(), databases);
    return databases;
  }

  /// A database that went away, or that the user may not see, has no tables. Other errors pass.
  Result<std::vector<std::string>> Tables(const std::string& database) const {
    return OrNothing(database, catalog_->ListTables(context_, database));
  }
  Result<std::vector<std::string>> Views(const std::string& database) const {
    return OrNothing(database, catalog_->ListViews(context_, database));
  }
  Result<std::shared_ptr<const iceberg::TableMetadata>> Metadata(const std::string& database,
                                                                 const std::string& table) const {
    const auto loaded = catalog_->LoadTable(context_, database, table);
    if (loaded) return loaded->metadata;
    if (IsInvisible(loaded.error()) || loaded.error().code() == ErrorCode::kUnsupported) {
      return std::shared_ptr<const iceberg::TableMetadata>();
    }
    return loaded.error();
  }
  /// Null for a view that went away, may not be seen, or is of a newer format.
  Result<std::shared_ptr<const iceberg::ViewMetadata>> ViewOf(const std::string& database,
                                                              const std::string& view) const {
    const auto loaded = catalog_->LoadView(context_, database, view);
    if (loaded) return loaded->metadata;
    if (IsInvisible(loaded.error()) || loaded.error().code() == ErrorCode::kUnsupported) {
      return std::shared_ptr<const iceberg::ViewMetadata>();
    }
    return loaded.error();
  }
  const SessionState& state() const { return state_; }

 private:
  static bool IsInvisible(const Error& error) {
    return error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kPermissionDenied;
  }
  Result<std::vector<std::string>> OrNothing(const std::string& database,
                                             Result<std::vector<std::string>> names) const {
    if (!names && IsInvisible(names.error())) return std::vector<std::string>();
    if (names) KeepVisible(state_, DatabaseName{catalog_->name(), database}, *names);
    return names;
  }

  const Context& context_;
  const SessionState& state_;
  std::shared_ptr<catalog::ExternalCatalog> catalog_;
};

constexpr std::string_view kCatalogWord = "def";
constexpr std::string_view kCollation = "utf8_general_ci";

std::string Word(std::string_view text) { return std::string(text); }

Status FillSchemata(const Lister& lister, duck::MemoryTable& table) {
  FIRN_ASSIGN_OR_RETURN(std::vector<std::string> databases, lister.Databases());
  databases.push_back(Word(kInformationSchema));
  for (const std::string& database : databases) {
    table.rows.push_back({Word(kCatalogWord), database, "utf8", Word(kCollation), std::nullopt});
  }
  return Ok();
}

Row TableRow(const std::string& database, const std::string& name, std::string_view type,
             std::string_view engine) {
  const std::optional<std::string> none;
  return {Word(kCatalogWord),
          database,
          name,
          Word(type),
          Word(engine),
          none,
          none,
          none,
          none,
          none,
          none,
          none,
          none,
          none,
          none,
          none,
          none,
          Word(kCollation),
          none,
          none,
          ""};
}

Status FillTables(const Lister& lister, duck::MemoryTable& table) {
  FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> databases, lister.Databases());
  for (const std::string& database : databases) {
    FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> tables, lister.Tables(database));
    for (const std::string& name : tables)
      table.rows.push_back(TableRow(database, name, "BASE TABLE", "iceberg"));
    FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> views, lister.Views(database));
    for (const std::string& name : views)
      table.rows.push_back(TableRow(database, name, "VIEW", ""));
    if (table.rows.size() > kShownRowsMax)
      return ResourceExhausted("TooManyTables", "There are too many tables to list");
  }
  for (const std::string& name : InformationSchemaTables()) {
    table.rows.push_back(TableRow(Word(kInformationSchema), name, "SYSTEM VIEW", "MEMORY"));
  }
  return Ok();
}

struct NumericShape {
  std::optional<std::string> precision;
  std::optional<std::string> scale;
};

NumericShape ShapeOf(const iceberg::Type& type) {
  switch (type.kind) {
    case iceberg::TypeKind::kInt: return {"10", "0"};
    case iceberg::TypeKind::kLong: return {"19", "0"};
    case iceberg::TypeKind::kFloat: return {"7", std::nullopt};
    case iceberg::TypeKind::kDouble: return {"15", std::nullopt};
    case iceberg::TypeKind::kBoolean: return {"3", "0"};
    case iceberg::TypeKind::kDecimal:
      return {std::to_string(type.precision), std::to_string(type.scale)};
    default: return {};
  }
}

Row ColumnRow(const std::string& database, const std::string& table,
              const iceberg::NestedField& field, int position) {
  const NumericShape shape = ShapeOf(field.type);
  const std::string word = DataTypeWord(field.type);
  const bool is_text = word == "varchar";
  const auto text = [&](std::string_view value) {
    return is_text ? std::optional(Word(value)) : std::nullopt;
  };
  std::optional<std::string> value;
  if (field.write_default) {
    value = field.write_default->is_string() ? std::string(field.write_default->get_string())
                                             : PrintJson(*field.write_default);
  }
  return {Word(kCatalogWord),
          database,
          table,
          field.name,
          std::to_string(position),
          value,
          "YES",
          word,
          text("1073741824"),
          text("4294967296"),
          shape.precision,
          shape.scale,
          word == "datetime" ? std::optional<std::string>("0") : std::nullopt,
          text("utf8"),
          text(kCollation),
          DeclaredType(field.type),
          "",
          "",
          "",
          field.doc.value_or(""),
          is_text ? std::optional<std::string>("1073741824") : shape.precision,
          shape.scale,
          "",
          std::nullopt};
}

Status CountDescribed(std::size_t& count) {
  if (++count <= kDescribedTablesMax) return Ok();
  return ResourceExhausted("TooManyTables",
                           "information_schema covers the columns and definitions of at most " +
                               std::to_string(kDescribedTablesMax) + " tables; use DESC");
}

void AddColumns(const std::string& database, const std::string& name, const iceberg::Schema& schema,
                duck::MemoryTable& table) {
  int position = 0;
  for (const iceberg::NestedField& field : schema.fields) {
    table.rows.push_back(ColumnRow(database, name, field, ++position));
  }
}

Status FillColumns(const Lister& lister, duck::MemoryTable& table) {
  FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> databases, lister.Databases());
  std::size_t count = 0;
  for (const std::string& database : databases) {
    FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> tables, lister.Tables(database));
    for (const std::string& name : tables) {
      FIRN_TRY(CountDescribed(count));
      FIRN_ASSIGN_OR_RETURN(const auto metadata, lister.Metadata(database, name));
      if (metadata) AddColumns(database, name, metadata->current_schema(), table);
    }
    FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> views, lister.Views(database));
    for (const std::string& name : views) {
      FIRN_TRY(CountDescribed(count));
      FIRN_ASSIGN_OR_RETURN(const auto metadata, lister.ViewOf(database, name));
      if (metadata) AddColumns(database, name, metadata->current_schema(), table);
    }
  }
  return Ok();
}

Status FillViews(const Lister& lister, duck::MemoryTable& table) {
  FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> databases, lister.Databases());
  std::size_t count = 0;
  for (const std::string& database : databases) {
    FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> views, lister.Views(database));
    for (const std::string& name : views) {
      FIRN_TRY(CountDescribed(count));
      FIRN_ASSIGN_OR_RETURN(const auto metadata, lister.ViewOf(database, name));
      std::optional<std::string> definition;
      if (metadata) {
        const iceberg::ViewRepresentation* text = FindOwnText(*metadata);
        const auto& all = metadata->current_version().representations;
        if (text == nullptr && !all.empty()) text = &all.front();
        if (text != nullptr) definition = text->sql;
      }
      table.rows.push_back({Word(kCatalogWord), database, name, definition, "NONE", "NO",
                            std::nullopt, "INVOKER", "utf8", Word(kCollation)});
    }
  }
  return Ok();
}

Status FillVariables(const Lister& lister, VariableScope scope, duck::MemoryTable& table) {
  for (const VariableRow& row : lister.state().values.system.Show(scope)) {
    table.rows.push_back({row.name, row.value});
  }
  return Ok();
}

std::string TimeText(std::int64_t millis) {
  std::string text = FormatIso8601(WallTimeFromMillis(millis), false);
  text.resize(text.size() - 1);  // No zone.
  text[10] = ' ';
  return text;
}

/// The journal of writes: what is under way, and what a crash or a lost answer left behind.
Status FillUnfinishedWrites(const Lister& lister, duck::MemoryTable& table) {
  for (const catalog::JournaledWrite& write : Access::VisibleWrites(lister.state())) {
    const auto number = [](const std::optional<std::int64_t>& value) {
      return value ? std::optional(std::to_string(*value)) : std::nullopt;
    };
    std::optional<std::string> branch;
    std::optional<std::int64_t> snapshot;
    std::optional<std::int64_t> base;
    if (write.sent) {
      branch = write.sent->branch;
      snapshot = write.sent->snapshot_id;
      base = write.sent->base_snapshot_id;
    }
    table.rows.push_back({write.id, write.place.catalog, write.place.database, write.place.table,
                          branch, std::string(catalog::WriteStateText(write.state)),
                          number(snapshot), number(base), std::to_string(write.files.size()),
                          TimeText(write.begun_ms), write.is_running ? "YES" : "NO", write.note});
  }
  return Ok();
}

Status FillVerboseVariables(const Lister& lister, duck::MemoryTable& table) {
  for (const VariableRow& row : lister.state().values.system.Show(VariableScope::kSession)) {
    table.rows.push_back({row.name, row.value, row.default_value, row.is_changed ? "1" : "0"});
  }
  return Ok();
}

Status FillKeywords(duck::MemoryTable& table) {
  for (int i = 1; i < static_cast<int>(sql::Keyword::kCount); ++i) {
    const auto keyword = static_cast<sql::Keyword>(i);
    table.rows.push_back({Word(sql::KeywordText(keyword)), sql::IsReserved(keyword) ? "1" : "0"});
  }
  return Ok();
}

Status Fill(const Lister& lister, std::string_view name, duck::MemoryTable& table) {
  if (name == "schemata") return FillSchemata(lister, table);
  if (name == "tables") return FillTables(lister, table);
  if (name == "columns") return FillColumns(lister, table);
  if (name == "views") return FillViews(lister, table);
  if (name == "firn_unfinished_writes") return FillUnfinishedWrites(lister, table);
  if (name == "global_variables") return FillVariables(lister, VariableScope::kGlobal, table);
  if (name == "session_variables") return FillVariables(lister, VariableScope::kSession, table);
  if (name == "verbose_session_variables") return FillVerboseVariables(lister, table);
  if (name == "keywords") return FillKeywords(table);
  if (name == "engines")
    table.rows.push_back(
        {"ICEBERG", "DEFAULT", "Iceberg tables of external catalogs", "NO", "NO", "NO"});
  if (name == "character_sets")
    table.rows.push_back({"utf8", Word(kCollation), "UTF-8 Unicode", "3"});
  if (name == "collations")
    table.rows.push_back({Word(kCollation), "utf8", "33", "Yes", "Yes", "1"});
  return Ok();
}

}  // namespace

std::vector<std::string> InformationSchemaTables() {
  std::vector<std::string> names;
  for (const SchemaLayout& layout : SchemaLayouts()) names.emplace_back(layout.table);
  return names;
}

Result<duck::MemoryTable> InformationSchemaTable(const Context& context, const SessionState& state,
                                                 const duck::TableName& name) {
  if (name.catalog != catalog::kDefaultCatalogName)
    FIRN_TRY(FindCatalog(state, Needs::ToSeeCatalog(name.catalog, true)));
  const std::string word = ToLowerAscii(name.table);
  const auto layout =
      std::ranges::find(SchemaLayouts(), std::string_view(word), &SchemaLayout::table);
  if (layout == SchemaLayouts().end()) {
    // The literal form that the SQLAlchemy dialect of StarRocks looks for.
    const std::string nearest = NearestWord(word, InformationSchemaTables());
    return NotFound("UnknownTable",
                    "Unknown table 'information_schema." + name.table + "'" +
                        (nearest.empty() ? "" : ". Did you mean '" + nearest + "'?"));
  }
  duck::MemoryTable table = EmptyTable(*layout);
  if (FillRights(state, name.catalog, word, table)) return table;
  FIRN_TRY(Fill(Lister(context, state, name.catalog), word, table));
  return table;
}

}  // namespace firn::session
