#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/sql_client.h"

/// What Tab offers at the prompt of `firn sql`: names of the server's catalogs, databases, tables
/// and columns, and words of SQL.

namespace firn::app {

/// The last word of `line`, which Tab completes: letters, digits, `_`, `$` and dots; quotes are no
/// part of it.
std::string_view WordBeforeCursor(std::string_view line);

/// Asks the server when it is first asked for names of one kind, and again after Forget. Owned by
/// one prompt.
class NameCompletion {
 public:
  /// `client` must outlive it.
  explicit NameCompletion(SqlClient& client) : client_(client) {}

  /// Whole replacements of `word`, sorted, at most kCompletionsMax. `lake.sales.or` gives tables of
  /// that database, `orders.` columns of that table as well. A server that refuses or fails means
  /// fewer names, never an error.
  std::vector<std::string> Complete(std::string_view word);
  /// After a statement, which may have changed names or the place they are looked up.
  void Forget() { lists_.clear(); }

 private:
  /// The first column of an answer, kept; empty when the server refuses.
  const std::vector<std::string>& List(const std::string& statement);
  void Offer(std::vector<std::string>& out, std::string_view stem, std::string_view prefix,
             const std::vector<std::string>& names) const;

  SqlClient& client_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

}  // namespace firn::app
