#include "cloud/ledger/ledger.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "base/result_testing.h"
#include "base/thread_pool.h"
#include "cloud/ledger/limits.h"
#include "cloud/ledger/seal.h"

namespace firn::ledger {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::ElementsAre;

/// A folder of its own, removed afterwards.
class LedgerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firn_ledger_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "ledger.sqlite"; }
  std::filesystem::path folder_;
};

constexpr std::array<std::string_view, 1> kFirst = {
    "CREATE TABLE things(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, bytes BLOB) "
    "STRICT;"};
constexpr std::array<std::string_view, 2> kSecond = {
    kFirst[0],
    "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7; CREATE INDEX things_by_size ON "
    "things(size);"};
constexpr std::array<std::string_view, 2> kBroken = {
    kFirst[0], "CREATE TABLE more(x INTEGER); SELECT nothing FROM nowhere;"};

Result<std::unique_ptr<Ledger>> OpenThings(const std::filesystem::path& path,
                                           std::span<const std::string_view> steps = kFirst) {
  const std::array sets = {MigrationSet{"things", steps}};
  return Ledger::Open(path, sets);
}

Status Insert(Transaction& transaction, std::int64_t id, std::string_view name) {
  const auto changed = transaction.Execute("INSERT INTO things(id, name) VALUES(?, ?)", id, name);
  if (!changed) return Unexpected{changed.error()};
  return Ok();
}

Result<std::int64_t> Count(Ledger& ledger) {
  return ledger.Read([](Transaction& transaction) {
    return transaction.QueryInt64("SELECT count(*) FROM things");
  });
}

TEST_F(LedgerTest, BindsAndReadsEveryType) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  const std::string bytes("\0\x01\xff", 3);
  ASSERT_THAT(ledger->Write([&](Transaction& transaction) {
    return transaction.Execute(
        "INSERT INTO things VALUES(?, ?, ?, ?), (?, ?, ?, ?)", 1, "a", std::optional<std::string>(),
        Blob{bytes}, WallTime(std::chrono::microseconds(9)), std::string("b\0c", 3), "", nullptr);
  }),
              HasValue());
  struct Thing {
    std::int64_t id;
    std::string name;
    std::optional<std::string> note;
    std::string bytes;
    WallTime time;
  };
  ASSERT_OK_AND_ASSIGN(const auto things, ledger->Read([](Transaction& transaction) {
    return transaction.QueryAll("SELECT id, name, note, bytes FROM things ORDER BY id",
                                [](const Row& row) {
                                  return Thing{row.Int64(0), row.Text(1), row.OptionalText(2),
                                               row.BlobBytes(3), row.Time(0)};
                                });
  }));
  ASSERT_EQ(things.size(), 2U);
  EXPECT_EQ(things[0].name, "a");
  EXPECT_EQ(things[0].note, std::nullopt);
  EXPECT_EQ(things[0].bytes, bytes);
  EXPECT_EQ(things[1].id, 9);
  EXPECT_EQ(things[1].name, std::string("b\0c", 3));
  EXPECT_EQ(things[1].note, "");
  EXPECT_EQ(things[1].time, WallTime(std::chrono::microseconds(9)));
}

TEST_F(LedgerTest, RollsBackWhatFailed) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  const Status failed = ledger->Write([](Transaction& transaction) -> Status {
    FIRN_TRY(Insert(transaction, 1, "a"));
    return NotFound("NoSuchThing", "no");
  });
  EXPECT_THAT(failed, IsError(ErrorCode::kNotFound, "NoSuchThing"));
  const Status twice = ledger->Write([](Transaction& transaction) -> Status {
    FIRN_TRY(Insert(transaction, 1, "a"));
    return Insert(transaction, 2, "a");
  });
  EXPECT_THAT(twice, IsError(ErrorCode::kConflict, "LedgerConstraint"));
  EXPECT_EQ(*Count(*ledger), 0);
  EXPECT_THAT(ledger->Write([](Transaction& transaction) { return Insert(transaction, 1, "a"); }),
              HasValue());
  EXPECT_EQ(*Count(*ledger), 1);
}

TEST_F(LedgerTest, RefusesWritesInReadsAndBrokenStatements) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  EXPECT_FALSE(ledger->Read([](Transaction& transaction) { return Insert(transaction, 1, "a"); }));
  EXPECT_THAT(ledger->Read([](Transaction& transaction) {
    return transaction.QueryInt64("SELECT nothing FROM things");
  }),
              IsError(ErrorCode::kInternal, "LedgerStatement"));
  EXPECT_THAT(ledger->Read([](Transaction& transaction) {
    return transaction.QueryInt64("SELECT count(*) FROM things WHERE id = ?");
  }),
              IsError(ErrorCode::kInternal, "LedgerStatement"));
  EXPECT_EQ(*Count(*ledger), 0);
}

