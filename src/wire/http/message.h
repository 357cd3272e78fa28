#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

/// HTTP messages as they were on the wire: nothing is decoded, so that a signature can be checked over them.
///
/// Reading order: Header, Headers, RequestHead, Response, then the small parsers of URLs and queries.

namespace firn::http {

struct Header {
  std::string name;   ///< As sent; compared without regard to case.
  std::string value;  ///< Without the spaces around it.

  friend bool operator==(const Header&, const Header&) = default;
};

/// Header fields in the order they came, duplicates kept. Thread-compatible.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> headers) : headers_(headers) {}

  void Add(std::string_view name, std::string_view value);
  /// Replaces all fields of that name by one.
  void Set(std::string_view name, std::string_view value);
  void Remove(std::string_view name);

  /// The first field of that name. The view lives until the next change.
  std::optional<std::string_view> Find(std::string_view name) const;
  std::vector<std::string_view> FindAll(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  const std::vector<Header>& all() const { return headers_; }

 private:
  std::vector<Header> headers_;
};

/// What arrived before the body.
struct RequestHead {
  std::string method;
  std::string target;  ///< Raw path[?query], exactly as sent; begins with '/' (or is "*" for OPTIONS).
  Headers headers;
  std::string remote_address;  ///< IP address without port.
  bool tls = false;

  /// Views into `target`.
  std::string_view raw_path() const;
  std::string_view raw_query() const;  ///< Without the '?'; empty when there is none.
};

/// A body that is made while it is sent. Owned by one answer; one caller at a time.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t length_bytes() const = 0;
  /// The next piece, valid until the next call; never empty before the end. Called on the server's I/O thread, so it may
  /// read a local file but wait for nothing else. After an error the connection is cut: the length is promised already.
  virtual Result<std::string_view> Next() = 0;
};

/// What a handler answers. The server adds Date, Content-Length and Connection. To HEAD it sends the length of `body`
/// and no bytes; a handler may set Content-Length itself for HEAD and 304. 1xx, 204 and 304 never carry a body.
struct Response {
  int status = 200;
  Headers headers;
  std::variant<std::string, std::shared_ptr<BodySource>> body;
};

/// "Not Found" for 404; empty for codes without a registered phrase.
std::string_view ReasonPhrase(int status);

/// An absolute http or https URL in its parts, still encoded.
struct Url {
  std::string scheme;  ///< "http" or "https".
  std::string host;    ///< IPv6 in its brackets.
  std::uint16_t port = 0;  ///< The scheme's own when the URL has none.
  std::string path;    ///< Begins with '/'.
  std::string query;   ///< Without the '?'.

  /// What the Host header says: the port only when it is not the scheme's own.
  std::string HostHeader() const;
  /// Path and, if any, '?' and query.
  std::string Target() const;
  std::string ToString() const;
};

/// Refuses other schemes, user info, fragments, spaces and control bytes. Errors: kInvalidArgument/InvalidUrl.
Result<Url> ParseUrl(std::string_view text);

struct QueryParameter {
  std::string name;
  std::string value;

  friend bool operator==(const QueryParameter&, const QueryParameter&) = default;
};

/// Percent-decodes each name and value; '+' stays '+', `k` is `k=`. Order and duplicates kept.
/// Errors: kInvalidArgument/InvalidQuery.
Result<std::vector<QueryParameter>> ParseQuery(std::string_view raw_query);

/// The first value of that name.
std::optional<std::string_view> FindParameter(const std::vector<QueryParameter>& parameters,
                                              std::string_view name);

}  // namespace firn::http
