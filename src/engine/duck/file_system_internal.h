#pragma once

#include <string>

#include "engine/duck/duckdb_internal.h"

/// Object stores as a DuckDB file system.

namespace firn::duck {

struct ReadPlan;

/// Where COPY writes; the file system turns the path into an object's URL (WriteSession).
inline constexpr const char* kWritePrefix = "firn://";
/// The helper column whose value, a partition's number, stands in the path.
inline constexpr const char* kPartitionColumn = "__firn_partition";
/// Keys of OpenFileInfo's options.
inline constexpr const char* kStoreOption = "firn_store";
inline constexpr const char* kFileSizeOption = "file_size";
inline constexpr const char* kScanOption = "firn_scan";

/// An object as DuckDB opens it: the size comes from the manifest, so that no HEAD is needed.
/// Handles of one statement with one `scan_number` share what they fetch.
duckdb::OpenFileInfo MakeOpenFileInfo(const std::string& url, std::uint64_t size_bytes,
                                      std::uint64_t store_index, std::uint64_t scan_number);

duckdb::unique_ptr<duckdb::FileSystem> MakeObjectFileSystem();

/// Tells an open object of ours which ranges a scan will read. Another's handle is left alone.
void PlanReads(duckdb::FileHandle& handle, ReadPlan plan);

}  // namespace firn::duck
