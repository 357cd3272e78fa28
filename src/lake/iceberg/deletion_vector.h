#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Deletion vectors and the Puffin files that hold them (Puffin spec, "deletion-vector-v1"; spec,
/// "Deletion Vectors"). Pure functions; thread-safe.

namespace firn::iceberg {

/// Positions of deleted rows in one data file, ascending, none twice.
using RowPositions = std::vector<std::int64_t>;

/// Errors: kDataCorruption/InvalidDeletionVector (length, magic, checksum, bitmap);
/// kResourceExhausted/TooManyDeletes above `positions_max`.
Result<RowPositions> DecodeDeletionVector(std::string_view blob, std::size_t positions_max);

/// REQUIRES: positions ascend and are not negative.
std::string EncodeDeletionVector(std::span<const std::int64_t> positions);

/// One deletion vector in a Puffin file in the making.
struct VectorBlob {
  std::string data_file_path;
  RowPositions positions;
};

/// Where a blob stands in its file.
struct BlobPlace {
  std::int64_t offset_bytes = 0;
  std::int64_t length_bytes = 0;
};

struct PuffinFile {
  std::string bytes;
  std::vector<BlobPlace> places;  ///< In the order of the blobs.
};

/// A Puffin file of deletion vectors, uncompressed as the spec wants them.
PuffinFile EncodeVectorFile(std::span<const VectorBlob> blobs, std::string_view created_by);

}  // namespace firn::iceberg
