#include "app/line_editor.h"

#include <pwd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include <editline/readline.h>

#include "base/encoding.h"

namespace firn::app {
namespace {

constexpr int kHistoryLinesMax = 1000;

bool HoldsASecret(const std::string& statement) {
  const std::string lower = ToLowerAscii(statement);
  constexpr std::array<std::string_view, 4> kWords{"password", "identified", "secret", "credential"};
  return std::ranges::any_of(kWords, [&lower](std::string_view word) {
    return lower.find(word) != std::string::npos;
  });
}

}  // namespace

LineEditor::LineEditor(std::filesystem::path history_file) : history_file_(std::move(history_file)) {
  using_history();
  stifle_history(kHistoryLinesMax);
  // Tab inserts itself: there is no completion, and file names would only mislead.
  rl_bind_key('\t', rl_insert);
  if (!history_file_.empty()) read_history(history_file_.c_str());
}

LineEditor::~LineEditor() {
  if (!history_file_.empty()) write_history(history_file_.c_str());
}

std::optional<std::string> LineEditor::ReadLine(const std::string& prompt) {
  char* line = readline(prompt.c_str());
  if (line == nullptr) return std::nullopt;
  std::string text(line);
  std::free(line);
  return text;
}

void LineEditor::Remember(const std::string& statement) {
  if (statement.empty() || HoldsASecret(statement)) return;
  std::string one_line = statement;
  std::ranges::replace(one_line, '\n', ' ');
  add_history(one_line.c_str());
}

Secret AskPassword(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  termios before{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string password;
  std::getline(std::cin, password);
  if (terminal) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << "\n";
  return Secret(std::move(password));
}

std::filesystem::path DefaultHistoryFile() {
  const passwd* entry = ::getpwuid(::getuid());
  if (entry == nullptr || entry->pw_dir == nullptr) return {};
  return std::filesystem::path(entry->pw_dir) / ".firn_history";
}

}  // namespace firn::app
