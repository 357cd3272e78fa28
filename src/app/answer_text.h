#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "app/sql_client.h"

/// Answers as the mysql command line client prints them.

namespace firn::app {

/// Terminal cells that UTF-8 `text` takes: wide East Asian characters two, combining marks none, a broken byte one.
std::size_t CellCount(std::string_view text);

/// The box: a heading, one line a row; numbers to the right. Empty without columns.
std::string FormatBox(const SqlAnswer& answer);
/// `\G`: one line a column.
std::string FormatVertical(const SqlAnswer& answer);
/// `4 rows in set`, `Empty set`, `Query OK, 1 row affected`, `Database changed`; warnings and info after it.
std::string FormatFooter(const SqlAnswer& answer);

}  // namespace firn::app
