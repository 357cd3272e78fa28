#include "engine/session/users.h"

#include <arpa/inet.h>

#include <algorithm>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/json.h"
#include "engine/session/access_limits.h"
#include "engine/session/like_pattern_internal.h"

namespace firn::session {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kSlowHashBytes = 32;

std::string RandomBytes(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  random.Fill(std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
  return bytes;
}

std::string NativeHash(const Secret& password) { return Sha1(Sha1(password.Reveal())); }

std::string Sha2FastHash(const Secret& password) { return Sha256(Sha256(password.Reveal())); }

std::string SlowHash(std::string_view salt, const Secret& password) {
  std::string hash(kSlowHashBytes, '\0');
  const int made = PKCS5_PBKDF2_HMAC(
      password.Reveal().data(), static_cast<int>(password.Reveal().size()),
      reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
      kPasswordHashRounds, EVP_sha256(), static_cast<int>(hash.size()),
      reinterpret_cast<unsigned char*>(hash.data()));
  FIRN_CHECK(made == 1);
  return hash;
}

bool HostMatches(std::string_view host, std::string_view address) {
  if (host == "localhost") return IsLoopbackAddress(address);
  return MatchesLike(address, host);
}

// More specific hosts are tried first: those without wildcard, then the longer ones.
bool MoreSpecific(std::string_view a, std::string_view b) {
  const bool a_wild = a.find_first_of("%_") != std::string_view::npos;
  const bool b_wild = b.find_first_of("%_") != std::string_view::npos;
  if (a_wild != b_wild) return b_wild;
  return a.size() > b.size();
}

Status CheckName(const AccountName& name) {
  if (name.user.empty() || name.user.size() > kUserNameBytesMax || !IsValidUtf8(name.user) ||
      name.user.find('\0') != std::string::npos) {
    return InvalidArgument(
        "BadUserName", fmt::format("a user name has 1 to {} bytes of UTF-8", kUserNameBytesMax));
  }
  if (name.host.empty() || name.host.size() > kHostPatternBytesMax) {
    return InvalidArgument("BadUserName", fmt::format("a host pattern has 1 to {} characters",
                                                      kHostPatternBytesMax));
  }
  return Ok();
}

Unexpected UnknownUser(const AccountName& name) {
  return NotFound("UnknownUser", fmt::format("user {} not exist!", PrintAccountName(name)));
}

Result<std::string> HexMember(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const std::string hex, GetString(object, name));
  return HexDecode(hex);
}

std::string Hex(std::string_view bytes) { return HexEncode(AsBytes(bytes)); }

}  // namespace

bool IsLoopbackAddress(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  if (address == "::1") return true;
  if (address.starts_with(kMapped)) address.remove_prefix(kMapped.size());
  in_addr v4{};
  return ::inet_pton(AF_INET, std::string(address).c_str(), &v4) == 1 &&
         (ntohl(v4.s_addr) >> 24) == 127;
}

std::string PrintAccountName(const AccountName& name) {
  return fmt::format("'{}'@'{}'", name.user, name.host);
}

std::string_view AuthPluginName(AuthPlugin plugin) {
  switch (plugin) {
    case AuthPlugin::kMySqlNative: return "mysql_native_password";
    case AuthPlugin::kCachingSha2: return "caching_sha2_password";
  }
  return "";
}

Result<AuthPlugin> ParseAuthPlugin(std::string_view name) {
  for (const AuthPlugin plugin : {AuthPlugin::kMySqlNative, AuthPlugin::kCachingSha2}) {
    if (EqualsIgnoreCaseAscii(name, AuthPluginName(plugin))) return plugin;
  }
  return Unsupported("UnknownAuthPlugin",
                     fmt::format("unknown authentication plugin; there are mysql_native_password "
                                 "and caching_sha2_password: {}",
                                 name));
}

UserStore::UserStore(std::filesystem::path file, const Clock& clock, Random& random)
    : file_(std::move(file)), clock_(clock), random_(random), decoy_(RandomBytes(random, 32)) {}

UserStore::~UserStore() = default;

Result<std::unique_ptr<UserStore>> UserStore::Open(const std::filesystem::path& folder,
                                                   const Clock& clock, Random& random) {
  std::unique_ptr<UserStore> users(new UserStore(folder / "users.json", clock, random));
  FIRN_TRY(users->Load());
  return users;
}

