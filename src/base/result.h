#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

/// A value or an Error, with the surface of std::expected.

namespace firn {

/// What NotFound(…), Conflict(…) and the like return; converts to any failed Result.
struct [[nodiscard]] Unexpected {
  Error error;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  template <typename U = T>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::decay_t<U>, Result> &&
             !std::is_same_v<std::decay_t<U>, Unexpected> && !std::is_same_v<std::decay_t<U>, Error>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Unexpected failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // REQUIRES: has_value(). Checked, in release too.
  T& value() & { return Get(); }
  const T& value() const& { return Get(); }
  T&& value() && { return std::move(Get()); }
  T& operator*() & { return Get(); }
  const T& operator*() const& { return Get(); }
  T&& operator*() && { return std::move(Get()); }
  T* operator->() { return &Get(); }
  const T* operator->() const { return &Get(); }

  // REQUIRES: !has_value().
  const Error& error() const& {
    FIRN_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    FIRN_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  template <typename U>
  T value_or(U&& otherwise) const& {
    return has_value() ? Get() : static_cast<T>(std::forward<U>(otherwise));
  }

 private:
  T& Get() {
    FIRN_CHECK_MSG(has_value(), error().ToString());
    return *std::get_if<0>(&state_);
  }
  const T& Get() const {
    FIRN_CHECK_MSG(has_value(), error().ToString());
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Unexpected failure) : error_(std::move(failure.error)) {}
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const { FIRN_CHECK_MSG(has_value(), error().ToString()); }
  const Error& error() const& {
    FIRN_CHECK(!has_value());
    return *error_;
  }
  Error&& error() && {
    FIRN_CHECK(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

/// The success of a Status.
inline Status Ok() { return {}; }

// One maker a code. `reason` is the stable machine word, `message` is for a person.
#define FIRN_ERROR_MAKER(name)                                                                    \
  inline Unexpected name(std::string reason, std::string message,                                 \
                         const std::source_location& place = std::source_location::current()) {   \
    return Unexpected{Error(ErrorCode::k##name, std::move(reason), std::move(message), place)};   \
  }
FIRN_ERROR_MAKER(InvalidArgument)
FIRN_ERROR_MAKER(Unauthenticated)
FIRN_ERROR_MAKER(PermissionDenied)
FIRN_ERROR_MAKER(NotFound)
FIRN_ERROR_MAKER(AlreadyExists)
FIRN_ERROR_MAKER(Conflict)
FIRN_ERROR_MAKER(CommitStateUnknown)
FIRN_ERROR_MAKER(FailedPrecondition)
FIRN_ERROR_MAKER(ResourceExhausted)
FIRN_ERROR_MAKER(Unavailable)
FIRN_ERROR_MAKER(DeadlineExceeded)
FIRN_ERROR_MAKER(Cancelled)
FIRN_ERROR_MAKER(Unsupported)
FIRN_ERROR_MAKER(DataCorruption)
FIRN_ERROR_MAKER(Internal)
#undef FIRN_ERROR_MAKER

}  // namespace firn

#define FIRN_CONCAT_INNER(a, b) a##b
#define FIRN_CONCAT(a, b) FIRN_CONCAT_INNER(a, b)

/// Returns the error of `expression`, or goes on.
#define FIRN_TRY(expression)                                                                   \
  do {                                                                                         \
    if (auto firn_status = (expression); !firn_status) {                                       \
      return ::firn::Unexpected{std::move(firn_status).error()};                               \
    }                                                                                          \
  } while (false)

/// FIRN_TRY that adds a note on what was being done.
#define FIRN_TRY_NOTE(expression, note)                                                        \
  do {                                                                                         \
    if (auto firn_status = (expression); !firn_status) {                                       \
      return ::firn::Unexpected{std::move(firn_status).error().Note(note)};                    \
    }                                                                                          \
  } while (false)

/// `FIRN_ASSIGN_OR_RETURN(const auto table, LoadTable(name));`
#define FIRN_ASSIGN_OR_RETURN(declaration, expression) \
  FIRN_ASSIGN_OR_RETURN_INNER(FIRN_CONCAT(firn_result_, __LINE__), declaration, expression)
#define FIRN_ASSIGN_OR_RETURN_INNER(result, declaration, expression)                           \
  auto result = (expression);                                                                  \
  if (!result) return ::firn::Unexpected{std::move(result).error()};                           \
  declaration = std::move(*result)

/// FIRN_ASSIGN_OR_RETURN that adds a note on what was being done.
#define FIRN_ASSIGN_OR_RETURN_NOTE(declaration, expression, note) \
  FIRN_ASSIGN_OR_RETURN_NOTE_INNER(FIRN_CONCAT(firn_result_, __LINE__), declaration, expression, note)
#define FIRN_ASSIGN_OR_RETURN_NOTE_INNER(result, declaration, expression, note)                \
  auto result = (expression);                                                                  \
  if (!result) return ::firn::Unexpected{std::move(result).error().Note(note)};                \
  declaration = std::move(*result)
