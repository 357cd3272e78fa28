#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/sql_client.h"

/// Answers for programs: CSV, JSON, Markdown. (For people: answer_text.h.) NULL is told from the
/// text NULL in all but Markdown.

namespace firn::app {

/// `table`, `vertical`, `batch`, `csv`, `json`, `markdown`.
std::optional<AnswerFormat> AnswerFormatNamed(std::string_view name);

/// RFC 4180 with `\n`: a heading, texts in double quotes where they need them and whenever they are
/// empty; NULL is nothing. Empty without columns, as all of these.
std::string FormatCsv(const SqlAnswer& answer);
/// One array of objects, a row a line. Whole numbers, FLOAT and DOUBLE are numbers; DECIMAL is
/// text, which loses no digit; so is the rest. Bytes that are no UTF-8 become U+FFFD.
std::string FormatJson(const SqlAnswer& answer);
/// A table as GitHub's Markdown has it; `|` is escaped, a line's end is `<br>`.
std::string FormatMarkdown(const SqlAnswer& answer);

}  // namespace firn::app
