#include "wire/sigv4/chunked_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "wire/sigv4/canonical_request_internal.h"
#include "wire/sigv4/limits.h"

namespace firn::sigv4 {
namespace {

constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

Unexpected BadFraming(std::string message) {
  return InvalidArgument("InvalidRequest", std::move(message));
}

Unexpected BadTrailer(std::string message) {
  return InvalidArgument("MalformedTrailerError", std::move(message));
}

Unexpected Incomplete(std::string message) {
  return InvalidArgument("IncompleteBody", std::move(message));
}

/// The trailer names that x-amz-trailer announced, lower case.
std::vector<std::string> AnnouncedTrailers(const http::Headers& headers) {
  std::vector<std::string> names;
  for (const std::string_view value : headers.FindAll("x-amz-trailer")) {
    for (const std::string_view name : Split(value, ',')) {
      const std::string trimmed = CanonicalValue(name);
      if (!trimmed.empty()) names.push_back(ToLowerAscii(trimmed));
    }
  }
  return names;
}

}  // namespace

Result<PayloadForm> ParsePayloadForm(std::string_view text) {
  if (text == kUnsignedPayload) return PayloadForm::kUnsigned;
  if (text == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return PayloadForm::kSignedChunks;
  if (text == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") return PayloadForm::kSignedChunksTrailer;
  if (text == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return PayloadForm::kUnsignedChunksTrailer;
  if (text.starts_with("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")) {
    return Unsupported("SigV4aUnsupported",
                       "chunks signed with SigV4a are not supported; sign with AWS4-HMAC-SHA256");
  }
  if (text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
    return PayloadForm::kHash;
  }
  return InvalidArgument("InvalidArgument",
                         "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- form, or the "
                         "body's SHA-256 in lower-case hex");
}

struct ChunkedReader::State {
  http::BodyReader& source;
  const PayloadForm form;
  const std::uint64_t decoded_length;
  const std::vector<std::string> announced;
  const std::string amz_date;
  const std::string scope;
  const Secret signing_key;
  std::string previous_signature;

  std::string buffer;             // Taken from the source, not yet used up to `used`.
  std::size_t used = 0;
  std::uint64_t chunk_left = 0;   // Of the current chunk's data.
  bool in_chunk = false;
  std::string chunk_signature;    // Claimed by the current chunk's line.
  std::optional<Hasher> chunk_hash;
  std::uint64_t decoded = 0;
  bool small_chunk_seen = false;  // Only the last may be small.
  http::Headers trailers;
  bool done = false;
  std::optional<Error> failure;

  bool is_signed() const { return form != PayloadForm::kUnsignedChunksTrailer; }
  bool has_trailer() const { return form != PayloadForm::kSignedChunks; }

  Result<bool> Fill();
  Result<std::string> TakeLine(std::size_t bytes_max);
  Status BeginChunk();
  Status ReadChunkLine(std::string_view line);
  Status EndChunk();
  Status CheckChunkSignature();
  Result<std::size_t> TakeData(std::span<char> out);
  Status ReadTrailer();
  Status TakeTrailerField(std::string_view line, std::string& signed_text, std::string& signature);
  Status CheckTrailerSignature(const std::string& signed_text, const std::string& signature);
  Status ReadEnd();
  Result<std::size_t> Read(std::span<char> out);
};

/// False at the source's end.
Result<bool> ChunkedReader::State::Fill() {
  buffer.erase(0, used);
  used = 0;
  const std::size_t held = buffer.size();
  buffer.resize(held + kSourceReadBytes);
  auto count = source.Read(std::span(buffer.data() + held, kSourceReadBytes));
  buffer.resize(held + count.value_or(std::size_t{0}));
  if (!count) return std::move(count).error();
  return *count > 0;
}

/// A line without its CRLF.
Result<std::string> ChunkedReader::State::TakeLine(std::size_t bytes_max) {
  for (;;) {
    const std::size_t end = buffer.find('\n', used);
    const std::size_t size = (end == std::string::npos ? buffer.size() : end) - used;
    if (size > bytes_max) return BadFraming("a line of the aws-chunked body is too long");
    if (end != std::string::npos) {
      std::string line = buffer.substr(used, size);
      used = end + 1;
      if (!line.ends_with('\r')) return BadFraming("a line of the aws-chunked body has no CRLF");
      line.pop_back();
      return line;
    }
    FIRN_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) return Incomplete("the aws-chunked body ends before its last chunk");
  }
}

Status ChunkedReader::State::BeginChunk() {
  FIRN_ASSIGN_OR_RETURN(const std::string line, TakeLine(kChunkLineBytesMax));
  FIRN_TRY(ReadChunkLine(line));
  if (chunk_left > decoded_length - decoded) {
    return Incomplete(fmt::format("the chunks hold more than x-amz-decoded-content-length, {} bytes",
                                  decoded_length));
  }
  if (is_signed() && chunk_left > 0) {
    if (small_chunk_seen) {
      return InvalidArgument("InvalidChunkSizeError",
                             "only the last chunk may be smaller than 8192 bytes");
    }
    small_chunk_seen = chunk_left < kChunkBytesMin;
  }
  in_chunk = true;
  if (is_signed()) chunk_hash.emplace(DigestKind::kSha256);
  return Ok();
}

/// `1f40` or `1f40;chunk-signature=<64 hex>`.
Status ChunkedReader::State::ReadChunkLine(std::string_view line) {
  const std::size_t mark = line.find(';');
  const std::string_view digits = line.substr(0, mark);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), chunk_left, 16);
  if (digits.empty() || digits.size() > 15 || error != std::errc() ||
      end != digits.data() + digits.size()) {
    return BadFraming("a chunk's size is not a hexadecimal number");
  }
  chunk_signature.clear();
  if (!is_signed()) return Ok();
  static constexpr std::string_view kField = "chunk-signature=";
  const std::string_view extension = mark == std::string_view::npos ? "" : line.substr(mark + 1);
  if (!extension.starts_with(kField) || extension.size() != kField.size() + 64) {
    return BadFraming("a chunk has no chunk-signature of 64 hexadecimal digits");
  }
  chunk_signature = std::string(extension.substr(kField.size()));
  return Ok();
}

Status ChunkedReader::State::EndChunk() {
  in_chunk = false;
  if (is_signed()) FIRN_TRY(CheckChunkSignature());
  return Ok();
}

Status ChunkedReader::State::CheckChunkSignature() {
  const std::string text =
      fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}", amz_date, scope, previous_signature,
                  kEmptyPayloadHash, HexEncode(AsBytes(chunk_hash->Finish())));
  chunk_hash.reset();
  const std::string expected = SignatureOf(signing_key, text);
  if (!ConstantTimeEquals(expected, chunk_signature)) {
    return PermissionDenied("SignatureDoesNotMatch", "a chunk's signature does not match its data");
  }
  previous_signature = expected;
  return Ok();
}

