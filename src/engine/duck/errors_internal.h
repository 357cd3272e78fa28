#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "base/result.h"

namespace duckdb {
class ErrorData;
}  // namespace duckdb

/// Between Error and DuckDB's exceptions. The only file of the tree that throws, and the only one
/// that catches.

namespace firn::duck {

/// Throws `error` through DuckDB, which carries code, reason and message back to ToError. For our
/// hooks alone.
[[noreturn]] void Raise(const Error& error);

/// Tells DuckDB that a plan with `what` in it cannot be copied: it then goes on with the one it has.
[[noreturn]] void RaiseNotCopied(const char* what);

template <typename T>
T ValueOrRaise(Result<T> result) {
  if (!result) Raise(result.error());
  return std::move(*result);
}
inline void OkOrRaise(const Status& status) {
  if (!status) Raise(status.error());
}

/// What DuckDB reported; an Error that Raise sent comes back whole, but for its place.
Error ToError(const duckdb::ErrorData& data);

/// True when the instance that reported the error can no longer be used.
bool InvalidatesInstance(const Error& error);

/// Runs `body` and turns whatever it throws into an Error.
Status RunGuarded(const std::function<Status()>& body);

/// RunGuarded for a body that answers with Result<T>.
template <typename F>
auto Guard(F&& body) -> decltype(body()) {
  std::optional<decltype(body())> answer;
  FIRN_TRY(RunGuarded([&]() -> Status {
    answer.emplace(body());
    return Ok();
  }));
  return *std::move(answer);
}

}  // namespace firn::duck