Status UserStore::Load() {
  const MutexLock lock(mutex_);
  auto bytes = ReadWholeFile(file_, kUsersFileBytesMax);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) {
    accounts_[AccountName{.user = "root"}] = Account{};
    return SaveLocked();
  }
  if (!bytes) return Unexpected{std::move(bytes).error()};
  const auto read = [&]() -> Status {
    FIRN_ASSIGN_OR_RETURN(const json::value document, ParseJson(*bytes));
    FIRN_ASSIGN_OR_RETURN(const json::object* top, AsObject(document, "users.json"));
    FIRN_ASSIGN_OR_RETURN(const json::array* rows, GetArray(*top, "users"));
    for (const json::value& row : *rows) {
      FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(row, "user"));
      AccountName name;
      Account account;
      FIRN_ASSIGN_OR_RETURN(name.user, GetString(*object, "user"));
      FIRN_ASSIGN_OR_RETURN(name.host, GetString(*object, "host"));
      FIRN_ASSIGN_OR_RETURN(const std::string plugin, GetString(*object, "plugin"));
      FIRN_ASSIGN_OR_RETURN(account.plugin, ParseAuthPlugin(plugin));
      FIRN_ASSIGN_OR_RETURN(account.has_password, GetBool(*object, "has-password"));
      FIRN_ASSIGN_OR_RETURN(account.native_hash, HexMember(*object, "native-hash"));
      FIRN_ASSIGN_OR_RETURN(account.salt, HexMember(*object, "salt"));
      FIRN_ASSIGN_OR_RETURN(account.slow_hash, HexMember(*object, "slow-hash"));
      if (account.has_password && account.native_hash.empty() && account.slow_hash.empty()) {
        return InvalidArgument("NoHash", "an account with a password has no hash: " + name.user);
      }
      accounts_[std::move(name)] = std::move(account);
    }
    return Ok();
  };
  if (const Status status = read(); !status) {
    return DataCorruption("UsersFileBroken",
                          fmt::format("{} cannot be read: {}", file_.string(),
                                      status.error().FullMessage()));
  }
  return Ok();
}

Status UserStore::SaveLocked() {
  json::array rows;
  for (const auto& [name, account] : accounts_) {
    rows.push_back(json::object{{"user", name.user},
                                {"host", name.host},
                                {"plugin", AuthPluginName(account.plugin)},
                                {"has-password", account.has_password},
                                {"native-hash", Hex(account.native_hash)},
                                {"salt", Hex(account.salt)},
                                {"slow-hash", Hex(account.slow_hash)}});
  }
  // The lock is held over this write: two changes must reach the file in their order.
  return WriteFileDurably(file_, PrintJson(json::object{{"users", std::move(rows)}}) + "\n");
}

const std::pair<const AccountName, UserStore::Account>* UserStore::FindLocked(
    const LoginFacts& facts) const {
  const std::pair<const AccountName, Account>* best = nullptr;
  for (auto at = accounts_.lower_bound(AccountName{.user = facts.user, .host = ""});
       at != accounts_.end() && at->first.user == facts.user; ++at) {
    if (!HostMatches(at->first.host, facts.client_address)) continue;
    if (best != nullptr && !MoreSpecific(at->first.host, best->first.host)) continue;
    best = &*at;
  }
  return best;
}

LoginVerifier UserStore::FindVerifier(const LoginFacts& facts) const {
  const MutexLock lock(mutex_);
  LoginVerifier verifier;
  verifier.account.user = facts.user;
  const auto* found = FindLocked(facts);
  if (found == nullptr || (!found->second.has_password && !IsLoopbackAddress(facts.client_address))) {
    verifier.native_hash = decoy_.substr(0, 20);
    return verifier;
  }
  verifier.account = found->first;
  verifier.empty_password = !found->second.has_password;
  verifier.native_hash = found->second.native_hash;
  verifier.sha2_fast_hash = found->second.sha2_fast_hash;
  return verifier;
}

Status UserStore::CheckPassword(const LoginFacts& facts, const Secret& password) {
  Account account;
  bool known = false;
  {
    const MutexLock lock(mutex_);
    if (const auto* found = FindLocked(facts); found != nullptr) {
      account = found->second;
      known = true;
    }
  }
  // Always one slow hash, so that time does not tell a known user from an unknown one.
  const std::string salt = account.salt.empty() ? decoy_.substr(0, kSaltBytes) : account.salt;
  const std::string slow_hash = SlowHash(salt, password);
  bool matches = false;
  if (!known) {
    matches = false;
  } else if (!account.has_password) {
    matches = password.empty() && IsLoopbackAddress(facts.client_address);
  } else if (!account.slow_hash.empty()) {
    matches = ConstantTimeEquals(slow_hash, account.slow_hash);
  } else {
    matches = ConstantTimeEquals(NativeHash(password), account.native_hash);
  }
  if (!matches) {
    RecordFailure(facts);
    return Unauthenticated("AccessDenied",
                           fmt::format("Access denied for user '{}'@'{}' (using password: {})",
                                       facts.user, facts.client_address,
                                       password.empty() ? "NO" : "YES"));
  }
  if (account.has_password) {
    const MutexLock lock(mutex_);
    for (auto& [name, current] : accounts_) {
      // Only if the password was not changed meanwhile.
      if (name.user == facts.user && current.salt == account.salt &&
          current.slow_hash == account.slow_hash && current.native_hash == account.native_hash) {
        current.sha2_fast_hash = Sha2FastHash(password);
      }
    }
  }
  RecordSuccess(facts);
  return Ok();
}

