#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "wire/sigv4/canonical_request_internal.h"

namespace firn::sigv4 {
namespace {

/// Resolves "." and ".." and drops empty segments, over the raw text: "%2E" is not a dot here.
std::string ResolveDots(std::string_view path) {
  std::vector<std::string_view> kept;
  std::string_view last;
  for (const std::string_view segment : Split(path, '/')) {
    last = segment;
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string resolved;
  for (const std::string_view segment : kept) resolved.append("/").append(segment);
  const bool ends_with_slash = last.empty() || last == "." || last == "..";
  if (resolved.empty() || ends_with_slash) resolved += '/';
  return resolved;
}

/// Brings each segment into its one normal encoding. An encoded slash stays encoded, so `a%2Fb` is never `a/b`.
Result<std::string> NormaliseSegments(std::string_view path) {
  std::string canonical;
  bool first = true;
  for (const std::string_view segment : Split(path, '/')) {
    const auto decoded = PercentDecode(segment);
    if (!decoded) return InvalidArgument("InvalidURI", "the path has a broken %-escape");
    if (!first) canonical += '/';
    first = false;
    canonical += PercentEncode(*decoded);
  }
  return canonical;
}

}  // namespace

Result<std::string> CanonicalPath(std::string_view raw_path, PathEncoding encoding) {
  if (!raw_path.starts_with('/')) return InvalidArgument("InvalidURI", "the path must begin with '/'");
  if (encoding == PathEncoding::kOnce) return NormaliseSegments(raw_path);
  return PercentEncode(ResolveDots(raw_path), true);
}

Result<std::string> CanonicalQuery(std::string_view raw_query) {
  FIRN_ASSIGN_OR_RETURN(auto parameters, http::ParseQuery(raw_query));
  std::erase_if(parameters, [](const http::QueryParameter& parameter) {
    return parameter.name == "X-Amz-Signature";
  });
  for (http::QueryParameter& parameter : parameters) {
    parameter.name = PercentEncode(parameter.name);
    parameter.value = PercentEncode(parameter.value);
  }
  std::sort(parameters.begin(), parameters.end(), [](const auto& a, const auto& b) {
    return a.name != b.name ? a.name < b.name : a.value < b.value;
  });
  std::string canonical;
  for (const http::QueryParameter& parameter : parameters) {
    if (!canonical.empty()) canonical += '&';
    canonical += parameter.name + "=" + parameter.value;
  }
  return canonical;
}

std::string CanonicalValue(std::string_view value) {
  std::string canonical;
  bool blank = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      blank = !canonical.empty();
      continue;
    }
    if (blank) canonical += ' ';
    blank = false;
    canonical += c;
  }
  return canonical;
}

Result<std::string> CanonicalRequest(const CanonicalInput& input) {
  FIRN_ASSIGN_OR_RETURN(const std::string path, CanonicalPath(input.raw_path, input.encoding));
  FIRN_ASSIGN_OR_RETURN(const std::string query, CanonicalQuery(input.raw_query));
  std::string text = fmt::format("{}\n{}\n{}\n", input.method, path, query);
  std::string names;
  for (const std::string& name : input.signed_headers) {
    std::string values;
    bool first = true;
    for (const std::string_view value : input.headers.FindAll(name)) {
      if (!first) values += ',';
      first = false;
      values += CanonicalValue(value);
    }
    text += fmt::format("{}:{}\n", name, values);
    if (!names.empty()) names += ';';
    names += name;
  }
  return text + fmt::format("\n{}\n{}", names, input.payload_hash);
}

std::string StringToSign(std::string_view amz_date, const Scope& scope,
                         std::string_view canonical_request) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, amz_date, scope.ToString(),
                     Sha256Hex(canonical_request));
}

Secret SigningKey(const Secret& secret_key, const Scope& scope) {
  const Secret seed(std::string("AWS4").append(secret_key.Reveal()));
  const Secret of_date(HmacSha256(seed.Reveal(), scope.date));
  const Secret of_region(HmacSha256(of_date.Reveal(), scope.region));
  const Secret of_service(HmacSha256(of_region.Reveal(), scope.service));
  return Secret(HmacSha256(of_service.Reveal(), "aws4_request"));
}

std::string SignatureOf(const Secret& signing_key, std::string_view string_to_sign) {
  return HexEncode(AsBytes(HmacSha256(signing_key.Reveal(), string_to_sign)));
}

}  // namespace firn::sigv4