TEST_F(LedgerTest, AReaderSeesOneSnapshot) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  const Status looked = ledger->Read([&](Transaction& transaction) -> Status {
    EXPECT_EQ(*transaction.QueryInt64("SELECT count(*) FROM things"), 0);
    FIRN_TRY(ledger->Write([](Transaction& writer) { return Insert(writer, 1, "a"); }));
    EXPECT_EQ(*transaction.QueryInt64("SELECT count(*) FROM things"), 0);
    return Ok();
  });
  EXPECT_THAT(looked, HasValue());
  EXPECT_EQ(*Count(*ledger), 1);
}

TEST_F(LedgerTest, ManyThreadsWriteAndReadWithoutLoss) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  std::atomic<int> failures = 0;
  {
    ThreadPool pool("ledger-test", 8);
    for (int i = 0; i < 64; ++i) {
      ASSERT_TRUE(pool.TrySubmit([&, i] {
        const bool wrote = ledger
                               ->Write([&](Transaction& transaction) {
                                 return Insert(transaction, i, std::to_string(i));
                               })
                               .has_value();
        if (!wrote || !Count(*ledger)) ++failures;
      }));
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(*Count(*ledger), 64);
}

TEST_F(LedgerTest, AQueryMayRunInsideItsOwnReader) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  constexpr std::string_view kSql = "SELECT id FROM things ORDER BY id";
  ASSERT_THAT(ledger->Write([](Transaction& transaction) -> Status {
    FIRN_TRY(Insert(transaction, 1, "a"));
    return Insert(transaction, 2, "b");
  }),
              HasValue());
  int inner = 0;
  const Status done = ledger->Read([&](Transaction& transaction) {
    return transaction.ForEachRow(kSql, [&](const Row&) {
      return transaction.ForEachRow(kSql, [&](const Row&) {
        ++inner;
        return Ok();
      });
    });
  });
  EXPECT_THAT(done, HasValue());
  EXPECT_EQ(inner, 4);
}

TEST_F(LedgerTest, KeepsOnlySoManyPreparedStatements) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(file()));
  const Status done = ledger->Read([](Transaction& transaction) -> Status {
    for (std::size_t i = 0; i < kPreparedStatementsMax * 2; ++i) {
      FIRN_ASSIGN_OR_RETURN(const auto count, transaction.QueryInt64(fmt::format(
                                                  "SELECT count(*) + {} FROM things", i)));
      EXPECT_EQ(count, static_cast<std::int64_t>(i));
    }
    return Ok();
  });
  EXPECT_THAT(done, HasValue());
}

TEST_F(LedgerTest, MigratesByStepsAndRefusesTheNewer) {
  {
    ASSERT_OK_AND_ASSIGN(const auto old, OpenThings(file()));
  }
  {
    ASSERT_OK_AND_ASSIGN(const auto grown, OpenThings(file(), kSecond));
    ASSERT_THAT(grown->Write([](Transaction& transaction) { return Insert(transaction, 1, "a"); }),
                HasValue());
    EXPECT_EQ(*grown->Read([](Transaction& transaction) {
      return transaction.QueryInt64("SELECT size FROM things");
    }),
              7);
  }
  EXPECT_THAT(OpenThings(file()), IsError(ErrorCode::kFailedPrecondition, "LedgerTooNew"));
  EXPECT_THAT(OpenThings(file(), kSecond), HasValue());
}

TEST_F(LedgerTest, AFailedMigrationChangesNothing) {
  {
    ASSERT_OK_AND_ASSIGN(const auto old, OpenThings(file()));
  }
  EXPECT_FALSE(OpenThings(file(), kBroken));
  ASSERT_OK_AND_ASSIGN(const auto again, OpenThings(file()));
  EXPECT_EQ(*again->Read([](Transaction& transaction) {
    return transaction.QueryInt64("SELECT count(*) FROM sqlite_master WHERE name = 'more'");
  }),
            0);
}

TEST_F(LedgerTest, OpensWithEverySetOfTheTree) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, Ledger::Open(file()));
  EXPECT_THAT(ledger->CheckIntegrity(), HasValue());
  ASSERT_OK_AND_ASSIGN(const auto again, Ledger::Open(file()));
}

TEST_F(LedgerTest, IsReadableByItsOwnerAlone) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, Ledger::Open(file()));
  ASSERT_THAT(ledger->Write([](Transaction&) -> Status { return Ok(); }), HasValue());
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    struct stat status{};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0U) << entry.path();
  }
}

TEST_F(LedgerTest, RefusesWhatIsNoLedger) {
  {
    std::ofstream(file()) << std::string(8192, 'x');
  }
  EXPECT_THAT(Ledger::Open(file()), IsError(ErrorCode::kDataCorruption, "LedgerCorrupt"));
  EXPECT_THAT(Ledger::Open(folder_ / "missing" / "ledger.sqlite"),
              IsError(ErrorCode::kUnavailable, "LedgerIo"));
}

