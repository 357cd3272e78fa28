#pragma once

#include <string_view>

namespace firn::session {

/// SQL's LIKE with `\` as escape, ASCII case folded (as MySQL's SHOW and its account hosts). Cost:
/// linear for one `%`, at most product of lengths.
bool MatchesLike(std::string_view text, std::string_view pattern);

}  // namespace firn::session
