#include <algorithm>
#include <array>

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

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;

/// A table's columns, `:n` for numbers and `:t` for times; text otherwise.
struct Layout {
  std::string_view table;
  std::string_view columns;
};

// Names and order as StarRocks has them; the tables without a maker below are present and empty,
// for compatibility.
constexpr auto kLayouts = std::to_array<Layout>({
    {"character_sets", "CHARACTER_SET_NAME,DEFAULT_COLLATE_NAME,DESCRIPTION,MAXLEN:n"},
    {"collations", "COLLATION_NAME,CHARACTER_SET_NAME,ID:n,IS_DEFAULT,IS_COMPILED,SORTLEN:n"},
    {"column_privileges",
     "GRANTEE,TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,COLUMN_NAME,PRIVILEGE_TYPE,IS_GRANTABLE"},
    {"columns",
     "TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,COLUMN_NAME,ORDINAL_POSITION:n,COLUMN_DEFAULT,IS_"
     "NULLABLE,DATA_TYPE,"
     "CHARACTER_MAXIMUM_LENGTH:n,CHARACTER_OCTET_LENGTH:n,NUMERIC_PRECISION:n,NUMERIC_SCALE:n,"
     "DATETIME_PRECISION:n,"
     "CHARACTER_SET_NAME,COLLATION_NAME,COLUMN_TYPE,COLUMN_KEY,EXTRA,PRIVILEGES,COLUMN_COMMENT,"
     "COLUMN_SIZE:n,"
     "DECIMAL_DIGITS:n,GENERATION_EXPRESSION,SRS_ID:n"},
    {"engines", "ENGINE,SUPPORT,COMMENT,TRANSACTIONS,XA,SAVEPOINTS"},
    {"events",
     "EVENT_CATALOG,EVENT_SCHEMA,EVENT_NAME,DEFINER,TIME_ZONE,EVENT_BODY,EVENT_DEFINITION,EVENT_"
     "TYPE,STATUS"},
    {"firn_unfinished_writes",
     "WRITE_ID,CATALOG_NAME,DB_NAME,TABLE_NAME,BRANCH,STATE,SNAPSHOT_ID:n,BASE_SNAPSHOT_ID:n,"
     "FILE_COUNT:n,BEGIN_TIME:t,IS_RUNNING,NOTE"},
    {"global_variables", "VARIABLE_NAME,VARIABLE_VALUE"},
    {"key_column_usage",
     "CONSTRAINT_CATALOG,CONSTRAINT_SCHEMA,CONSTRAINT_NAME,TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,"
     "COLUMN_NAME,"
     "ORDINAL_POSITION:n,POSITION_IN_UNIQUE_CONSTRAINT:n,REFERENCED_TABLE_SCHEMA,REFERENCED_TABLE_"
     "NAME,"
     "REFERENCED_COLUMN_NAME"},
    {"loads", "ID:n,LABEL,DB_NAME,TABLE_NAME,USER,STATE,PROGRESS,TYPE,CREATE_TIME:t"},
    {"materialized_views",
     "MATERIALIZED_VIEW_ID:n,TABLE_SCHEMA,TABLE_NAME,REFRESH_TYPE,IS_ACTIVE,INACTIVE_REASON,"
     "PARTITION_TYPE,TASK_ID:n,"
     "TASK_NAME,TABLE_ROWS:n,MATERIALIZED_VIEW_DEFINITION"},
    {"partitions",
     "TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,PARTITION_NAME,SUBPARTITION_NAME,PARTITION_ORDINAL_"
     "POSITION:n,"
     "PARTITION_METHOD,PARTITION_EXPRESSION,PARTITION_DESCRIPTION,TABLE_ROWS:n,DATA_LENGTH:n"},
    {"partitions_meta",
     "DB_NAME,TABLE_NAME,PARTITION_NAME,PARTITION_ID:n,VISIBLE_VERSION:n,ROW_COUNT:n,DATA_SIZE"},
    {"referential_constraints",
     "CONSTRAINT_CATALOG,CONSTRAINT_SCHEMA,CONSTRAINT_NAME,UNIQUE_CONSTRAINT_CATALOG,UNIQUE_"
     "CONSTRAINT_SCHEMA,"
     "UNIQUE_CONSTRAINT_NAME,MATCH_OPTION,UPDATE_RULE,DELETE_RULE,TABLE_NAME,REFERENCED_TABLE_"
     "NAME"},
    {"routines",
     "SPECIFIC_NAME,ROUTINE_CATALOG,ROUTINE_SCHEMA,ROUTINE_NAME,ROUTINE_TYPE,DATA_TYPE,ROUTINE_"
     "BODY,"
     "ROUTINE_DEFINITION,CREATED:t,LAST_ALTERED:t,SQL_MODE,ROUTINE_COMMENT,DEFINER"},
    {"schema_privileges", "GRANTEE,TABLE_CATALOG,TABLE_SCHEMA,PRIVILEGE_TYPE,IS_GRANTABLE"},
    {"schemata",
     "CATALOG_NAME,SCHEMA_NAME,DEFAULT_CHARACTER_SET_NAME,DEFAULT_COLLATION_NAME,SQL_PATH"},
    {"session_variables", "VARIABLE_NAME,VARIABLE_VALUE"},
    {"statistics",
     "TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,NON_UNIQUE:n,INDEX_SCHEMA,INDEX_NAME,SEQ_IN_INDEX:n,"
     "COLUMN_NAME,COLLATION,"
     "CARDINALITY:n,SUB_PART:n,PACKED,NULLABLE,INDEX_TYPE,COMMENT"},
    {"table_constraints",
     "CONSTRAINT_CATALOG,CONSTRAINT_SCHEMA,CONSTRAINT_NAME,TABLE_SCHEMA,TABLE_NAME,CONSTRAINT_"
     "TYPE"},
    {"table_privileges",
     "GRANTEE,TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,PRIVILEGE_TYPE,IS_GRANTABLE"},
    {"tables",
     "TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,TABLE_TYPE,ENGINE,VERSION:n,ROW_FORMAT,TABLE_ROWS:n,"
     "AVG_ROW_LENGTH:n,"
     "DATA_LENGTH:n,MAX_DATA_LENGTH:n,INDEX_LENGTH:n,DATA_FREE:n,AUTO_INCREMENT:n,CREATE_TIME:t,"
     "UPDATE_TIME:t,"
     "CHECK_TIME:t,TABLE_COLLATION,CHECKSUM:n,CREATE_OPTIONS,TABLE_COMMENT"},
    {"tables_config",
     "TABLE_SCHEMA,TABLE_NAME,TABLE_ENGINE,TABLE_MODEL,PRIMARY_KEY,PARTITION_KEY,DISTRIBUTE_KEY,"
     "DISTRIBUTE_TYPE,"
     "DISTRIBUTE_BUCKET:n,SORT_KEY,PROPERTIES,TABLE_ID:n"},
    {"task_runs",
     "QUERY_ID,TASK_NAME,CREATE_TIME:t,FINISH_TIME:t,STATE,DATABASE,DEFINITION,ERROR_CODE:n,ERROR_"
     "MESSAGE"},
    {"tasks", "TASK_NAME,CREATE_TIME:t,SCHEDULE,DATABASE,DEFINITION,EXPIRE_TIME:t"},
    {"triggers",
     "TRIGGER_CATALOG,TRIGGER_SCHEMA,TRIGGER_NAME,EVENT_MANIPULATION,EVENT_OBJECT_SCHEMA,EVENT_"
     "OBJECT_TABLE,"
     "ACTION_STATEMENT,ACTION_TIMING,CREATED:t"},
    {"user_privileges", "GRANTEE,TABLE_CATALOG,PRIVILEGE_TYPE,IS_GRANTABLE"},
    {"views",
     "TABLE_CATALOG,TABLE_SCHEMA,TABLE_NAME,VIEW_DEFINITION,CHECK_OPTION,IS_UPDATABLE,DEFINER,"
     "SECURITY_TYPE,"
     "CHARACTER_SET_CLIENT,COLLATION_CONNECTION"},
});

