#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/duck/lower_internal.h"

/// StarRocks' functions: one row says what one is called, what it takes and how it lowers. SHOW
/// FUNCTIONS and the documents are made from the same rows.

namespace firn::duck {

class CallLowering;
using Rewrite = Result<Parsed> (*)(CallLowering& call);

struct FunctionRow {
  std::string_view name;  ///< Lower case.
  std::string_view kind;  ///< scalar, aggregate, window.
  std::string_view how;   ///< same, renamed, rewritten, own, unsupported.
  /// One letter an argument, what it is turned into: s text, i BIGINT, f DOUBLE, t DATETIME, D
  /// DATE, n INT, m DATE or DATETIME, b condition, y bytes, a as it is. After `|` they may be left
  /// out; `*` repeats the last.
  std::string_view arguments;
  std::string_view target;  ///< The engine's function, unless rewritten.
  Rewrite rewrite = nullptr;
};

/// Null when there is no such function.
const FunctionRow* FindFunction(std::string_view name);
std::span<const FunctionRow> AllFunctions();
/// The name most like `name`; empty when none is near.
std::string NearestFunction(std::string_view name);

/// One call on its way to the engine: its arguments, lowered, and what stands around them.
class CallLowering {
 public:
  CallLowering(Lowering& lowering, const sql::FunctionCallExpression& call, ParsedList arguments)
      : lowering_(lowering), call_(call), arguments_(std::move(arguments)) {}

  Lowering& lowering() { return lowering_; }
  const sql::FunctionCallExpression& call() const { return call_; }
  std::size_t count() const { return arguments_.size(); }
  /// A copy of argument `i`: rewrites name an argument as often as they need it.
  Parsed Argument(std::size_t i) const { return arguments_.at(i)->Copy(); }
  /// Argument `i`, or `otherwise` when left out.
  Parsed ArgumentOr(std::size_t i, duckdb::Value otherwise) const {
    return i < arguments_.size() ? Argument(i) : MakeConstant(std::move(otherwise));
  }
  /// All of them, for good.
  ParsedList Arguments() { return std::move(arguments_); }

  /// A call of the engine's function with this call's DISTINCT, ORDER BY, FILTER and OVER.
  Result<Parsed> Build(const std::string& name, ParsedList arguments);
  Result<Parsed> Build(const std::string& name, Parsed argument) {
    ParsedList list;
    list.push_back(std::move(argument));
    return Build(name, std::move(list));
  }

 private:
  Result<Parsed> BuildWindow(const std::string& name, ParsedList arguments);

  Lowering& lowering_;
  const sql::FunctionCallExpression& call_;
  ParsedList arguments_;
};

}  // namespace firn::duck
