#include "app/narrator.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace firn::app {

std::string Narrator::Paint(std::string_view text, std::string_view code) const {
  return colour_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

void Narrator::Chapter(std::string_view title) {
  fmt::print("\n{}\n\n", Paint(fmt::format("{}. {}", ++chapter_, title), "1;36"));
}

void Narrator::Say(std::string_view text) { fmt::print("  {}\n", text); }

void Narrator::Command(std::string_view prompt, std::string_view text) {
  bool first = true;
  for (const std::string_view line : Split(text, '\n')) {
    const std::string shown = first ? std::string(prompt) : "    -> ";
    fmt::print("  {}{}\n", Paint(shown, "2"), Paint(line, "1"));
    first = false;
  }
}

void Narrator::Output(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : Split(text, '\n')) fmt::print("  {}\n", line);
}

bool Narrator::Expect(bool held, std::string_view what) {
  fmt::print("  {} {}\n\n", held ? Paint("ok", "32") : Paint("NOT AS SAID:", "1;31"), what);
  std::fflush(stdout);
  ++(held ? held_count_ : broken_count_);
  return held;
}

}  // namespace firn::app