/// Some of the current chunk's data. REQUIRES: chunk_left > 0.
Result<std::size_t> ChunkedReader::State::TakeData(std::span<char> out) {
  if (used == buffer.size()) {
    FIRN_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) return Incomplete("the aws-chunked body ends inside a chunk");
  }
  const auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>({out.size(), buffer.size() - used, chunk_left}));
  std::copy_n(buffer.begin() + static_cast<std::ptrdiff_t>(used), count, out.begin());
  if (chunk_hash) chunk_hash->Update(std::string_view(buffer).substr(used, count));
  used += count;
  chunk_left -= count;
  decoded += count;
  if (chunk_left == 0) {
    FIRN_TRY(EndChunk());
    FIRN_ASSIGN_OR_RETURN(const std::string line, TakeLine(2));
    if (!line.empty()) return BadFraming("a chunk is longer than its size says");
  }
  return count;
}

Status ChunkedReader::State::ReadTrailer() {
  std::string signed_text;
  std::string signature;
  std::size_t bytes = 0;
  for (;;) {
    auto line = TakeLine(kTrailerBytesMax);
    if (!line) return BadTrailer("the trailer is cut or too long");
    bytes += line->size() + 2;
    if (bytes > kTrailerBytesMax || trailers.all().size() > kTrailerFieldsMax) {
      return BadTrailer("the trailer is too long");
    }
    if (line->empty()) break;
    FIRN_TRY(TakeTrailerField(*line, signed_text, signature));
  }
  for (const std::string& name : announced) {
    if (!trailers.Has(name)) return BadTrailer(fmt::format("the trailer lacks {}, which x-amz-trailer announced", name));
  }
  if (is_signed()) return CheckTrailerSignature(signed_text, signature);
  return Ok();
}

