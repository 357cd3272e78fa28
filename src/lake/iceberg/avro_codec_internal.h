#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// The codecs of Avro blocks. Output is bounded by kAvroBlockBytesMax, whatever the input claims.

namespace firn::iceberg {

/// `codec` is an `avro.codec`: null, deflate, snappy (with its checksum) or zstandard.
/// Errors: kDataCorruption/InvalidAvro; kResourceExhausted/ManifestTooLarge;
/// kUnsupported/AvroCodec.
Result<std::string> DecompressAvroBlock(std::string_view codec, std::string_view bytes);
/// Raw deflate (RFC 1951).
std::string DeflateAvroBlock(std::string_view bytes);

}  // namespace firn::iceberg
