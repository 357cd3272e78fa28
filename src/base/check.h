#pragma once

#include <source_location>
#include <string_view>

/// The first of the three tiers of failure: a bug in Firn itself.

namespace firn {

/// Prints the broken condition with its place and ends the process. Never for what a client or a file can cause.
[[noreturn]] void CheckFailed(std::string_view condition, std::string_view detail,
                              const std::source_location& place);

}  // namespace firn

/// States what must hold, positively. Always on, in release too.
#define FIRN_CHECK(condition)                                                                  \
  do {                                                                                         \
    if (!(condition)) [[unlikely]] {                                                           \
      ::firn::CheckFailed(#condition, "", std::source_location::current());                    \
    }                                                                                          \
  } while (false)

/// FIRN_CHECK with the values that broke it.
#define FIRN_CHECK_MSG(condition, detail)                                                      \
  do {                                                                                         \
    if (!(condition)) [[unlikely]] {                                                           \
      ::firn::CheckFailed(#condition, detail, std::source_location::current());                \
    }                                                                                          \
  } while (false)
