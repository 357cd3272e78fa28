#include "base/encoding.h"
#include "base/json.h"
#include "engine/catalog/definition.h"
#include "engine/session/access_internal.h"
#include "engine/session/views_internal.h"
#include "sql/parser.h"

namespace firn::session {
namespace {

/// Why a text in another dialect may not be read as ours; empty when nothing speaks against it.
std::string Obstacle(const iceberg::ViewRepresentation& text) {
  if (EqualsIgnoreCaseAscii(text.dialect, "spark")) return "";
  // As in the SQL standard: quoted names, and whole numbers divide to whole numbers.
  if (text.sql.find('"') != std::string::npos) return "double quotes hold names there";
  if (text.sql.find('/') != std::string::npos) return "division is another one there";
  return "";
}

Result<std::shared_ptr<const sql::Query>> ParseViewText(const std::string& text,
                                                        bool pipes_as_concat) {
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed,
                        sql::ParseOne(text, {.pipes_as_concat = pipes_as_concat}));
  const auto* query = sql::AsIf<sql::QueryStatement>(*parsed.statement);
  if (query == nullptr) return InvalidArgument("NotAQuery", "it is not a query");
  if (parsed.parameter_count > 0) return InvalidArgument("NotAQuery", "it has parameters");
  return std::shared_ptr<const sql::Query>(parsed.statement, query->query.get());
}

/// A text of another engine.
Result<std::shared_ptr<const sql::Query>> ParseForeign(const duck::TableName& name,
                                                       const iceberg::ViewVersion& version) {
  std::string dialects;
  std::string reasons;
  for (const iceberg::ViewRepresentation& text : version.representations) {
    dialects += (dialects.empty() ? "" : ", ") + text.dialect;
    std::string reason = Obstacle(text);
    if (reason.empty()) {
      auto query = ParseViewText(text.sql, true);
      if (query) return query;
      reason = query.error().message();
    }
    reasons += "\n" + text.dialect + ": " + reason;
  }
  return Unsupported("ViewDialect",
                     "View '" + name.database + "." + name.table +
                         "' has no query in the dialect starrocks, and none that can be read as "
                         "such; it has: " +
                         (dialects.empty() ? "none" : dialects) + reasons + "\nhint: ALTER VIEW " +
                         name.table + " ADD DIALECT STARROCKS SELECT …");
}

std::vector<std::string> QueryColumns(const iceberg::ViewVersion& version) {
  std::vector<std::string> columns;
  const auto found = version.summary.find(std::string(kQueryColumnsProperty));
  if (found == version.summary.end()) return columns;
  const auto parsed = ParseJson(found->second);
  if (!parsed || !parsed->is_array()) return columns;
  for (const json::value& name : parsed->get_array()) {
    if (!name.is_string()) return {};
    columns.emplace_back(name.get_string());
  }
  return columns;
}

}  // namespace

const iceberg::ViewRepresentation* FindOwnText(const iceberg::ViewMetadata& metadata) {
  for (const auto& text : metadata.current_version().representations) {
    if (EqualsIgnoreCaseAscii(text.dialect, kViewDialect)) return &text;
  }
  return nullptr;
}

Result<duck::PinnedView> PinView(const SessionState& state, const duck::TableName& name,
                                 const catalog::LoadedView& view) {
  const iceberg::ViewVersion& version = view.metadata->current_version();
  duck::PinnedView pinned{.name = name,
                          .metadata = view.metadata,
                          .query = nullptr,
                          .current_catalog = name.catalog,
                          .current_database = name.database,
                          .query_columns = {}};
  // Another engine's name for the catalog need not be one of ours.
  if (version.default_catalog && Access::IsCatalog(state, *version.default_catalog)) {
    pinned.current_catalog = *version.default_catalog;
  }
  if (!version.default_namespace.empty()) {
    pinned.current_database.clear();
    for (const std::string& level : version.default_namespace) {
      pinned.current_database += (pinned.current_database.empty() ? "" : ".") + level;
    }
  }
  if (const iceberg::ViewRepresentation* own = FindOwnText(*view.metadata)) {
    auto query = ParseViewText(own->sql, false);
    if (!query) {
      return DataCorruption("BadView", "View '" + name.database + "." + name.table +
                                           "' cannot be read: " + query.error().message());
    }
    pinned.query = *std::move(query);
    pinned.query_columns = QueryColumns(version);
  } else {
    FIRN_ASSIGN_OR_RETURN(pinned.query, ParseForeign(name, version));
  }
  return pinned;
}

std::string CreateViewText(const std::string& name, const iceberg::ViewMetadata& metadata) {
  std::string text = "CREATE VIEW `" + name + "` (";
  const auto& fields = metadata.current_schema().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    text += (i == 0 ? "`" : ", `") + fields[i].name + "`";
    if (fields[i].doc && !fields[i].doc->empty())
      text += " COMMENT " + catalog::QuoteDouble(*fields[i].doc);
  }
  text += ")\n";
  std::string properties;
  for (const auto& [key, value] : metadata.properties) {
    if (key == "comment") {
      text += "COMMENT " + catalog::QuoteDouble(value) + "\n";
    } else {
      properties += (properties.empty() ? "" : ", ") + catalog::QuoteDouble(key) + " = " +
                    catalog::QuoteDouble(value);
    }
  }
  if (!properties.empty()) text += "PROPERTIES (" + properties + ")\n";
  const iceberg::ViewRepresentation* shown = FindOwnText(metadata);
  const auto& all = metadata.current_version().representations;
  if (shown == nullptr && !all.empty()) {
    shown = &all.front();
    text += "-- in the dialect " + shown->dialect + "\n";
  }
  return text + "AS " + (shown == nullptr ? "" : shown->sql) + ";";
}

}  // namespace firn::session
