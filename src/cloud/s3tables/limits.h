#pragma once

#include <cstddef>

/// What bounds table buckets and their documents; S3 Tables' own figures where it has them.

namespace firn::s3tables {

inline constexpr std::size_t kNameBytesMax = 255;
/// Entries of one page of a list (botocore model: 1..1000).
inline constexpr std::size_t kPageEntriesMax = 1000;
/// Table metadata as JSON: Glue refuses over 20 MB.
inline constexpr std::size_t kMetadataBytesMax = 20UL << 20;
/// A resource policy (botocore model).
inline constexpr std::size_t kPolicyBytesMax = 20'480;
inline constexpr std::size_t kTagsMax = 50;
/// AWS's quotas of namespaces and tables a bucket. Its 10 table buckets an account and region can be raised on request,
/// which a local account has nobody to ask for: the default here is what AWS raises it to at most.
inline constexpr std::size_t kTableBucketsMaxDefault = 10'000;
inline constexpr std::size_t kNamespacesMaxDefault = 10'000;
inline constexpr std::size_t kTablesMaxDefault = 10'000;
/// Buckets that a replication rule copies to (botocore model).
inline constexpr std::size_t kReplicationDestinationsMax = 5;
/// The ARN of a KMS key (botocore model).
inline constexpr std::size_t kKmsKeyArnBytesMax = 2048;
/// Log object keys begin with at most this (botocore model).
inline constexpr std::size_t kLogPrefixBytesMax = 1024;
/// How often a commit whose requirements still hold is tried again after losing a race. Each try loses only to another
/// commit that won.
inline constexpr int kCommitTriesMax = 8;
/// Tables whose metadata is kept decoded; a table of 1,000 snapshots takes about 1 MiB.
inline constexpr std::size_t kMetadataCacheEntriesMax = 64;

/// Tables of one turn of maintenance; the others wait for the next.
inline constexpr std::size_t kMaintenanceTablesMax = 10'000;
/// Why a job failed, as GetTableMaintenanceJobStatus tells it.
inline constexpr std::size_t kJobMessageBytesMax = 1'000;
/// Old objects of one table that are looked at for what refers to them, some 100 bytes each; a table
/// of more fails its job.
inline constexpr std::size_t kTableObjectsMax = 2'000'000;
/// Unreferenced files of one table that wait for their grace to end; the others wait for a later
/// turn to be marked. The document has some 100 bytes a mark.
inline constexpr std::size_t kUnreferencedMarksMax = 100'000;

}  // namespace firn::s3tables
