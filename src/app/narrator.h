#pragma once

#include <cstdio>
#include <string>
#include <string_view>

/// How the tour talks: chapters, commands as a user types them, what comes back, and whether it came out as said.

namespace firn::app {

/// Prints to standard output and counts what did not come out as said. Owned by one thread.
class Narrator {
 public:
  explicit Narrator(bool colour) : colour_(colour) {}

  void Chapter(std::string_view title);
  /// A sentence for the reader.
  void Say(std::string_view text);
  /// A command or statement, with the prompt it is typed at.
  void Command(std::string_view prompt, std::string_view text);
  void Output(std::string_view text);
  /// Notes whether a step came out as said; returns `held`.
  bool Expect(bool held, std::string_view what);

  int held_count() const { return held_count_; }
  int broken_count() const { return broken_count_; }

 private:
  std::string Paint(std::string_view text, std::string_view code) const;

  const bool colour_;
  int chapter_ = 0;
  int held_count_ = 0;
  int broken_count_ = 0;
};

}  // namespace firn::app
