#include <algorithm>
#include <unordered_map>

#include "engine/duck/engine.h"
#include "engine/duck/function_table_internal.h"
#include "engine/duck/rewrites_internal.h"

namespace firn::duck {
namespace {

constexpr std::string_view kScalar = "scalar";
constexpr std::string_view kAggregate = "aggregate";
constexpr std::string_view kWindow = "window";
constexpr std::string_view kSame = "same";
constexpr std::string_view kRenamed = "renamed";
constexpr std::string_view kRewritten = "rewritten";
constexpr std::string_view kOwn = "own";
constexpr std::string_view kNotYet = "unsupported";

// Grouped by family as StarRocks' documents are; looked up through an index, so order is for the
// reader.
constexpr FunctionRow kRows[] = {
    // ---- conditions ----
    {"if", kScalar, kOwn, "baa", "sr_case"},
    {"ifnull", kScalar, kOwn, "aa", "sr_coalesce"},
    {"nvl", kScalar, kOwn, "aa", "sr_coalesce"},
    {"coalesce", kScalar, kOwn, "a*", "sr_coalesce"},
    {"nullif", kScalar, kRewritten, "aa", "", RewriteNullIf},
    {"isnull", kScalar, kRewritten, "a", "", RewriteIsNull},
    {"isnotnull", kScalar, kRewritten, "a", "", RewriteIsNotNull},
    {"null_or_empty", kScalar, kRewritten, "s", "", RewriteNullOrEmpty},
    {"greatest", kScalar, kOwn, "a*", "sr_greatest"},
    {"least", kScalar, kOwn, "a*", "sr_least"},

    // ---- strings ----
    {"append_trailing_char_if_absent", kScalar, kRewritten, "ss", "", RewriteAppendTrailing},
    {"ascii", kScalar, kSame, "s", ""},
    {"bit_length", kScalar, kSame, "s", ""},
    {"char", kScalar, kRenamed, "i", "chr"},
    {"char_length", kScalar, kRenamed, "s", "length"},
    {"character_length", kScalar, kRenamed, "s", "length"},
    {"concat", kScalar, kRewritten, "s*", "", RewriteConcat},
    {"concat_ws", kScalar, kSame, "ss*", ""},
    {"ends_with", kScalar, kSame, "ss", ""},
    {"field", kScalar, kRewritten, "aa*", "", RewriteField},
    {"find_in_set", kScalar, kOwn, "ss", "sr_find_in_set"},
    {"hex", kScalar, kSame, "a", ""},
    {"initcap", kScalar, kOwn, "s", "sr_initcap"},
    {"instr", kScalar, kSame, "ss", ""},
    {"lcase", kScalar, kRenamed, "s", "lower"},
    {"left", kScalar, kSame, "si", ""},
    {"length", kScalar, kRenamed, "s", "strlen"},
    {"locate", kScalar, kRewritten, "ss|i", "", RewriteLocate},
    {"lower", kScalar, kSame, "s", ""},
    {"lpad", kScalar, kRewritten, "si|s", "", RewritePad},
    {"ltrim", kScalar, kSame, "s|s", ""},
    {"md5", kScalar, kSame, "s", ""},
    {"md5sum", kScalar, kRewritten, "s*", "", RewriteMd5Sum},
    {"parse_url", kScalar, kNotYet, "ss", ""},
    {"regexp", kScalar, kRenamed, "ss", "regexp_matches"},
    {"regexp_count", kScalar, kNotYet, "ss", ""},
    {"regexp_extract", kScalar, kSame, "ss|n", ""},
    {"regexp_replace", kScalar, kRewritten, "sss", "", RewriteRegexpReplace},
    {"regexp_split", kScalar, kRenamed, "ss", "regexp_split_to_array"},
    {"repeat", kScalar, kSame, "si", ""},
    {"replace", kScalar, kSame, "sss", ""},
    {"reverse", kScalar, kSame, "s", ""},
    {"right", kScalar, kSame, "si", ""},
    {"rpad", kScalar, kRewritten, "si|s", "", RewritePad},
    {"rtrim", kScalar, kSame, "s|s", ""},
    {"sha2", kScalar, kRewritten, "si", "", RewriteSha2},
    {"space", kScalar, kRewritten, "i", "", RewriteSpace},
    {"split", kScalar, kRenamed, "ss", "string_split"},
    {"split_part", kScalar, kSame, "ssi", ""},
    {"starts_with", kScalar, kSame, "ss", ""},
    {"strcmp", kScalar, kOwn, "ss", "sr_strcmp"},
    {"strleft", kScalar, kRenamed, "si", "left"},
    {"strpos", kScalar, kRenamed, "ss", "instr"},
    {"strright", kScalar, kRenamed, "si", "right"},
    {"substr", kScalar, kRewritten, "si|i", "", RewriteSubstring},
    {"substring", kScalar, kRewritten, "si|i", "", RewriteSubstring},
    {"substring_index", kScalar, kOwn, "ssi", "sr_substring_index"},
    {"translate", kScalar, kSame, "sss", ""},
    {"trim", kScalar, kSame, "s|s", ""},
    {"ucase", kScalar, kRenamed, "s", "upper"},
    {"upper", kScalar, kSame, "s", ""},
    {"url_decode", kScalar, kSame, "s", ""},
    {"url_encode", kScalar, kSame, "s", ""},
    {"to_base64", kScalar, kRenamed, "y", "to_base64"},
    {"unhex", kScalar, kSame, "s", ""},
    {"uuid", kScalar, kRewritten, "", "", RewriteUuid},
    {"money_format", kScalar, kNotYet, "a", ""},
    {"crc32", kScalar, kNotYet, "s", ""},
    {"murmur_hash3_32", kScalar, kNotYet, "s*", ""},

    // ---- dates ----
    {"now", kScalar, kRewritten, "|i", "", RewriteNow},
    {"current_timestamp", kScalar, kRewritten, "|i", "", RewriteNow},
    {"localtime", kScalar, kRewritten, "", "", RewriteNow},
    {"localtimestamp", kScalar, kRewritten, "", "", RewriteNow},
    {"curdate", kScalar, kRewritten, "", "", RewriteCurrentDate},
    {"current_date", kScalar, kRewritten, "", "", RewriteCurrentDate},
    {"curtime", kScalar, kRewritten, "", "", RewriteCurrentTime},
    {"current_time", kScalar, kRewritten, "", "", RewriteCurrentTime},
    {"utc_timestamp", kScalar, kRewritten, "", "", RewriteUtcTimestamp},
    {"unix_timestamp", kScalar, kRewritten, "|as", "", RewriteUnixTimestamp},
    {"from_unixtime", kScalar, kRewritten, "i|s", "", RewriteFromUnixTime},
    {"date_format", kScalar, kOwn, "ts", "sr_date_format"},
    {"time_format", kScalar, kOwn, "ts", "sr_date_format"},
    {"str_to_date", kScalar, kOwn, "ss", "sr_str_to_date"},
    {"str2date", kScalar, kRewritten, "ss", "", RewriteStr2Date},
    {"to_date", kScalar, kRenamed, "a", "sr_date"},
    {"date", kScalar, kRenamed, "a", "sr_date"},
    {"timestamp", kScalar, kRenamed, "a", "sr_datetime"},
    {"date_trunc", kScalar, kOwn, "sa", "sr_date_trunc"},
    {"date_add", kScalar, kRewritten, "aa", "", RewriteDateAdd},
    {"adddate", kScalar, kRewritten, "aa", "", RewriteDateAdd},
    {"date_sub", kScalar, kRewritten, "aa", "", RewriteDateAdd},
    {"subdate", kScalar, kRewritten, "aa", "", RewriteDateAdd},
    {"years_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"years_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"quarters_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"quarters_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"months_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"months_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"add_months", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"weeks_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"weeks_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"days_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"days_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"hours_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"hours_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"minutes_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"minutes_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"seconds_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"seconds_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"microseconds_add", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"microseconds_sub", kScalar, kRewritten, "ai", "", RewriteUnitsAdd},
    {"timestampadd", kScalar, kRewritten, "sia", "", RewriteTimestampAdd},
    {"timestampdiff", kScalar, kRewritten, "stt", "", RewriteTimestampDiff},
    {"date_diff", kScalar, kRewritten, "stt", "", RewriteDateDiff},
    {"datediff", kScalar, kRewritten, "DD", "", RewriteDayDiff},
    {"years_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"months_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"weeks_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"days_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"hours_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"minutes_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"seconds_diff", kScalar, kRewritten, "tt", "", RewriteUnitsDiff},
    {"year", kScalar, kSame, "t", ""},
    {"quarter", kScalar, kSame, "t", ""},
    {"month", kScalar, kSame, "t", ""},
    {"day", kScalar, kSame, "t", ""},
    {"dayofmonth", kScalar, kSame, "t", ""},
    {"dayofyear", kScalar, kSame, "t", ""},
    {"dayofweek", kScalar, kRewritten, "t", "", RewriteDayOfWeek},
    {"weekday", kScalar, kRewritten, "t", "", RewriteWeekday},
    {"day_of_week_iso", kScalar, kRenamed, "t", "isodow"},
    {"hour", kScalar, kSame, "t", ""},
    {"minute", kScalar, kSame, "t", ""},
    {"second", kScalar, kSame, "t", ""},
    {"week", kScalar, kRewritten, "t|i", "", RewriteWeek},
    {"weekofyear", kScalar, kRenamed, "t", "week"},
    {"week_iso", kScalar, kRenamed, "t", "week"},
    {"yearweek", kScalar, kRewritten, "t|i", "", RewriteWeek},
    {"dayname", kScalar, kSame, "t", ""},
    {"monthname", kScalar, kSame, "t", ""},
    {"last_day", kScalar, kSame, "t", ""},
    {"makedate", kScalar, kRewritten, "ii", "", RewriteMakeDate},
    {"to_days", kScalar, kRewritten, "D", "", RewriteToDays},
    {"from_days", kScalar, kRewritten, "i", "", RewriteFromDays},
    {"convert_tz", kScalar, kRewritten, "tss", "", RewriteConvertTz},
    {"date_slice", kScalar, kNotYet, "aa", ""},
    {"time_slice", kScalar, kNotYet, "aa", ""},
    {"next_day", kScalar, kNotYet, "ts", ""},
    {"previous_day", kScalar, kNotYet, "ts", ""},
    {"sec_to_time", kScalar, kNotYet, "i", ""},
    {"time_to_sec", kScalar, kNotYet, "a", ""},

    // ---- numbers ----
    {"abs", kScalar, kOwn, "a", "sr_abs"},
    {"acos", kScalar, kSame, "f", ""},
    {"asin", kScalar, kSame, "f", ""},
    {"atan", kScalar, kSame, "f", ""},
    {"atan2", kScalar, kSame, "ff", ""},
    {"bin", kScalar, kSame, "i", ""},
    {"bitand", kScalar, kRenamed, "ii", "&"},
    {"bitor", kScalar, kRenamed, "ii", "|"},
    {"bitxor", kScalar, kRenamed, "ii", "xor"},
    {"bitnot", kScalar, kRenamed, "i", "~"},
    {"bit_shift_left", kScalar, kOwn, "ii", "sr_shift_left"},
    {"bit_shift_right", kScalar, kOwn, "ii", "sr_shift_right"},
    {"bit_shift_right_logical", kScalar, kOwn, "ii", "sr_shift_right_logical"},
    {"cbrt", kScalar, kSame, "f", ""},
    {"ceil", kScalar, kRewritten, "f", "", RewriteToBigInt},
    {"ceiling", kScalar, kRewritten, "f", "", RewriteToBigInt},
    {"cos", kScalar, kSame, "f", ""},
    {"cot", kScalar, kSame, "f", ""},
    {"degrees", kScalar, kSame, "f", ""},
    {"divide", kScalar, kOwn, "aa", "sr_divide"},
    {"dround", kScalar, kRewritten, "a|i", "", RewriteRound},
    {"e", kScalar, kRewritten, "", "", RewriteE},
    {"exp", kScalar, kSame, "f", ""},
    {"floor", kScalar, kRewritten, "f", "", RewriteToBigInt},
    {"fmod", kScalar, kOwn, "ff", "sr_modulo"},
    {"is_nan", kScalar, kRenamed, "f", "isnan"},
    {"ln", kScalar, kRewritten, "f", "", RewriteLogarithm},
    {"log", kScalar, kRewritten, "f|f", "", RewriteLogarithm},
    {"log10", kScalar, kRewritten, "f", "", RewriteLogarithm},
    {"log2", kScalar, kRewritten, "f", "", RewriteLogarithm},
    {"mod", kScalar, kOwn, "aa", "sr_modulo"},
    {"multiply", kScalar, kOwn, "aa", "sr_multiply"},
    {"negative", kScalar, kOwn, "a", "sr_negate"},
    {"pi", kScalar, kSame, "", ""},
    {"pmod", kScalar, kRewritten, "aa", "", RewritePositiveModulo},
    {"positive", kScalar, kRewritten, "a", "", RewriteSame},
    {"pow", kScalar, kSame, "ff", ""},
    {"power", kScalar, kSame, "ff", ""},
    {"radians", kScalar, kSame, "f", ""},
    {"rand", kScalar, kRewritten, "|i", "", RewriteRandom},
    {"random", kScalar, kRewritten, "|i", "", RewriteRandom},
    {"round", kScalar, kRewritten, "a|i", "", RewriteRound},
    {"sign", kScalar, kSame, "f", ""},
    {"sin", kScalar, kSame, "f", ""},
    {"sqrt", kScalar, kRewritten, "f", "", RewriteSquareRoot},
    {"square", kScalar, kRewritten, "f", "", RewriteSquare},
    {"tan", kScalar, kSame, "f", ""},
    {"truncate", kScalar, kRewritten, "ai", "", RewriteTruncate},
    {"conv", kScalar, kNotYet, "aii", ""},
    {"width_bucket", kScalar, kNotYet, "fffi", ""},

    // ---- aggregates ----
    {"any_value", kAggregate, kSame, "a", ""},
    {"approx_count_distinct", kAggregate, kSame, "a", ""},
    {"ndv", kAggregate, kRenamed, "a", "approx_count_distinct"},
    {"array_agg", kAggregate, kRenamed, "a", "list"},
    {"array_unique_agg", kAggregate, kNotYet, "a", ""},
    {"avg", kAggregate, kRewritten, "a", "", RewriteAverage},
    {"bool_or", kAggregate, kSame, "b", ""},
    {"bool_and", kAggregate, kSame, "b", ""},
    {"corr", kAggregate, kSame, "ff", ""},
    {"count", kAggregate, kRewritten, "|a*", "", RewriteCount},
    {"count_if", kAggregate, kSame, "b", ""},
    {"covar_pop", kAggregate, kSame, "ff", ""},
    {"covar_samp", kAggregate, kSame, "ff", ""},
    {"group_concat", kAggregate, kRewritten, "s*", "", RewriteGroupConcat},
    {"string_agg", kAggregate, kRewritten, "ss", "", RewriteStringAgg},
    {"grouping", kAggregate, kRewritten, "a*", "", RewriteGrouping},
    {"grouping_id", kAggregate, kRewritten, "a*", "", RewriteGrouping},
    {"max", kAggregate, kSame, "a", ""},
    {"max_by", kAggregate, kSame, "aa", ""},
    {"min", kAggregate, kSame, "a", ""},
    {"min_by", kAggregate, kSame, "aa", ""},
    {"multi_distinct_count", kAggregate, kRewritten, "a", "", RewriteCountDistinct},
    {"percentile_approx", kAggregate, kRenamed, "ff", "approx_quantile"},
    {"percentile_cont", kAggregate, kRenamed, "ff", "quantile_cont"},
    {"percentile_disc", kAggregate, kRenamed, "af", "quantile_disc"},
    {"std", kAggregate, kRenamed, "f", "stddev_pop"},
    {"stddev", kAggregate, kRenamed, "f", "stddev_pop"},
    {"stddev_pop", kAggregate, kSame, "f", ""},
    {"stddev_samp", kAggregate, kSame, "f", ""},
    {"sum", kAggregate, kRewritten, "a", "", RewriteSum},
    {"var_pop", kAggregate, kSame, "f", ""},
    {"var_samp", kAggregate, kSame, "f", ""},
    {"variance", kAggregate, kRenamed, "f", "var_pop"},
    {"variance_pop", kAggregate, kRenamed, "f", "var_pop"},
    {"variance_samp", kAggregate, kRenamed, "f", "var_samp"},
    {"bitmap_union_count", kAggregate, kNotYet, "a", ""},
    {"bitmap_union", kAggregate, kNotYet, "a", ""},
    {"hll_union_agg", kAggregate, kNotYet, "a", ""},
    {"retention", kAggregate, kNotYet, "a", ""},
    {"window_funnel", kAggregate, kNotYet, "aa*", ""},

    // ---- windows ----
    {"row_number", kWindow, kSame, "", ""},
    {"rank", kWindow, kSame, "", ""},
    {"dense_rank", kWindow, kSame, "", ""},
    {"percent_rank", kWindow, kSame, "", ""},
    {"cume_dist", kWindow, kSame, "", ""},
    {"ntile", kWindow, kSame, "i", ""},
    {"lead", kWindow, kSame, "a|ia", ""},
    {"lag", kWindow, kSame, "a|ia", ""},
    {"first_value", kWindow, kSame, "a", ""},
    {"last_value", kWindow, kSame, "a", ""},

    // ---- JSON ----
    {"parse_json", kScalar, kRewritten, "s", "", RewriteParseJson},
    {"json_object", kScalar, kSame, "|a*", ""},
    {"json_array", kScalar, kSame, "|a*", ""},
    {"json_query", kScalar, kRewritten, "as", "", RewriteJsonQuery},
    {"json_exists", kScalar, kRewritten, "as", "", RewriteJsonQuery},
    {"json_length", kScalar, kRewritten, "a|s", "", RewriteJsonQuery},
    {"json_keys", kScalar, kRewritten, "a|s", "", RewriteJsonQuery},
    {"get_json_string", kScalar, kRewritten, "as", "", RewriteGetJson},
    {"get_json_int", kScalar, kRewritten, "as", "", RewriteGetJson},
    {"get_json_double", kScalar, kRewritten, "as", "", RewriteGetJson},
    {"get_json_bool", kScalar, kRewritten, "as", "", RewriteGetJson},
    {"to_json", kScalar, kSame, "a", ""},
    {"json_string", kScalar, kRenamed, "a", "sr_text"},

    // ---- arrays, maps, structs ----
    {"array_append", kScalar, kRenamed, "aa", "list_append"},
    {"array_avg", kScalar, kRenamed, "a", "list_avg"},
    {"array_concat", kScalar, kRewritten, "a*", "", RewriteArrayConcat},
    {"array_contains", kScalar, kRenamed, "aa", "list_contains"},
    {"array_contains_all", kScalar, kRenamed, "aa", "list_has_all"},
    {"array_distinct", kScalar, kRenamed, "a", "list_distinct"},
    {"array_filter", kScalar, kRewritten, "aa", "", RewriteArrayFilter},
    {"array_flatten", kScalar, kRenamed, "a", "flatten"},
    {"array_generate", kScalar, kRenamed, "i|ii", "generate_series"},
    {"array_intersect", kScalar, kRenamed, "aa", "list_intersect"},
    {"array_join", kScalar, kRenamed, "as", "array_to_string"},
    {"array_length", kScalar, kRenamed, "a", "len"},
    {"array_map", kScalar, kRewritten, "aa", "", RewriteArrayMap},
    {"array_max", kScalar, kRenamed, "a", "list_max"},
    {"array_min", kScalar, kRenamed, "a", "list_min"},
    {"array_position", kScalar, kRewritten, "aa", "", RewriteArrayPosition},
    {"array_slice", kScalar, kRewritten, "aii", "", RewriteArraySlice},
    {"array_sort", kScalar, kRenamed, "a", "list_sort"},
    {"array_sum", kScalar, kRenamed, "a", "list_sum"},
    {"array_remove", kScalar, kNotYet, "aa", ""},
    {"arrays_overlap", kScalar, kRenamed, "aa", "list_has_any"},
    {"cardinality", kScalar, kOwn, "a", "sr_cardinality"},
    {"distinct_map_keys", kScalar, kNotYet, "a", ""},
    {"element_at", kScalar, kOwn, "aa", "sr_element"},
    {"map_concat", kScalar, kSame, "aa*", ""},
    {"map_from_arrays", kScalar, kRenamed, "aa", "map"},
    {"map_keys", kScalar, kSame, "a", ""},
    {"map_size", kScalar, kOwn, "a", "sr_cardinality"},
    {"map_values", kScalar, kSame, "a", ""},
    {"named_struct", kScalar, kRewritten, "aa*", "", RewriteNamedStruct},
    {"row", kScalar, kRewritten, "a*", "", RewriteRow},
    {"struct", kScalar, kRewritten, "a*", "", RewriteRow},

    // ---- the session ----
    {"version", kScalar, kRewritten, "", "", RewriteSession},
    {"current_version", kScalar, kRewritten, "", "", RewriteSession},
    {"database", kScalar, kRewritten, "", "", RewriteSession},
    {"schema", kScalar, kRewritten, "", "", RewriteSession},
    {"catalog", kScalar, kRewritten, "", "", RewriteSession},
    {"current_catalog", kScalar, kRewritten, "", "", RewriteSession},
    {"user", kScalar, kRewritten, "", "", RewriteSession},
    {"current_user", kScalar, kRewritten, "", "", RewriteSession},
    {"session_user", kScalar, kRewritten, "", "", RewriteSession},
    {"current_role", kScalar, kRewritten, "", "", RewriteSession},
    {"current_timezone", kScalar, kRewritten, "", "", RewriteSession},
    {"connection_id", kScalar, kRewritten, "", "", RewriteSession},
    {"last_query_id", kScalar, kRewritten, "", "", RewriteSession},
    {"sleep", kScalar, kOwn, "i", "sr_sleep"},
};

std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const FunctionRow> AllFunctions() { return kRows; }

const FunctionRow* FindFunction(std::string_view name) {
  static const auto kIndex = [] {
    std::unordered_map<std::string_view, const FunctionRow*> index;
    for (const FunctionRow& row : kRows) index.emplace(row.name, &row);
    return index;
  }();
  const auto found = kIndex.find(name);
  return found == kIndex.end() ? nullptr : found->second;
}

std::string NearestFunction(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 64;
  if (name.size() > kNameBytesMax) return {};
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const FunctionRow& row : kRows) {
    if (row.how == kNotYet) continue;
    const std::size_t distance = Distance(name, row.name);
    if (distance >= least) continue;
    least = distance;
    nearest = row.name;
  }
  return std::string(nearest);
}

std::vector<FunctionInfo> ListFunctions() {
  std::vector<FunctionInfo> functions;
  for (const FunctionRow& row : kRows) {
    functions.push_back({.name = std::string(row.name),
                         .kind = std::string(row.kind),
                         .how = std::string(row.how)});
  }
  functions.push_back({.name = "unnest", .kind = "table", .how = "same"});
  functions.push_back({.name = "generate_series", .kind = "table", .how = "same"});
  functions.push_back({.name = "table_appends", .kind = "table", .how = "own"});
  std::sort(functions.begin(), functions.end(),
            [](const FunctionInfo& a, const FunctionInfo& b) { return a.name < b.name; });
  return functions;
}

}  // namespace firn::duck
