#include "app/line_editor.h"

#include <editline/readline.h>
#include <pwd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

#include "base/encoding.h"

namespace firn::app {
namespace {

constexpr int kHistoryLinesMax = 1000;

bool HoldsASecret(const std::string& statement) {
  const std::string lower = ToLowerAscii(statement);
  constexpr std::array<std::string_view, 4> kWords{"password", "identified", "secret",
                                                   "credential"};
  return std::ranges::any_of(
      kWords, [&lower](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// libedit calls back without a place for ours; there is one editor a process.
LineEditor::Complete completion;
char word_breaks[] = " \t\n\"\\'`@><=;|&{(),+-*/%!";

char** OfferCompletions(const char* word, int /*start*/, int /*end*/) {
  // Not the names of files when there is nothing to offer.
  rl_attempted_completion_over = 1;
  if (!completion) return nullptr;
  const std::vector<std::string> offers = completion(word);
  if (offers.empty()) return nullptr;
  // By readline's custom: first what all have in common, then each; the library frees them.
  std::string common = offers[0];
  for (const std::string& offer : offers) {
    std::size_t same = 0;
    while (same < std::min(common.size(), offer.size()) && common[same] == offer[same]) ++same;
    common.resize(same);
  }
  if (common.size() < std::strlen(word)) common = word;  // Names that differ in case alone.
  char** list = static_cast<char**>(std::calloc(offers.size() + 2, sizeof(char*)));
  if (list == nullptr) return nullptr;
  list[0] = ::strdup(common.c_str());
  for (std::size_t i = 0; i < offers.size() && offers.size() > 1; ++i)
    list[i + 1] = ::strdup(offers[i].c_str());
  return list;
}

}  // namespace

LineEditor::LineEditor(std::filesystem::path history_file)
    : history_file_(std::move(history_file)) {
  using_history();
  stifle_history(kHistoryLinesMax);
  if (!history_file_.empty()) read_history(history_file_.c_str());
}

void LineEditor::SetCompletion(Complete complete) {
  completion = std::move(complete);
  rl_completer_word_break_characters = word_breaks;
  rl_completion_append_character = '\0';
  // Tab is bound to completion as libedit comes; rl_bind_key knows rl_insert alone.
  rl_attempted_completion_function = OfferCompletions;
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
