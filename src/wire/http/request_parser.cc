#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "wire/http/limits.h"
#include "wire/http/request_parser_internal.h"

namespace firn::http {
namespace {

Unexpected Bad(std::string message) { return InvalidArgument("BadRequest", std::move(message)); }

bool IsTokenByte(char c) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte);
}

bool IsControlByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

std::string_view TrimBlanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Status ParseVersion(std::string_view version, bool& is_1_0) {
  is_1_0 = version == "HTTP/1.0";
  if (is_1_0 || version == "HTTP/1.1") return Ok();
  if (version.starts_with("HTTP/")) {
    return Unsupported("VersionNotSupported", "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  return Bad("the request line does not end with an HTTP version");
}

Status ParseRequestLine(std::string_view line, RequestHead& head, bool& is_1_0) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Bad("the request line is not 'METHOD target HTTP/1.1'");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  FIRN_TRY(ParseVersion(line.substr(last + 1), is_1_0));
  if (!IsToken(method) || method.size() > 32) return Bad("the method is not a token");
  if (target.size() > kTargetBytesMax) {
    return InvalidArgument("TargetTooLong",
                           fmt::format("the request target is over {} bytes", kTargetBytesMax));
  }
  const bool origin_form = target.starts_with('/') || (target == "*" && method == "OPTIONS");
  if (!origin_form) return Bad("the request target must begin with '/'");
  for (const char c : target) {
    if (IsControlByte(c) || c == ' ' || c == '#') {
      return Bad("the request target holds a space, '#' or a control byte");
    }
  }
  head.method = std::string(method);
  head.target = std::string(target);
  return Ok();
}

Status ParseHeaderLine(std::string_view line, Headers& headers) {
  if (line.front() == ' ' || line.front() == '\t') return Bad("a header is folded over two lines");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Bad("a header line is not 'name: value'");
  }
  const std::string_view value = TrimBlanks(line.substr(colon + 1));
  for (const char c : value) {
    if (IsControlByte(c) && c != '\t') return Bad("a header value holds a control byte");
  }
  headers.Add(line.substr(0, colon), value);
  return Ok();
}

/// Fields whose second occurrence another reader could prefer over the first.
Status RefuseDuplicates(const Headers& headers) {
  static constexpr std::array kOnce = {
      "host",       "authorization",        "content-length",       "transfer-encoding",
      "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-decoded-content-length",
      "expect",     "content-type"};
  for (const char* name : kOnce) {
    if (headers.FindAll(name).size() > 1) {
      return Bad(fmt::format("the header '{}' occurs more than once", name));
    }
  }
  return Ok();
}

Status CheckHost(const Headers& headers, bool is_1_0) {
  const auto host = headers.Find("host");
  if (!host) return is_1_0 ? Ok() : Status(Bad("the Host header is missing"));
  for (const char c : *host) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("-._:[]%~").find(c) != std::string_view::npos;
    if (!fine) return Bad("the Host header is not host[:port]");
  }
  return Ok();
}

Status ReadFraming(const Headers& headers, bool is_1_0, ParsedHead& parsed) {
  const auto coding = headers.Find("transfer-encoding");
  const auto length = headers.Find("content-length");
  if (coding && length) return Bad("Transfer-Encoding and Content-Length exclude each other");
  if (coding) {
    if (is_1_0) return Bad("HTTP/1.0 has no Transfer-Encoding");
    if (!EqualsIgnoreCaseAscii(*coding, "chunked")) {
      return Unsupported("TransferCodingNotImplemented",
                         "the only Transfer-Encoding taken here is 'chunked'");
    }
    parsed.framing = BodyFraming::kChunked;
    return Ok();
  }
  if (!length) return Ok();
  const auto [end, error] =
      std::from_chars(length->data(), length->data() + length->size(), parsed.length_bytes);
  const bool digits_only = !length->empty() && length->find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits_only || error != std::errc() || end != length->data() + length->size()) {
    return Bad("Content-Length is not a number");
  }
  parsed.framing = parsed.length_bytes == 0 ? BodyFraming::kNone : BodyFraming::kLength;
  return Ok();
}

Status ReadExpectation(const Headers& headers, bool is_1_0, ParsedHead& parsed) {
  const auto expect = headers.Find("expect");
  if (!expect || is_1_0) return Ok();
  if (!EqualsIgnoreCaseAscii(*expect, "100-continue")) {
    return InvalidArgument("ExpectationFailed", "the only Expect met here is '100-continue'");
  }
  parsed.expects_continue = true;
  return Ok();
}

bool WantsKeepAlive(const Headers& headers, bool is_1_0) {
  bool keep_alive = !is_1_0;
  for (const std::string_view value : headers.FindAll("connection")) {
    for (const std::string_view token : Split(value, ',')) {
      if (EqualsIgnoreCaseAscii(TrimBlanks(token), "close")) return false;
      if (EqualsIgnoreCaseAscii(TrimBlanks(token), "keep-alive")) keep_alive = true;
    }
  }
  return keep_alive;
}

}  // namespace