Status ChunkedReader::State::TakeTrailerField(std::string_view line, std::string& signed_text,
                                              std::string& signature) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !signature.empty()) {
    return BadTrailer("a trailer line is not 'name:value'");
  }
  const std::string name = ToLowerAscii(line.substr(0, colon));
  // Some writers end the value with a stray LF or blanks.
  const std::string value = CanonicalValue(line.substr(colon + 1));
  if (name == kTrailerSignature) {
    if (!is_signed() || value.size() != 64) return BadTrailer("the trailer's signature is out of place");
    signature = value;
    return Ok();
  }
  if (trailers.Has(name) || std::find(announced.begin(), announced.end(), name) == announced.end()) {
    return BadTrailer(fmt::format("the trailer field '{}' was not announced by x-amz-trailer, or is "
                                  "there twice",
                                  name.substr(0, 64)));
  }
  trailers.Add(name, value);
  signed_text += name + ":" + value + "\n";
  return Ok();
}

Status ChunkedReader::State::CheckTrailerSignature(const std::string& signed_text,
                                                   const std::string& signature) {
  const std::string text = fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}", amz_date, scope,
                                       previous_signature, Sha256Hex(signed_text));
  if (!ConstantTimeEquals(SignatureOf(signing_key, text), signature)) {
    return PermissionDenied("SignatureDoesNotMatch", "the trailer's signature does not match it");
  }
  return Ok();
}

/// After the chunk of size 0: the trailer or the closing empty line, and nothing more.
Status ChunkedReader::State::ReadEnd() {
  FIRN_TRY(EndChunk());
  if (decoded != decoded_length) {
    return Incomplete(fmt::format("the chunks hold {} bytes, x-amz-decoded-content-length says {}",
                                  decoded, decoded_length));
  }
  if (has_trailer()) {
    FIRN_TRY(ReadTrailer());
  } else {
    FIRN_ASSIGN_OR_RETURN(const std::string line, TakeLine(2));
    if (!line.empty()) return BadFraming("data follows the last chunk");
  }
  FIRN_ASSIGN_OR_RETURN(const bool more, used < buffer.size() ? Result<bool>(true) : Fill());
  if (more) return BadFraming("data follows the end of the aws-chunked body");
  return Ok();
}

Result<std::size_t> ChunkedReader::State::Read(std::span<char> out) {
  if (out.empty() || done) return std::size_t{0};
  if (!in_chunk) FIRN_TRY(BeginChunk());
  if (chunk_left > 0) return TakeData(out);
  FIRN_TRY(ReadEnd());
  done = true;
  return std::size_t{0};
}

ChunkedReader::ChunkedReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChunkedReader::~ChunkedReader() = default;

Result<std::unique_ptr<ChunkedReader>> ChunkedReader::Make(http::BodyReader& source, PayloadForm form,
                                                           const Authorization& authorization,
                                                           const http::RequestHead& head,
                                                           const Secret& secret_key) {
  FIRN_CHECK(IsChunked(form));
  const std::string_view text = head.headers.Find("x-amz-decoded-content-length").value_or("");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      length > kDecodedBytesMax) {
    return InvalidArgument("MissingContentLength",
                           "an aws-chunked body needs x-amz-decoded-content-length, a number of bytes");
  }
  return std::unique_ptr<ChunkedReader>(new ChunkedReader(std::unique_ptr<State>(new State{
      source, form, length, AnnouncedTrailers(head.headers), authorization.amz_date,
      authorization.scope.ToString(), SigningKey(secret_key, authorization.scope),
      authorization.signature})));
}

Result<std::size_t> ChunkedReader::Read(std::span<char> buffer) {
  if (state_->failure) return Error(*state_->failure);
  auto count = state_->Read(buffer);
  if (!count) state_->failure = count.error();
  return count;
}

std::uint64_t ChunkedReader::decoded_length() const { return state_->decoded_length; }
const http::Headers& ChunkedReader::trailers() const { return state_->trailers; }

}  // namespace firn::sigv4