/// In a child: writes pairs (2i, 2i+1) for ever, saying each number through the pipe only after it
/// is on disk.
[[noreturn]] void WritePairs(const std::filesystem::path& path, int pipe_end) {
  auto ledger = OpenThings(path);
  if (!ledger) ::_exit(1);
  for (std::int32_t i = 0;; ++i) {
    const bool wrote = (*ledger)
                           ->Write([&](Transaction& transaction) -> Status {
                             FIRN_TRY(Insert(transaction, 2 * i, fmt::format("{}", 2 * i)));
                             return Insert(transaction, 2 * i + 1, fmt::format("{}", 2 * i + 1));
                           })
                           .has_value();
    if (!wrote || ::write(pipe_end, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

TEST_F(LedgerTest, KeepsEveryAcknowledgedPairThroughKill) {
  for (int round = 0; round < 5; ++round) {
    const std::filesystem::path path = folder_ / fmt::format("round{}.sqlite", round);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) WritePairs(path, ends[1]);
    ::close(ends[1]);
    std::int32_t acknowledged = -1;
    for (int i = 0; i < 20 + 13 * round; ++i) {
      ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged),
                static_cast<ssize_t>(sizeof acknowledged));
    }
    ::kill(child, SIGKILL);
    std::int32_t late = 0;
    while (::read(ends[0], &late, sizeof late) == static_cast<ssize_t>(sizeof late))
      acknowledged = late;
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);

    ASSERT_OK_AND_ASSIGN(const auto ledger, OpenThings(path));
    EXPECT_THAT(ledger->CheckIntegrity(), HasValue());
    ASSERT_OK_AND_ASSIGN(const std::int64_t count, Count(*ledger));
    EXPECT_EQ(count % 2, 0) << "half a transaction";
    EXPECT_GE(count, 2 * (acknowledged + 1)) << "a lost acknowledged write";
    EXPECT_LE(count, 2 * (acknowledged + 2));
  }
}

using SealerTest = LedgerTest;

TEST_F(SealerTest, OpensWhatItSealedAndNothingElse) {
  ASSERT_OK_AND_ASSIGN(const auto sealer, Sealer::Open(folder_ / "seal.key", SecureRandom()));
  const Secret secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  ASSERT_OK_AND_ASSIGN(const std::string sealed, sealer->Seal(secret, "AKIA1"));
  ASSERT_OK_AND_ASSIGN(const std::string again, sealer->Seal(secret, "AKIA1"));
  EXPECT_NE(sealed, again);
  EXPECT_EQ(sealed.find(secret.Reveal()), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const Secret opened, sealer->Unseal(sealed, "AKIA1"));
  EXPECT_EQ(opened, secret);
  EXPECT_THAT(sealer->Unseal(sealed, "AKIA2"), IsError(ErrorCode::kDataCorruption, "SealBroken"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THAT(sealer->Unseal(changed, "AKIA1"), IsError(ErrorCode::kDataCorruption, "SealBroken"))
        << i;
    EXPECT_FALSE(sealer->Unseal(sealed.substr(0, i), "AKIA1"));
  }
  EXPECT_THAT(sealer->Seal(Secret(std::string(kSealedBytesMax + 1, 'x')), "a"),
              IsError(ErrorCode::kResourceExhausted, "SecretTooLong"));
  ASSERT_OK_AND_ASSIGN(const std::string empty, sealer->Seal(Secret(), ""));
  EXPECT_THAT(sealer->Unseal(empty, ""), HasValue());
}

TEST_F(SealerTest, KeepsItsKeyInAPrivateFile) {
  const auto key = folder_ / "seal.key";
  std::string sealed;
  {
    ASSERT_OK_AND_ASSIGN(const auto sealer, Sealer::Open(key, SecureRandom()));
    ASSERT_OK_AND_ASSIGN(sealed, sealer->Seal(Secret("s"), "l"));
  }
  ASSERT_OK_AND_ASSIGN(const auto sealer, Sealer::Open(key, SecureRandom()));
  EXPECT_THAT(sealer->Unseal(sealed, "l"), HasValue());
  ASSERT_OK_AND_ASSIGN(const auto other, Sealer::Open(folder_ / "other.key", SecureRandom()));
  EXPECT_THAT(other->Unseal(sealed, "l"), IsError(ErrorCode::kDataCorruption, "SealBroken"));

  ASSERT_EQ(::chmod(key.c_str(), 0640), 0);
  EXPECT_THAT(Sealer::Open(key, SecureRandom()),
              IsError(ErrorCode::kFailedPrecondition, "SealKeyPermissions"));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{31}, std::size_t{33}, std::size_t{100}}) {
    {
      std::ofstream(folder_ / "short.key") << std::string(size, 'k');
    }
    EXPECT_THAT(Sealer::Open(folder_ / "short.key", SecureRandom()),
                IsError(ErrorCode::kDataCorruption, "SealKeyBroken"));
  }
}

}  // namespace
}  // namespace firn::ledger