Result<std::optional<std::size_t>> FindHeadEnd(std::string_view bytes, std::size_t& scanned) {
  for (; scanned < bytes.size(); ++scanned) {
    const char c = bytes[scanned];
    if (scanned == 0 && c == '\x16') return Bad("this port speaks HTTP without TLS: use http://");
    if (IsControlByte(c) && c != '\t' && c != '\r' && c != '\n') {
      return Bad("the head holds a control byte");
    }
    if (scanned > 0 && bytes[scanned - 1] == '\r' && c != '\n') return Bad("the head holds a bare CR");
    if (c != '\n') continue;
    if (scanned == 0 || bytes[scanned - 1] != '\r') return Bad("a line of the head ends with a bare LF");
    if (scanned >= 3 && bytes[scanned - 2] == '\n') {
      return std::optional<std::size_t>(++scanned);
    }
  }
  return std::optional<std::size_t>();
}

Result<ParsedHead> ParseHead(std::string_view bytes) {
  ParsedHead parsed;
  bool is_1_0 = false;
  bool first = true;
  for (;;) {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos) return Bad("the head is not whole");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (first) {
      FIRN_TRY(ParseRequestLine(line, parsed.head, is_1_0));
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (parsed.head.headers.all().size() >= kHeaderCountMax) {
      return ResourceExhausted("HeadersTooLarge",
                               fmt::format("the request has over {} headers", kHeaderCountMax));
    }
    FIRN_TRY(ParseHeaderLine(line, parsed.head.headers));
  }
  const Headers& headers = parsed.head.headers;
  FIRN_TRY(RefuseDuplicates(headers));
  FIRN_TRY(CheckHost(headers, is_1_0));
  FIRN_TRY(ReadFraming(headers, is_1_0, parsed));
  FIRN_TRY(ReadExpectation(headers, is_1_0, parsed));
  parsed.keep_alive = WantsKeepAlive(headers, is_1_0);
  return parsed;
}

int RefusalStatus(const Error& error) {
  const std::string& reason = error.reason();
  if (reason == "TargetTooLong") return 414;
  if (reason == "ExpectationFailed") return 417;
  if (reason == "HeadersTooLarge") return 431;
  if (reason == "TransferCodingNotImplemented") return 501;
  if (reason == "VersionNotSupported") return 505;
  return 400;
}

BodyDecoder::BodyDecoder(BodyFraming framing, std::uint64_t length_bytes)
    : chunked_(framing == BodyFraming::kChunked),
      state_(framing == BodyFraming::kNone      ? State::kDone
             : framing == BodyFraming::kChunked ? State::kSizeLine
                                                : State::kLength),
      remaining_(framing == BodyFraming::kLength ? length_bytes : 0) {
  if (state_ == State::kLength && remaining_ == 0) state_ = State::kDone;
}

Result<std::size_t> BodyDecoder::Decode(std::string_view in, std::size_t out_max, std::string& out) {
  std::size_t used = 0;
  while (used < in.size() && state_ != State::kDone) {
    if (state_ == State::kLength || state_ == State::kData) {
      const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(
          {remaining_, in.size() - used, out_max}));
      if (count == 0) return used;
      out.append(in.substr(used, count));
      used += count;
      out_max -= count;
      remaining_ -= count;
      if (remaining_ == 0) state_ = chunked_ ? State::kDataEnd : State::kDone;
      continue;
    }
    const char c = in[used++];
    if (c != '\n') {
      line_.push_back(c);
      if (line_.size() > kChunkLineBytesMax) {
        return InvalidArgument("InvalidBody", "a chunk line of the body is too long");
      }
      continue;
    }
    if (line_.empty() || line_.back() != '\r') {
      return InvalidArgument("InvalidBody", "a chunk line of the body ends with a bare LF");
    }
    line_.pop_back();
    FIRN_TRY(TakeLine());
    line_.clear();
  }
  return used;
}

Status BodyDecoder::TakeLine() {
  if (state_ == State::kDataEnd) {
    if (!line_.empty()) return InvalidArgument("InvalidBody", "a chunk is longer than its size says");
    state_ = State::kSizeLine;
    return Ok();
  }
  if (state_ == State::kTrailer) {
    trailer_bytes_ += line_.size() + 2;
    if (trailer_bytes_ > kTrailerBytesMax) {
      return InvalidArgument("InvalidBody", "the trailer of the body is too long");
    }
    if (line_.empty()) state_ = State::kDone;
    return Ok();
  }
  // Extensions after ';' are allowed and mean nothing to us.
  const std::string_view digits = TrimBlanks(std::string_view(line_).substr(0, line_.find(';')));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || digits.size() > 15 || error != std::errc() ||
      end != digits.data() + digits.size()) {
    return InvalidArgument("InvalidBody", "a chunk size of the body is not a hexadecimal number");
  }
  remaining_ = size;
  state_ = size == 0 ? State::kTrailer : State::kData;
  return Ok();
}

}  // namespace firn::http
