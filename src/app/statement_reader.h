#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Cuts what a user types into statements, as the mysql client does: at `;`, `\g` and `\G` outside of quotes and
/// comments.

namespace firn::app {

struct ReadStatement {
  std::string sql;        ///< Without its end; never only blanks.
  bool vertical = false;  ///< Ended by \G: one column a line.
};

/// Owned by one input.
class StatementReader {
 public:
  /// Adds text; a line's newline included. Errors: kResourceExhausted/StatementTooLong.
  Status Feed(std::string_view text);
  /// The next whole statement.
  std::optional<ReadStatement> Next();
  /// What is left when the input ends: a statement without its `;`.
  std::optional<ReadStatement> Finish();
  /// `\c`: forgets what is not yet a statement.
  void Clear();
  /// True when nothing but blanks waits: the next line begins a statement.
  bool empty() const;
  /// `    -> `, or `    '> ` within a quote, `    /*> ` within a comment.
  std::string_view ContinuationPrompt() const;

 private:
  enum class Place { kPlain, kSingleQuote, kDoubleQuote, kBacktick, kLineComment, kBlockComment };

  std::optional<ReadStatement> Take(std::size_t end, std::size_t skipped, bool vertical);

  std::string buffer_;
  std::size_t position_ = 0;  // Everything before has been looked at.
  Place place_ = Place::kPlain;
};

}  // namespace firn::app
