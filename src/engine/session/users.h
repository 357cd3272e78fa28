#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

/// Who may log in, and with what proof. Kept in one JSON file of the data folder, written durably.
///
/// A password is never kept. An account holds what two MySQL plugins check against: SHA1(SHA1(p)) for
/// mysql_native_password, and a salted PBKDF2 of p for caching_sha2_password, whose fast form SHA256(SHA256(p)) is kept
/// in memory only, after the first full proof.

namespace firn::session {

/// `'user'@'host'`. The host is `%`, a LIKE pattern over the client's address, or `localhost` (any loopback address).
struct AccountName {
  std::string user;
  std::string host = "%";
  friend auto operator<=>(const AccountName&, const AccountName&) = default;
  friend bool operator==(const AccountName&, const AccountName&) = default;
};

/// `'u'@'%'`, as StarRocks prints a UserIdentity.
std::string PrintAccountName(const AccountName& name);

enum class AuthPlugin { kMySqlNative, kCachingSha2 };
std::string_view AuthPluginName(AuthPlugin plugin);
/// Errors: kUnsupported/UnknownAuthPlugin, naming the two that exist.
Result<AuthPlugin> ParseAuthPlugin(std::string_view name);

/// True for 127.0.0.0/8, also as IPv6 maps it, and ::1. Names are none.
bool IsLoopbackAddress(std::string_view address);

/// The new proof of an account: a clear password, or (`IDENTIFIED WITH … AS`) the hash `*HEX40` of mysql_native.
struct NewPassword {
  /// With kCachingSha2 no native hash is kept. By default both are.
  std::optional<AuthPlugin> plugin;
  Secret clear_text;         ///< Empty with `native_hash` empty: no password, loopback only.
  std::string native_hash;   ///< `*` and 40 hex digits, or empty.
};

/// Who is at the door.
struct LoginFacts {
  std::string user;
  std::string client_address;  ///< IP without port.
};

/// What a login is checked against. For an unknown user it is a decoy that nothing satisfies, so that the work, the
/// messages and the time are the same.
struct LoginVerifier {
  AccountName account;
  bool empty_password = false;          ///< True only when the client's address allows it.
  std::string native_hash;              ///< Raw SHA1(SHA1(p)), 20 bytes; empty if the account has none.
  std::string sha2_fast_hash;           ///< Raw SHA256(SHA256(p)); empty until the first full proof.
};

struct AccountRow {
  AccountName name;
  AuthPlugin plugin = AuthPlugin::kMySqlNative;
  bool has_password = false;
};

/// The accounts. Thread-safe. Changes are on disk when the call returns.
class UserStore {
 public:
  /// Reads `folder`/users.json, or makes it with a passwordless `root`@`%` (which then works on loopback only).
  ///
  /// Errors: kDataCorruption/UsersFileBroken; those of durable_file.h. `clock` and `random` must outlive it.
  static Result<std::unique_ptr<UserStore>> Open(const std::filesystem::path& folder, const Clock& clock,
                                             Random& random);
  ~UserStore();

  /// Never fails: an unknown user gets the decoy.
  LoginVerifier FindVerifier(const LoginFacts& facts) const;
  /// The full proof: used by caching_sha2's slow path and by HTTP Basic. Costs some milliseconds of CPU, always.
  /// Counts failures and successes itself. Errors: kUnauthenticated/AccessDenied.
  Status CheckPassword(const LoginFacts& facts, const Secret& password);

  /// How long to wait before this login is judged: zero until kLoginFailuresFree failures in a row, then doubling.
  std::chrono::milliseconds BackOff(const LoginFacts& facts) const;
  void RecordFailure(const LoginFacts& facts);
  void RecordSuccess(const LoginFacts& facts);

  /// Errors: kAlreadyExists/UserExists; kInvalidArgument/BadPasswordHash, BadUserName; kResourceExhausted/TooManyUsers.
  Status Create(const AccountName& name, const NewPassword& password);
  /// Also SET PASSWORD. Errors: kNotFound/UnknownUser; kInvalidArgument/BadPasswordHash.
  Status Alter(const AccountName& name, const NewPassword& password);
  /// Errors: kNotFound/UnknownUser; kFailedPrecondition/CannotDropRoot.
  Status Drop(const AccountName& name);
  bool Has(const AccountName& name) const;
  /// Sorted by name.
  std::vector<AccountRow> List() const;
  /// The account that a logged-in user of this name and address has. Errors: kNotFound/UnknownUser.
  Result<AccountName> FindAccount(const LoginFacts& facts) const;
  /// True while some `root` account has no password (refuse a non-loopback bind then).
  bool RootHasNoPassword() const;

 private:
  struct Account {
    AuthPlugin plugin = AuthPlugin::kMySqlNative;
    bool has_password = false;
    std::string native_hash;     // Raw, 20 bytes or empty.
    std::string salt;            // Raw.
    std::string slow_hash;       // Raw PBKDF2, or empty.
    std::string sha2_fast_hash;  // Raw; in memory only.
  };
  struct Failures {
    std::uint32_t count = 0;
    MonotonicTime last;
  };
  UserStore(std::filesystem::path file, const Clock& clock, Random& random);
  Status Load();
  Status SaveLocked() FIRN_REQUIRES(mutex_);
  const std::pair<const AccountName, Account>* FindLocked(const LoginFacts& facts) const
      FIRN_REQUIRES(mutex_);
  Result<Account> MakeAccount(const NewPassword& password);

  // Constant after construction.
  const std::filesystem::path file_;
  const Clock& clock_;
  Random& random_;
  std::string decoy_;

  mutable Mutex mutex_;
  std::map<AccountName, Account> accounts_ FIRN_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Failures> failures_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::session
