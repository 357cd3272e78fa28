#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/session/privileges.h"

/// rights.json: the book as text and back.

namespace firn::session {

std::string PrintBook(const PrivilegeBook& book);
/// Errors: kInvalidArgument for what is no book.
Result<PrivilegeBook> ParseBook(std::string_view text);

}  // namespace firn::session
