#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

/// System variables: one table of what exists, global values, and one session's values over them.
///
/// Names are case-insensitive; aliases (`tx_isolation`) share one value with their first name.

namespace firn::session {

/// NULL, boolean, integer or text.
using VariableValue = std::variant<std::monostate, bool, std::int64_t, std::string>;

/// As SHOW VARIABLES prints it: `true`/`false`, digits, the text, or `NULL`.
std::string PrintVariableValue(const VariableValue& value);

enum class VariableScope { kSession, kGlobal };

/// Which scopes a variable has.
enum class VariableReach { kSessionAndGlobal, kSessionOnly, kGlobalOnly };

enum class VariableKind { kBoolean, kInteger, kText };

struct VariableDefinition {
  std::string_view name;
  VariableKind kind;
  VariableReach reach;
  std::string_view default_text;
  bool read_only = false;
  std::int64_t minimum = 0;               ///< Integers only.
  std::int64_t maximum = 0;               ///< Integers only.
  std::string_view choices = {};          ///< Comma list of what text may be, case folded; empty: anything.
  bool choice_set = false;                ///< The value is a comma list of choices (sql_mode).
  std::string_view alias_of = {};         ///< Another name of that variable.
};

/// All of them, sorted by name. Immutable.
std::span<const VariableDefinition> VariableDefinitions();

/// Server-wide values. Thread-safe. Those that SET GLOBAL changed are kept in `variables.json` of the
/// folder that Open was given; without Open they last as long as the process.
class GlobalVariables {
 public:
  /// `firn_version` is what `version_comment` shows after "StarRocks version ".
  explicit GlobalVariables(std::string firn_version = "4.1.0");

  /// Reads what an earlier process kept, and keeps from now on. A value that is no longer valid is left
  /// out. Once, before any session. Errors: kDataCorruption/BadVariablesFile; kUnavailable/ReadFailed.
  Status Open(const std::filesystem::path& folder);

  /// Errors: kNotFound/UnknownSystemVariable with the nearest names.
  Result<VariableValue> Get(std::string_view name) const;
  /// Kept durably when this returns. Errors: as SessionVariables::Set; kUnavailable/WriteFailed, and
  /// nothing is changed then.
  Status Set(std::string_view name, const VariableValue& value);
  Status SetDefault(std::string_view name);

 private:
  friend class SessionVariables;
  std::map<std::string, VariableValue, std::less<>> Copy() const;
  Status Save() const FIRN_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::filesystem::path file_ FIRN_GUARDED_BY(mutex_);  ///< Empty: nothing is kept.
  std::map<std::string, VariableValue, std::less<>> values_ FIRN_GUARDED_BY(mutex_);
};

struct VariableRow {
  std::string name;
  std::string value;
  std::string default_value;
  bool is_changed = false;
};

/// One session's values, begun from the global ones. Owned by one session.
class SessionVariables {
 public:
  /// `globals` must outlive it.
  explicit SessionVariables(GlobalVariables& globals);

  /// `@@name` (session value, or the global one of a global-only variable) or `@@global.name`.
  /// Errors: kNotFound/UnknownSystemVariable; kInvalidArgument/VariableIsSessionOnly or /VariableIsGlobalOnly when the
  /// scope was named and does not exist.
  Result<VariableValue> Get(std::string_view name) const;
  Result<VariableValue> Get(VariableScope scope, std::string_view name) const;

  /// Converts (`'1'`, 1, true, ON for booleans; digits for integers) and checks. NULL is taken by text variables.
  ///
  /// Errors: kNotFound/UnknownSystemVariable; kInvalidArgument/ReadOnlyVariable, /VariableIsGlobalOnly,
  /// /VariableIsSessionOnly, /WrongVariableType, /WrongVariableValue.
  Status Set(VariableScope scope, std::string_view name, const VariableValue& value);
  Status SetDefault(VariableScope scope, std::string_view name);

  /// COM_RESET_CONNECTION and COM_CHANGE_USER: the global values again.
  void Reset();

  /// Sorted by name, aliases included; LIKE and WHERE are the caller's.
  std::vector<VariableRow> Show(VariableScope scope) const;

  // Shorthands for what the engine itself reads. The values are always there and of the right kind.
  bool GetBool(std::string_view name) const;
  std::int64_t GetInt(std::string_view name) const;
  std::string GetText(std::string_view name) const;

 private:
  GlobalVariables& globals_;
  std::map<std::string, VariableValue, std::less<>> values_;
};

}  // namespace firn::session
