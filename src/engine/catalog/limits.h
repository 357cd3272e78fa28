#pragma once

#include <chrono>
#include <cstddef>

/// What bounds this room's memory, retries and waits.

namespace firn::catalog {

/// External catalogs of one server. Each holds at most its caches below.
inline constexpr std::size_t kCatalogsMax = 1'000;
/// A catalog's name (StarRocks' bound).
inline constexpr std::size_t kCatalogNameBytesMax = 1'023;
/// Properties of one catalog, and one property's value.
inline constexpr std::size_t kCatalogPropertiesMax = 200;
inline constexpr std::size_t kPropertyValueBytesMax = 64UL << 10;
/// catalogs.json: kCatalogsMax definitions of a few KiB.
inline constexpr std::size_t kCatalogFileBytesMax = 64UL << 20;

/// Tables whose parsed metadata one catalog keeps for 304: about 100 KB each, 100 MB in all at
/// worst.
inline constexpr std::size_t kCachedTablesMax = 1'000;
/// Object stores one catalog keeps for credential scopes nobody uses at the moment.
inline constexpr std::size_t kStoresMax = 64;
/// Tables with a commit queue; those without a waiter are dropped when more are needed.
inline constexpr std::size_t kCommitQueuesMax = 10'000;

/// Pages of one listing, and names in all.
inline constexpr std::size_t kListPagesMax = 10'000;
inline constexpr std::size_t kListedNamesMax = 1'000'000;
/// Depth of a recursive listing of nested namespaces.
inline constexpr std::size_t kNestedNamespaceDepthMax = 16;

/// Sends of one request that is harmless when repeated.
inline constexpr int kRequestAttemptsMax = 5;
/// Sends of one request whose connection could not even be made: a wrong URI must be told soon.
inline constexpr int kConnectAttemptsMax = 2;
/// Waits between sends: full jitter under a bound that doubles from the first to the second.
inline constexpr std::chrono::milliseconds kRetryWaitFirst{50};
inline constexpr std::chrono::milliseconds kRetryWaitMax{2'000};
/// One request, when the statement has no earlier deadline.
inline constexpr std::chrono::milliseconds kRequestTimeout{60'000};

/// Statements that share one snapshot, and their files: a manifest of 10,000 entries is 2 MB, and the
/// summary names a label a statement.
inline constexpr std::size_t kSharedStatementsMax = 1'000;
inline constexpr std::size_t kSharedFilesMax = 10'000;
/// A shared commit, all its retries together.
inline constexpr std::chrono::milliseconds kSharedCommitTimeout{300'000};
/// Manifest lists kept for the next commit to the same table: 64 lists of 1,000 rows of 400 bytes
/// are 26 MB; longer ones are read again.
inline constexpr std::size_t kKnownListingsMax = 64;
inline constexpr std::size_t kKnownListingManifestsMax = 1'000;

/// The journal of writes is written anew without what has ended when it has grown to this: some
/// 20,000 statements.
inline constexpr std::size_t kJournalBytesMax = 16UL << 20;
/// The largest journal that is read: kJournaledWritesMax entries of 10 files and 3 KB each, and what
/// ended since it was written anew.
inline constexpr std::size_t kJournalReadBytesMax = 512UL << 20;
/// Unfinished writes of one server.
inline constexpr std::size_t kJournaledWritesMax = 100'000;
/// Between two looks at what the journal was left with, and how long one may take.
inline constexpr std::chrono::milliseconds kRecoveryInterval{5'000};
inline constexpr std::chrono::milliseconds kRecoveryTimeout{300'000};

/// Commits sent for one append before the conflict is given up.
inline constexpr int kCommitAttemptsMax = 20;
/// One commit waits this long for its answer, whatever the statement's deadline: asking again costs
/// more.
inline constexpr std::chrono::milliseconds kCommitTimeout{60'000};
/// How long an append of unknown outcome looks for its snapshot.
inline constexpr std::chrono::milliseconds kResolveTimeout{60'000};

/// Of a path a server names, in an error.
inline constexpr std::size_t kShownPathBytesMax = 500;

/// Life of credentials that do not say when they expire: AWS' shortest.
inline constexpr std::chrono::seconds kCredentialsLifeAssumed{900};

}  // namespace firn::catalog
