#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// GetTables' Expression.

namespace firn::glue {

/// Whether the whole `name` fits one of the alternatives of `pattern`, which `|` separates. `*` and
/// `.*` are any run of characters (AWS SDK for pandas sends `sales*`), `.` any one; a `^` before
/// and a `$` behind change nothing. Case does not count. Pure; time is the product of both lengths
/// at worst.
///
/// Errors: kInvalidArgument/InvalidInputException for other signs of regular expressions and for
/// patterns over kPatternBytesMax.
Result<bool> FitsNamePattern(std::string_view pattern, std::string_view name);

}  // namespace firn::glue