duck::MemoryTable EmptyTable(const Layout& layout) {
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
      if (auto found = state.environment.catalogs.Find(catalog)) catalog_ = *found;
    }
  }

  Result<std::vector<std::string>> Databases() const {
    if (!catalog_) return std::vector<std::string>();
    return catalog_->ListDatabases(context_);
  }

  /// A database that went away, or that the user may not see, has no tables. Other errors pass.
  Result<std::vector<std::string>> Tables(const std::string& database) const {
    return OrNothing(catalog_->ListTables(context_, database));
  }
  Result<std::vector<std::string>> Views(const std::string& database) const {
    return OrNothing(catalog_->ListViews(context_, database));
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
  static Result<std::vector<std::string>> OrNothing(Result<std::vector<std::string>> names) {
    if (!names && IsInvisible(names.error())) return std::vector<std::string>();
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

void AddColumns(const std::string& database, const std::string& name,
                const iceberg::Schema& schema, duck::MemoryTable& table) {
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
  for (const catalog::JournaledWrite& write :
       lister.state().environment.catalogs.journal().List()) {
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

Status Fill(const Lister& lister, std::string_view name, duck::MemoryTable& table) {
  if (name == "schemata") return FillSchemata(lister, table);
  if (name == "tables") return FillTables(lister, table);
  if (name == "columns") return FillColumns(lister, table);
  if (name == "views") return FillViews(lister, table);
  if (name == "firn_unfinished_writes") return FillUnfinishedWrites(lister, table);
  if (name == "global_variables") return FillVariables(lister, VariableScope::kGlobal, table);
  if (name == "session_variables") return FillVariables(lister, VariableScope::kSession, table);
  if (name == "character_sets")
    table.rows.push_back({"utf8", Word(kCollation), "UTF-8 Unicode", "3"});
  if (name == "collations")
    table.rows.push_back({Word(kCollation), "utf8", "33", "Yes", "Yes", "1"});
  return Ok();
}

}  // namespace

std::vector<std::string> InformationSchemaTables() {
  std::vector<std::string> names;
  for (const Layout& layout : kLayouts) names.emplace_back(layout.table);
  return names;
}

Result<duck::MemoryTable> InformationSchemaTable(const Context& context, const SessionState& state,
                                                 const duck::TableName& name) {
  if (name.catalog != catalog::kDefaultCatalogName)
    FIRN_TRY(state.environment.catalogs.Find(name.catalog));
  const std::string word = ToLowerAscii(name.table);
  const auto layout = std::ranges::find(kLayouts, std::string_view(word), &Layout::table);
  if (layout == kLayouts.end()) {
    // The literal form that the SQLAlchemy dialect of StarRocks looks for.
    return NotFound("UnknownTable", "Unknown table 'information_schema." + name.table + "'");
  }
  duck::MemoryTable table = EmptyTable(*layout);
  FIRN_TRY(Fill(Lister(context, state, name.catalog), word, table));
  return table;
}

}  // namespace firn::session
