#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

/// Lines from a terminal, with editing and history (libedit).

namespace firn::app {

/// One at a time; the terminal is the process's.
class LineEditor {
 public:
  /// History is read from `history_file` and written back at the end; empty: none is kept.
  explicit LineEditor(std::filesystem::path history_file);
  /// Tab asks `complete` for whole replacements of the word before the cursor, which it is given.
  using Complete = std::function<std::vector<std::string>(std::string_view word)>;
  void SetCompletion(Complete complete);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// One line without its newline; nullopt at the end of input or when a signal interrupted.
  std::optional<std::string> ReadLine(const std::string& prompt);
  /// Remembers a statement, unless it seems to hold a password or a secret key.
  void Remember(const std::string& statement);

 private:
  const std::filesystem::path history_file_;
};

/// Asks on the terminal, without echo.
Secret AskPassword(const std::string& prompt);

/// `.firn_history` in the user's home folder; empty when there is none.
std::filesystem::path DefaultHistoryFile();

}  // namespace firn::app
