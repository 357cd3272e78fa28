#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Values of result rows, appended to a message being built. No function here allocates but to grow `out`.
///
/// Text forms are length-encoded strings, as StarRocks prints them; binary forms are those of prepared statements.

namespace firn::mysql {

__extension__ typedef __int128 Int128;

// Text protocol.
void AppendTextNull(std::string& out);
void AppendTextBool(std::string& out, bool value);
void AppendTextInt(std::string& out, std::int64_t value);
void AppendTextLargeInt(std::string& out, Int128 value);
/// Shortest text that reads back the same; a whole value has no `.0`. Below 1e-5 and from 1e16 on as MySQL writes it:
/// `1e-7`, `1.5e20`. Not-a-number and infinities are `nan`, `inf`, `-inf`.
void AppendTextFloat(std::string& out, float value);
void AppendTextDouble(std::string& out, double value);
/// Always `scale` digits after the point. REQUIRES: 0 <= scale <= 38.
void AppendTextDecimal(std::string& out, Int128 unscaled, int scale);
/// `2024-01-01`; years outside 0000 to 9999 print with their sign and digits.
void AppendTextDate(std::string& out, std::int32_t days_since_epoch);
/// `2024-01-01 10:00:00`, with six more digits when there are microseconds.
void AppendTextDateTime(std::string& out, std::int64_t micros_since_epoch);
/// `HH:MM:SS`, hours past 99 as they are, negative with a sign.
void AppendTextTime(std::string& out, std::int64_t micros);

// Binary protocol; NULLs are in the row's bitmap. Everything not here is a length-encoded string of the text form.
void AppendBinaryFloat(std::string& out, float value);
void AppendBinaryDouble(std::string& out, double value);
void AppendBinaryDate(std::string& out, std::int32_t days_since_epoch);
void AppendBinaryDateTime(std::string& out, std::int64_t micros_since_epoch);
void AppendBinaryTime(std::string& out, std::int64_t micros);

}  // namespace firn::mysql
