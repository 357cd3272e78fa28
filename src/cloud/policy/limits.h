#pragma once

#include <cstddef>

/// What bounds a policy document and its evaluation.

namespace firn::policy {

/// Characters of any document (botocore iam model, policyDocumentType); IAM's own smaller quotas
/// are cloud/iam's.
inline constexpr std::size_t kDocumentBytesMax = 131'072;
/// JSON nesting: a policy needs 6 (document, Statement list, statement, Condition, operator, key's
/// list).
inline constexpr std::size_t kDepthMax = 32;
/// Statements of one document, over what 131,072 characters of sensible policy hold.
inline constexpr std::size_t kStatementsMax = 4'096;
/// Findings a diagnosis reports before it stops.
inline constexpr std::size_t kFindingsMax = 8;
/// Work of one wildcard match, in steps. `*` patterns need at most pattern x text: 2,048 x 2,048.
inline constexpr std::size_t kTextBytesMax = 8'192;
/// (action, resource) pairs of one request: Glue asks for five; S3's DeleteObjects for one a key, at most 1,000.
inline constexpr std::size_t kNeedsMax = 1'024;

/// Statements named in a denial because a condition of theirs failed.
inline constexpr std::size_t kNearMissesMax = 8;

}  // namespace firn::policy
