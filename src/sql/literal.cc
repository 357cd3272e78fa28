#include "sql/literal.h"

#include <algorithm>
#include <charconv>

namespace firn::sql {

std::optional<int64_t> Literal::Int64() const {
  if (kind == LiteralKind::kBoolean) return boolean ? 1 : 0;
  if (kind != LiteralKind::kInteger) return std::nullopt;
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stopped != end) return std::nullopt;
  return value;
}

DecimalShape ShapeOfDecimal(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const size_t dot = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, dot);
  while (!whole.empty() && whole.front() == '0') whole.remove_prefix(1);
  const size_t scale = dot == text.size() ? 0 : text.size() - dot - 1;
  DecimalShape shape;
  shape.precision = static_cast<uint32_t>(std::max<size_t>(1, whole.size() + scale));
  shape.scale = static_cast<uint32_t>(scale);
  return shape;
}

}  // namespace firn::sql
