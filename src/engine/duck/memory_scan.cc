#include "base/json.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/memory_scan_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

struct MemoryScanBind final : duckdb::TableFunctionData {
  explicit MemoryScanBind(duckdb::TableCatalogEntry& table,
                          duckdb::shared_ptr<duckdb::ColumnDataCollection> rows)
      : entry(table), collection(std::move(rows)) {}

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<MemoryScanBind>(entry, collection);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return collection == other.Cast<MemoryScanBind>().collection;
  }

  duckdb::TableCatalogEntry& entry;
  duckdb::shared_ptr<duckdb::ColumnDataCollection> collection;
};

struct MemoryScanState final : duckdb::GlobalTableFunctionState {
  duckdb::ColumnDataScanState scan;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> StartScan(
    duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  auto state = duckdb::make_uniq<MemoryScanState>();
  input.bind_data->Cast<MemoryScanBind>().collection->InitializeScan(state->scan);
  return state;
}

void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  auto& bind = input.bind_data->Cast<MemoryScanBind>();
  bind.collection->Scan(input.global_state->Cast<MemoryScanState>().scan, output);
}

/// A nested value from its JSON. Errors: kInvalidArgument for JSON of another shape.
Result<duckdb::Value> ReadNested(const json::value& value, const iceberg::Type& type,
                                 const duckdb::LogicalType& as) {
  if (value.is_null()) return duckdb::Value(as);
  if (type.is_primitive()) {
    FIRN_ASSIGN_OR_RETURN(const iceberg::Literal literal, iceberg::LiteralFromJson(value, type));
    return ToValue(literal);
  }
  const auto& fields = type.fields();
  if (!value.is_array()) return InvalidArgument("MemoryTable", "a nested value is no array");
  duckdb::vector<duckdb::Value> parts;
  duckdb::vector<duckdb::Value> keys;
  duckdb::child_list_t<duckdb::Value> members;
  std::size_t at = 0;
  for (const json::value& element : value.as_array()) {
    if (type.kind == iceberg::TypeKind::kMap) {
      if (!element.is_array() || element.as_array().size() != 2) {
        return InvalidArgument("MemoryTable", "an entry of a map is no pair");
      }
      FIRN_ASSIGN_OR_RETURN(auto key, ReadNested(element.as_array()[0], fields[0].type,
                                                 duckdb::MapType::KeyType(as)));
      FIRN_ASSIGN_OR_RETURN(auto part, ReadNested(element.as_array()[1], fields[1].type,
                                                  duckdb::MapType::ValueType(as)));
      keys.push_back(std::move(key));
      parts.push_back(std::move(part));
    } else if (type.kind == iceberg::TypeKind::kList) {
      FIRN_ASSIGN_OR_RETURN(
          auto part, ReadNested(element, fields[0].type, duckdb::ListType::GetChildType(as)));
      parts.push_back(std::move(part));
    } else {
      if (at >= fields.size())
        return InvalidArgument("MemoryTable", "a struct has too many values");
      FIRN_ASSIGN_OR_RETURN(auto part, ReadNested(element, fields[at].type,
                                                  duckdb::StructType::GetChildType(as, at)));
      members.emplace_back(fields[at++].name, std::move(part));
    }
  }
  if (type.kind == iceberg::TypeKind::kMap) {
    return duckdb::Value::MAP(duckdb::MapType::KeyType(as), duckdb::MapType::ValueType(as),
                              std::move(keys), std::move(parts));
  }
  if (type.kind == iceberg::TypeKind::kList) {
    return duckdb::Value::LIST(duckdb::ListType::GetChildType(as), std::move(parts));
  }
  return duckdb::Value::STRUCT(std::move(members));
}

/// The cell as the column's type; nullopt when it is none.
std::optional<duckdb::Value> ReadCell(const MemoryTable& table, std::size_t column,
                                      const std::string& text, const duckdb::LogicalType& type) {
  const auto nested = table.nested_types.find(column);
  if (nested == table.nested_types.end()) return TryCastValue(duckdb::Value(text), type);
  const auto value = ParseJson(text);
  if (!value) return std::nullopt;
  auto read = ReadNested(*value, nested->second, type);
  return read ? std::optional(std::move(*read)) : std::nullopt;
}

}  // namespace

duckdb::vector<duckdb::LogicalType> TypesOf(const MemoryTable& table) {
  duckdb::vector<duckdb::LogicalType> types;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto nested = table.nested_types.find(i);
    types.push_back(nested == table.nested_types.end()
                        ? ToLogicalType(table.columns[i].type)
                        : ValueOrRaise(ToLogicalType(nested->second, table.columns[i].name)));
  }
  return types;
}

duckdb::shared_ptr<duckdb::ColumnDataCollection> CollectRows(duckdb::ClientContext& context,
                                                             const MemoryTable& table) {
  const duckdb::vector<duckdb::LogicalType> types = TypesOf(table);
  auto collection =
      duckdb::make_shared_ptr<duckdb::ColumnDataCollection>(duckdb::Allocator::Get(context), types);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::Get(context), types);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const duckdb::idx_t at = chunk.size();
    FIRN_CHECK(table.rows[r].size() == types.size());
    for (std::size_t c = 0; c < types.size(); ++c) {
      const auto& text = table.rows[r][c];
      auto value = text ? ReadCell(table, c, *text, types[c]) : duckdb::Value(types[c]);
      if (!value) {
        Raise(Error(ErrorCode::kInternal, "MemoryTable",
                    "Column '" + table.columns[c].name + "' cannot hold '" + *text + "'"));
      }
      chunk.SetValue(c, at, *value);
    }
    chunk.SetCardinality(at + 1);
    if (chunk.size() == STANDARD_VECTOR_SIZE || r + 1 == table.rows.size()) {
      collection->Append(chunk);
      chunk.Reset();
    }
  }
  return collection;
}

duckdb::TableFunction MakeMemoryScan(duckdb::TableCatalogEntry& entry,
                                     duckdb::shared_ptr<duckdb::ColumnDataCollection> rows,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  duckdb::TableFunction function("memory_scan", {}, Scan, nullptr, StartScan);
  function.get_bind_info = [](const duckdb::optional_ptr<duckdb::FunctionData> data) {
    return duckdb::BindInfo(data->Cast<MemoryScanBind>().entry);
  };
  bind_data = duckdb::make_uniq<MemoryScanBind>(entry, std::move(rows));
  return function;
}

}  // namespace firn::duck
