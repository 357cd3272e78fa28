#include <algorithm>

#include "engine/duck/function_table_internal.h"
#include "engine/duck/lower_internal.h"

namespace firn::duck {
namespace {

using duckdb::ExpressionType;
using duckdb::make_uniq;
using duckdb::Value;

/// The hook that turns an argument into what its letter says; empty for `a`.
std::string_view AdapterOf(char letter) {
  switch (letter) {
    case 's':
      return "sr_text";
    case 'i':
      return "sr_bigint";
    case 'n':
      return "sr_int";
    case 'f':
      return "sr_double";
    case 't':
      return "sr_datetime";
    case 'D':
      return "sr_date";
    case 'm':
      return "sr_moment";
    case 'b':
      return "sr_condition";
    case 'y':
      return "sr_bytes";
    default:
      return {};
  }
}

struct Arity {
  std::size_t least = 0;
  std::size_t most = 0;
  std::string letters;
  bool repeats = false;
};

Arity ArityOf(std::string_view pattern) {
  Arity arity;
  bool optional = false;
  for (const char c : pattern) {
    if (c == '|') {
      optional = true;
    } else if (c == '*') {
      arity.repeats = true;
    } else {
      arity.letters += c;
      if (!optional) ++arity.least;
    }
  }
  arity.most = arity.letters.size();
  return arity;
}

Status CheckCount(const FunctionRow& row, const Arity& arity, std::size_t count,
                  sql::Position position) {
  if (count >= arity.least && (arity.repeats || count <= arity.most)) return Ok();
  std::string wanted = std::to_string(arity.least);
  if (arity.repeats) {
    wanted += " or more";
  } else if (arity.most != arity.least) {
    wanted += " to " + std::to_string(arity.most);
  }
  return InvalidArgument("AnalysisError",
                         WithPlace("Function " + std::string(row.name) + " takes " + wanted +
                                       " arguments, " + std::to_string(count) + " were given",
                                   position));
}

ExpressionType WindowType(const std::string& name) {
  static constexpr std::pair<std::string_view, ExpressionType> kTypes[] = {
      {"row_number", ExpressionType::WINDOW_ROW_NUMBER},
      {"rank", ExpressionType::WINDOW_RANK},
      {"dense_rank", ExpressionType::WINDOW_RANK_DENSE},
      {"ntile", ExpressionType::WINDOW_NTILE},
      {"percent_rank", ExpressionType::WINDOW_PERCENT_RANK},
      {"cume_dist", ExpressionType::WINDOW_CUME_DIST},
      {"first_value", ExpressionType::WINDOW_FIRST_VALUE},
      {"last_value", ExpressionType::WINDOW_LAST_VALUE},
      {"nth_value", ExpressionType::WINDOW_NTH_VALUE},
      {"lead", ExpressionType::WINDOW_LEAD},
      {"lag", ExpressionType::WINDOW_LAG},
  };
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return ExpressionType::WINDOW_AGGREGATE;
}

duckdb::WindowBoundary BoundaryOf(const sql::FrameBound& bound, sql::FrameUnit unit) {
  const bool rows = unit == sql::FrameUnit::kRows;
  switch (bound.kind) {
    case sql::FrameBoundKind::kUnboundedPreceding:
      return duckdb::WindowBoundary::UNBOUNDED_PRECEDING;
    case sql::FrameBoundKind::kUnboundedFollowing:
      return duckdb::WindowBoundary::UNBOUNDED_FOLLOWING;
    case sql::FrameBoundKind::kCurrentRow:
      return rows ? duckdb::WindowBoundary::CURRENT_ROW_ROWS
                  : duckdb::WindowBoundary::CURRENT_ROW_RANGE;
    case sql::FrameBoundKind::kPreceding:
      return rows ? duckdb::WindowBoundary::EXPR_PRECEDING_ROWS
                  : duckdb::WindowBoundary::EXPR_PRECEDING_RANGE;
    case sql::FrameBoundKind::kFollowing:
      return rows ? duckdb::WindowBoundary::EXPR_FOLLOWING_ROWS
                  : duckdb::WindowBoundary::EXPR_FOLLOWING_RANGE;
  }
  return duckdb::WindowBoundary::INVALID;
}

}  // namespace

Result<Parsed> Lowering::LowerCall(const sql::FunctionCallExpression& call) {
  const std::string name = call.FunctionName();
  const FunctionRow* row = FindFunction(name);
  if (row == nullptr) {
    const std::string nearest = NearestFunction(name);
    return InvalidArgument("UnknownFunction",
                           WithPlace("No matching function with signature: " + name +
                                         (nearest.empty() ? "" : ", did you mean " + nearest + "?"),
                                     call.position));
  }
  if (row->how == "unsupported") {
    return Unsupported("Function",
                       WithPlace("Function " + name + " is not supported yet", call.position));
  }
  if (row->kind == "window" && call.over == nullptr) {
    return InvalidArgument("AnalysisError",
                           WithPlace("Function " + name + " needs an OVER clause", call.position));
  }
  if (row->kind == "scalar" && (call.over != nullptr || call.distinct)) {
    return InvalidArgument(
        "AnalysisError",
        WithPlace("Function " + name + " is no aggregate and takes no DISTINCT or OVER",
                  call.position));
  }
  if (row->kind == "aggregate" && call.over == nullptr) ++aggregates_lowered_;
  if (!call.argument_names.empty()) return UnsupportedSyntax("A named argument", call.position);
  const bool star =
      call.arguments.size() == 1 && call.arguments[0]->kind == sql::ExpressionKind::kStar;
  if (star && name != "count") {
    return InvalidArgument(
        "AnalysisError", WithPlace("'*' can only be counted, not given to " + name, call.position));
  }
  ParsedList arguments;
  for (const sql::ExpressionPtr& argument : call.arguments) {
    if (star) break;
    // An interval is an argument of date functions only, whose rewrites read it from the tree.
    if (argument->kind == sql::ExpressionKind::kInterval) {
      arguments.push_back(MakeConstant(Value()));
      continue;
    }
    FIRN_ASSIGN_OR_RETURN(Parsed lowered, LowerExpression(*argument));
    arguments.push_back(std::move(lowered));
  }
  const Arity arity = ArityOf(row->arguments);
  if (!star) FIRN_TRY(CheckCount(*row, arity, arguments.size(), call.position));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const char letter = arity.letters[std::min(i, arity.letters.size() - 1)];
    const std::string_view adapter = AdapterOf(letter);
    if (!adapter.empty()) arguments[i] = MakeCall(std::string(adapter), std::move(arguments[i]));
  }
  CallLowering lowering(*this, call, std::move(arguments));
  if (row->rewrite != nullptr) return row->rewrite(lowering);
  return lowering.Build(std::string(row->target.empty() ? row->name : row->target),
                        lowering.Arguments());
}

