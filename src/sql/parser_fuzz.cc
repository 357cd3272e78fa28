#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "sql/redact.h"

/// Any bytes: the parser must answer, and what it prints must parse and print the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const firn::sql::ParseOptions options{.pipes_as_concat = size % 2 == 0};
  const firn::sql::PrintOptions print_options{.pipes_as_concat = options.pipes_as_concat};
  (void)firn::sql::RedactSecrets(text);
  const auto parsed = firn::sql::Parse(text, options);
  if (!parsed) return 0;
  for (const auto& statement : *parsed) {
    const std::string printed = firn::sql::Print(*statement.statement, print_options);
    const auto again = firn::sql::ParseOne(printed, options);
    if (!again) {
      // What was just under a limit may print to what is just over it.
      FIRN_CHECK_MSG(again.error().reason() != "SyntaxError",
                     printed + "\n" + again.error().message());
      continue;
    }
    FIRN_CHECK_MSG(firn::sql::Print(*again->statement, print_options) == printed, printed);
  }
  return 0;
}
