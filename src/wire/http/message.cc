#include "wire/http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/encoding.h"

namespace firn::http {

void Headers::Add(std::string_view name, std::string_view value) {
  headers_.push_back({std::string(name), std::string(value)});
}

void Headers::Set(std::string_view name, std::string_view value) {
  // The arguments may point into a field that Remove drops.
  Header header{std::string(name), std::string(value)};
  Remove(header.name);
  headers_.push_back(std::move(header));
}

void Headers::Remove(std::string_view name) {
  std::erase_if(headers_, [name](const Header& header) {
    return EqualsIgnoreCaseAscii(header.name, name);
  });
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const Header& header : headers_) {
    if (EqualsIgnoreCaseAscii(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::FindAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Header& header : headers_) {
    if (EqualsIgnoreCaseAscii(header.name, name)) values.push_back(header.value);
  }
  return values;
}

std::string_view RequestHead::raw_path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view RequestHead::raw_query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view()
                                   : std::string_view(target).substr(mark + 1);
}

std::string_view ReasonPhrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };
  static constexpr Phrase kPhrases[] = {
      {100, "Continue"},           {200, "OK"},
      {201, "Created"},            {202, "Accepted"},
      {204, "No Content"},         {206, "Partial Content"},
      {301, "Moved Permanently"},  {302, "Found"},
      {303, "See Other"},          {304, "Not Modified"},
      {307, "Temporary Redirect"}, {400, "Bad Request"},
      {401, "Unauthorized"},       {403, "Forbidden"},
      {404, "Not Found"},          {405, "Method Not Allowed"},
      {406, "Not Acceptable"},     {408, "Request Timeout"},
      {409, "Conflict"},           {411, "Length Required"},
      {412, "Precondition Failed"}, {413, "Content Too Large"},
      {414, "URI Too Long"},       {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"}, {417, "Expectation Failed"},
      {422, "Unprocessable Content"}, {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
      {501, "Not Implemented"},    {502, "Bad Gateway"},
      {503, "Service Unavailable"}, {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"}, {507, "Insufficient Storage"},
  };
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "";
}

namespace {

std::uint16_t DefaultPort(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

Unexpected BadUrl(std::string_view text, std::string_view why) {
  return InvalidArgument("InvalidUrl",
                         fmt::format("not a usable URL ({}): '{}'", why, text.substr(0, 256)));
}

}  // namespace

std::string Url::HostHeader() const {
  return port == DefaultPort(scheme) ? host : fmt::format("{}:{}", host, port);
}

std::string Url::Target() const { return query.empty() ? path : path + "?" + query; }

std::string Url::ToString() const { return scheme + "://" + HostHeader() + Target(); }

Result<Url> ParseUrl(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return BadUrl("", "it holds a space or a control byte");
  }
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return BadUrl(text, "it has no scheme");
  url.scheme = ToLowerAscii(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return BadUrl(text, "the scheme must be http or https");
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return BadUrl(text, "it has a fragment");
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  rest.remove_prefix(authority_end);
  // A user part may hold a password: it is not repeated.
  if (authority.find('@') != std::string_view::npos) return BadUrl("", "it has a user part");

  url.port = DefaultPort(url.scheme);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t port_mark =
      authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (port_mark != std::string_view::npos) {
    const std::string_view digits = authority.substr(port_mark + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port == 0) {
      return BadUrl(text, "the port is not a number from 1 to 65535");
    }
    authority = authority.substr(0, port_mark);
  }
  if (authority.empty()) return BadUrl(text, "it has no host");
  if ((authority.front() == '[') != (authority.back() == ']')) return BadUrl(text, "its host");
  url.host = std::string(authority);
  const std::size_t query_mark = rest.find('?');
  url.path = std::string(rest.substr(0, query_mark));
  if (url.path.empty()) url.path = "/";
  if (query_mark != std::string_view::npos) url.query = std::string(rest.substr(query_mark + 1));
  return url;
}

Result<std::vector<QueryParameter>> ParseQuery(std::string_view raw_query) {
  std::vector<QueryParameter> parameters;
  if (raw_query.empty()) return parameters;
  for (const std::string_view pair : Split(raw_query, '&')) {
    if (pair.empty()) continue;
    const std::size_t mark = pair.find('=');
    auto name = PercentDecode(pair.substr(0, mark));
    auto value = mark == std::string_view::npos ? Result<std::string>("")
                                                : PercentDecode(pair.substr(mark + 1));
    if (!name || !value) {
      return InvalidArgument("InvalidQuery",
                             fmt::format("the query string has a broken %-escape near '{}'",
                                         pair.substr(0, mark).substr(0, 64)));
    }
    parameters.push_back({std::move(*name), std::move(*value)});
  }
  return parameters;
}

std::optional<std::string_view> FindParameter(const std::vector<QueryParameter>& parameters,
                                              std::string_view name) {
  for (const QueryParameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

}  // namespace firn::http