std::chrono::milliseconds UserStore::BackOff(const LoginFacts& facts) const {
  const MonotonicTime now = clock_.MonotonicNow();
  const MutexLock lock(mutex_);
  const auto found = failures_.find({facts.user, facts.client_address});
  if (found == failures_.end() || found->second.count < kLoginFailuresFree ||
      now - found->second.last > kLoginFailureMemory) {
    return std::chrono::milliseconds(0);
  }
  const std::uint32_t doublings = std::min(found->second.count - kLoginFailuresFree, 10U);
  return std::min(kLoginBackOffFirst * (1U << doublings), kLoginBackOffMax);
}

void UserStore::RecordFailure(const LoginFacts& facts) {
  const MonotonicTime now = clock_.MonotonicNow();
  const MutexLock lock(mutex_);
  const std::pair key(facts.user, facts.client_address);
  if (!failures_.contains(key) && failures_.size() >= kLoginFailurePairsMax) {
    failures_.erase(std::ranges::min_element(
        failures_, {}, [](const auto& entry) { return entry.second.last; }));
  }
  Failures& failures = failures_[key];
  if (now - failures.last > kLoginFailureMemory) failures.count = 0;
  ++failures.count;
  failures.last = now;
}

void UserStore::RecordSuccess(const LoginFacts& facts) {
  const MutexLock lock(mutex_);
  failures_.erase({facts.user, facts.client_address});
}

Result<UserStore::Account> UserStore::MakeAccount(const NewPassword& password) {
  Account account;
  account.plugin = password.plugin.value_or(AuthPlugin::kMySqlNative);
  if (!password.native_hash.empty()) {
    if (account.plugin != AuthPlugin::kMySqlNative) {
      return InvalidArgument("BadPasswordHash",
                             "a hash can be given for mysql_native_password only; give "
                             "caching_sha2_password the password itself with BY");
    }
    auto hash = HexDecode(std::string_view(password.native_hash).substr(1));
    if (password.native_hash[0] != '*' || !hash || hash->size() != 20) {
      return InvalidArgument("BadPasswordHash",
                             "Password hash should be a 41-digit hexadecimal number");
    }
    account.native_hash = std::move(*hash);
    account.has_password = true;
    return account;
  }
  account.has_password = !password.clear_text.empty();
  if (!account.has_password) return account;
  account.salt = RandomBytes(random_, kSaltBytes);
  account.slow_hash = SlowHash(account.salt, password.clear_text);
  account.sha2_fast_hash = Sha2FastHash(password.clear_text);
  if (account.plugin == AuthPlugin::kMySqlNative) {
    account.native_hash = NativeHash(password.clear_text);
  }
  return account;
}

Status UserStore::Create(const AccountName& name, const NewPassword& password) {
  FIRN_TRY(CheckName(name));
  FIRN_ASSIGN_OR_RETURN(Account account, MakeAccount(password));
  const MutexLock lock(mutex_);
  if (accounts_.contains(name)) {
    return AlreadyExists("UserExists", fmt::format("Operation CREATE USER failed for {} : user "
                                                   "already exists",
                                                   PrintAccountName(name)));
  }
  if (accounts_.size() >= kAccountsMax) {
    return ResourceExhausted("TooManyUsers", fmt::format("there are {} users", kAccountsMax));
  }
  accounts_[name] = std::move(account);
  Status saved = SaveLocked();
  if (!saved) accounts_.erase(name);
  return saved;
}

Status UserStore::Alter(const AccountName& name, const NewPassword& password) {
  FIRN_ASSIGN_OR_RETURN(Account account, MakeAccount(password));
  const MutexLock lock(mutex_);
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return UnknownUser(name);
  std::swap(found->second, account);
  Status saved = SaveLocked();
  if (!saved) std::swap(found->second, account);
  return saved;
}

Status UserStore::Drop(const AccountName& name) {
  const MutexLock lock(mutex_);
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return UnknownUser(name);
  if (name.user == "root") return FailedPrecondition("CannotDropRoot", "cannot drop root user");
  const Account dropped = found->second;
  accounts_.erase(found);
  Status saved = SaveLocked();
  if (!saved) accounts_[name] = dropped;
  return saved;
}

bool UserStore::Has(const AccountName& name) const {
  const MutexLock lock(mutex_);
  return accounts_.contains(name);
}

std::vector<AccountRow> UserStore::List() const {
  const MutexLock lock(mutex_);
  std::vector<AccountRow> rows;
  rows.reserve(accounts_.size());
  for (const auto& [name, account] : accounts_) {
    rows.push_back({.name = name, .plugin = account.plugin, .has_password = account.has_password});
  }
  return rows;
}

Result<AccountName> UserStore::FindAccount(const LoginFacts& facts) const {
  const MutexLock lock(mutex_);
  if (const auto* found = FindLocked(facts); found != nullptr) return found->first;
  return UnknownUser({.user = facts.user, .host = facts.client_address});
}

bool UserStore::RootHasNoPassword() const {
  const MutexLock lock(mutex_);
  return std::ranges::any_of(accounts_, [](const auto& entry) {
    return entry.first.user == "root" && !entry.second.has_password;
  });
}

}  // namespace firn::session
