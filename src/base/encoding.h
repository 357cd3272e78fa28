#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Bytes as text: hex, base64, percent encoding.

namespace firn {

std::span<const std::byte> AsBytes(std::string_view text);
std::string_view AsText(std::span<const std::byte> bytes);

/// Lower case.
std::string HexEncode(std::span<const std::byte> bytes);
/// Takes both cases. Errors: kInvalidArgument.
Result<std::string> HexDecode(std::string_view hex);

/// Standard alphabet, padded (RFC 4648 4).
std::string Base64Encode(std::span<const std::byte> bytes);
/// Errors: kInvalidArgument.
Result<std::string> Base64Decode(std::string_view text);

/// Keeps `A-Za-z0-9-_.~` and, if asked, `/`; all else becomes %XX in upper case (SigV4's UriEncode).
std::string PercentEncode(std::string_view text, bool keep_slash = false);
/// `+` stays `+`. Errors: kInvalidArgument on a broken escape.
Result<std::string> PercentDecode(std::string_view text);

/// ASCII only.
std::string ToLowerAscii(std::string_view text);
std::string ToUpperAscii(std::string_view text);
bool EqualsIgnoreCaseAscii(std::string_view a, std::string_view b);
/// True if `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool IsValidUtf8(std::string_view text);
/// Of `text` split at each `separator`; "a,,b" has three parts and "" has one.
std::vector<std::string_view> Split(std::string_view text, char separator);

/// The candidate nearest to `word` by Damerau-Levenshtein distance, case folded; empty when none is near enough to be
/// meant (distance over a third of its length, at least 1).
std::string NearestWord(std::string_view word, std::span<const std::string> candidates);

}  // namespace firn