Result<Parsed> CallLowering::Build(const std::string& name, ParsedList arguments) {
  if (call_.over != nullptr) return BuildWindow(name, std::move(arguments));
  auto function = make_uniq<duckdb::FunctionExpression>(name, std::move(arguments));
  function->distinct = call_.distinct;
  if (call_.filter != nullptr) {
    FIRN_ASSIGN_OR_RETURN(Parsed filter, lowering_.LowerExpression(*call_.filter));
    function->filter = std::move(filter);
  }
  if (!call_.order_by.empty()) {
    auto order = make_uniq<duckdb::OrderModifier>();
    FIRN_ASSIGN_OR_RETURN(order->orders, lowering_.LowerOrder(call_.order_by));
    function->order_bys = std::move(order);
  }
  return Parsed(std::move(function));
}

Result<Parsed> CallLowering::BuildWindow(const std::string& name, ParsedList arguments) {
  const sql::WindowSpec& spec = *call_.over;
  const ExpressionType type = WindowType(name);
  auto window = make_uniq<duckdb::WindowExpression>(type, "", "", name);
  const bool shifts = type == ExpressionType::WINDOW_LEAD || type == ExpressionType::WINDOW_LAG;
  if (shifts) {
    if (arguments.size() > 2) window->default_expr = std::move(arguments[2]);
    if (arguments.size() > 1) window->offset_expr = std::move(arguments[1]);
    arguments.resize(1);
  }
  window->children = std::move(arguments);
  window->distinct = call_.distinct;
  window->ignore_nulls = call_.ignore_nulls;
  FIRN_ASSIGN_OR_RETURN(window->partitions, lowering_.LowerAll(spec.partition_by));
  FIRN_ASSIGN_OR_RETURN(window->orders, lowering_.LowerOrder(spec.order_by));
  if (!call_.order_by.empty()) {
    FIRN_ASSIGN_OR_RETURN(window->arg_orders, lowering_.LowerOrder(call_.order_by));
  }
  if (call_.filter != nullptr) {
    FIRN_ASSIGN_OR_RETURN(window->filter_expr, lowering_.LowerExpression(*call_.filter));
  }
  window->start = duckdb::WindowBoundary::UNBOUNDED_PRECEDING;
  window->end = duckdb::WindowBoundary::CURRENT_ROW_RANGE;
  if (spec.frame) {
    window->start = BoundaryOf(spec.frame->start, spec.frame->unit);
    window->end = BoundaryOf(spec.frame->end, spec.frame->unit);
    if (spec.frame->start.offset != nullptr) {
      FIRN_ASSIGN_OR_RETURN(window->start_expr,
                            lowering_.LowerExpression(*spec.frame->start.offset));
    }
    if (spec.frame->end.offset != nullptr) {
      FIRN_ASSIGN_OR_RETURN(window->end_expr, lowering_.LowerExpression(*spec.frame->end.offset));
    }
  }
  return Parsed(std::move(window));
}

}  // namespace firn::duck
