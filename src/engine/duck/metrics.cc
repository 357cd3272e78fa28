#include <optional>

#include "engine/duck/metrics_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

std::string Quote(const std::string& name) { return duckdb::KeywordHelper::WriteQuoted(name, '"'); }

/// Of a MAP(VARCHAR, …); nullptr when absent.
const duckdb::Value* FindKey(const duckdb::Value& map, std::string_view key) {
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(map)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    if (!pair[0].IsNull() && duckdb::StringValue::Get(pair[0]) == key) return &pair[1];
  }
  return nullptr;
}

std::optional<std::int64_t> FindCount(const duckdb::Value& map, std::string_view key) {
  const duckdb::Value* text = FindKey(map, key);
  if (text == nullptr || text->IsNull()) return std::nullopt;
  const auto number = TryCastValue(*text, duckdb::LogicalType::BIGINT);
  if (!number) return std::nullopt;
  return number->GetValue<std::int64_t>();
}

bool HasBounds(iceberg::TypeKind kind) {
  switch (kind) {
    case iceberg::TypeKind::kUuid:
    case iceberg::TypeKind::kFixed:
    case iceberg::TypeKind::kBinary:
      // The writer renders their bounds as text that does not read back byte for byte.
      return false;
    default:
      return true;
  }
}

std::optional<iceberg::Literal> ReadBound(const duckdb::Value& map, std::string_view key,
                                          const iceberg::Type& type) {
  const duckdb::Value* text = FindKey(map, key);
  const auto logical = ToLogicalType(type, "");
  if (text == nullptr || text->IsNull() || !logical) return std::nullopt;
  const auto value = TryCastValue(*text, *logical);
  if (!value) return std::nullopt;
  return ToLiteral(*value, type);
}

/// Zero has two signs and bounds must hold both.
void WidenZero(iceberg::Literal& bound, bool lower) {
  if (auto* value = std::get_if<double>(&bound.value)) {
    if (*value == 0) *value = lower ? -0.0 : 0.0;
  } else if (auto* narrow = std::get_if<float>(&bound.value)) {
    if (*narrow == 0) *narrow = lower ? -0.0F : 0.0F;
  }
}

}  // namespace

MetricsMaker::MetricsMaker(const iceberg::TableMetadata& metadata) {
  for (const iceberg::NestedField& field : metadata.current_schema().fields) {
    AddLeaves(field, Quote(field.name), field.name, false, metadata.properties);
  }
}

std::pair<MetricsMaker::Mode, std::size_t> MetricsMaker::ParseMode(const std::string& text) {
  if (text == "none") return {Mode::kNone, 0};
  if (text == "counts") return {Mode::kCounts, 0};
  if (text == "full") return {Mode::kFull, 0};
  std::size_t width = 0;
  if (text.starts_with("truncate(")) {
    for (std::size_t i = 9; i < text.size() && text[i] >= '0' && text[i] <= '9' && width < 100'000;
         ++i) {
      width = width * 10 + static_cast<std::size_t>(text[i] - '0');
    }
  }
  return {Mode::kTruncate, width == 0 ? 16 : width};
}

void MetricsMaker::AddLeaves(const iceberg::NestedField& field, const std::string& path,
                             const std::string& dotted, bool repeated,
                             const iceberg::Properties& properties) {
  if (field.type.is_primitive()) {
    auto mode = properties.find("write.metadata.metrics.column." + dotted);
    if (mode == properties.end()) mode = properties.find("write.metadata.metrics.default");
    Leaf leaf{.field_id = field.id,
              .type = field.type,
              .bounds = !repeated && HasBounds(field.type.kind)};
    std::tie(leaf.mode, leaf.width) =
        ParseMode(mode == properties.end() ? "truncate(16)" : mode->second);
    leaves_.emplace(path, std::move(leaf));
    return;
  }
  const bool repeats = field.type.kind != iceberg::TypeKind::kStruct;
  for (const iceberg::NestedField& child : field.type.fields()) {
    AddLeaves(child, path + "." + Quote(child.name), dotted + "." + child.name, repeated || repeats,
              properties);
  }
}

void MetricsMaker::Fill(const duckdb::Value& statistics, iceberg::DataFile& file) const {
  if (statistics.IsNull()) return;
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(statistics)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    std::string path = duckdb::StringValue::Get(pair[0]);
    const duckdb::Value& column = pair[1];
    auto leaf = leaves_.find(path);
    if (leaf == leaves_.end()) {
      // A map's parts stand inside its key_value group.
      const std::string group = ".\"key_value\"";
      const std::size_t at = path.find(group);
      if (at == std::string::npos) continue;
      leaf = leaves_.find(path.erase(at, group.size()));
      if (leaf == leaves_.end()) continue;
    }
    const Leaf& known = leaf->second;
    if (const auto size = FindCount(column, "column_size_bytes")) {
      file.column_sizes[known.field_id] = *size;
    }
    if (known.mode == Mode::kNone) continue;
    if (const auto count = FindCount(column, "num_values")) {
      file.value_counts[known.field_id] = *count;
    }
    if (const auto nulls = FindCount(column, "null_count")) {
      file.null_value_counts[known.field_id] = *nulls;
    }
    if (known.mode != Mode::kCounts && known.bounds) FillBounds(known, column, file);
  }
}

void MetricsMaker::FillBounds(const Leaf& leaf, const duckdb::Value& column,
                              iceberg::DataFile& file) const {
  const bool floating =
      leaf.type.kind == iceberg::TypeKind::kFloat || leaf.type.kind == iceberg::TypeKind::kDouble;
  const duckdb::Value* has_nan = FindKey(column, "has_nan");
  if (floating && has_nan != nullptr && !has_nan->IsNull() && has_nan->ToString() == "false") {
    file.nan_value_counts[leaf.field_id] = 0;
  }
  auto lower = ReadBound(column, "min", leaf.type);
  auto upper = ReadBound(column, "max", leaf.type);
  if (!lower || !upper || lower->is_nan() || upper->is_nan()) return;
  WidenZero(*lower, true);
  WidenZero(*upper, false);
  if (leaf.mode == Mode::kTruncate) {
    lower = iceberg::TruncateLowerBound(*lower, leaf.width);
    upper = iceberg::TruncateUpperBound(*upper, leaf.width);
  }
  file.lower_bounds[leaf.field_id] = iceberg::ToBinary(*lower);
  if (upper) file.upper_bounds[leaf.field_id] = iceberg::ToBinary(*upper);
}

}  // namespace firn::duck
