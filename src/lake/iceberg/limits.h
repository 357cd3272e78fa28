#pragma once

#include <cstddef>
#include <cstdint>

/// What bounds this room's memory and recursion.

namespace firn::iceberg {

/// Structs in lists in maps; tables of the wild stay under ten, and a level costs one stack frame.
inline constexpr int kTypeDepthMax = 64;
/// Nested fields of one schema, all levels. 100 times the widest table met.
inline constexpr std::size_t kSchemaFieldsMax = 100'000;
/// A predicate's depth; one stack frame a level.
inline constexpr int kPredicateDepthMax = 200;
/// Literals of one IN that are looked at; a longer list prunes nothing.
inline constexpr std::size_t kInLiteralsMax = 1'000;

/// Metadata JSON after inflating. A table of 10,000 snapshots has about 10 MB.
inline constexpr std::size_t kMetadataBytesMax = 256UL << 20;

/// One manifest or manifest list as stored. Writers aim at 8 MB.
inline constexpr std::size_t kManifestBytesMax = 256UL << 20;
/// One Avro block after decompression, and all blocks of one file together.
inline constexpr std::size_t kAvroBlockBytesMax = 256UL << 20;
inline constexpr std::size_t kAvroFileBytesMax = 1UL << 30;
/// Metadata of one Avro file (schema and partition spec stand in it).
inline constexpr std::size_t kAvroHeaderBytesMax = 16UL << 20;
/// Depth of an Avro schema: twice that of a type, since unions nest too.
inline constexpr int kAvroDepthMax = 64;
/// Named types and fields of one Avro schema.
inline constexpr std::size_t kAvroNodesMax = 200'000;
/// Schemas kept parsed, and the longest text of one: 64 · 256 KiB · about 4 make 64 MiB at the
/// worst; those of real tables take under 20 KiB.
inline constexpr std::size_t kAvroSchemasMax = 64;
inline constexpr std::size_t kAvroSharedSchemaBytesMax = 256UL << 10;
/// Entries of one manifest or list. An entry takes about 1 KB in memory.
inline constexpr std::size_t kManifestEntriesMax = 4'000'000;

/// Manifests are merged up to this size, and the newest ones not before there are so many of them
/// (Iceberg's own defaults; the properties `commit.manifest.*` say otherwise).
inline constexpr std::int64_t kManifestTargetBytes = 8L << 20;
inline constexpr std::int64_t kManifestMergeCountMin = 100;
/// Partitions of removed files that manifests' summaries are compared with; with more of them every
/// manifest of the spec is read.
inline constexpr std::size_t kRemovedPartitionsLookedAtMax = 200;

/// What a ManifestCache holds unless told otherwise: the manifests of a table of about 400,000
/// files of ten columns, at 600 bytes a file.
inline constexpr std::size_t kManifestCacheBytesDefault = 256UL << 20;
/// Manifests one scan asks the store for at once, and those whose bytes wait for a thread to decode
/// them: at 8 MB each, as writers aim at, 1.5 GB at the worst; manifests of 100 files make 4 MB.
inline constexpr std::size_t kManifestsInFlightMax = 64;
inline constexpr std::size_t kManifestsQueuedMax = 128;

/// Files of one scan: about 1 KB a task in memory.
inline constexpr std::size_t kScanFilesMax = 4'000'000;

}  // namespace firn::iceberg
