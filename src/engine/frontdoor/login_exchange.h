#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "engine/session/users.h"

/// How a user proves who it is, message by message. Knows no socket.
///
///   Begin ──plugin we announced──────────────▶ judged
///     └────another one──▶ kSwitch ──answer──▶ judged
///   judged ─native, or sha2 known─▶ kAccept │ kRefuse
///     └─sha2 not known─▶ kAskFully ─TLS: password──────────▶ kCheckPassword
///                                  ├─0x02──▶ kSendKey ─encrypted─▶ kDecrypt
///                                  └─else──▶ kRefuse

namespace firn::frontdoor {

/// What the connection must do next.
enum class LoginStepKind {
  kSend,           ///< Send `payload`, then wait for a message.
  kSendKey,        ///< Send the RSA public key, then wait for a message.
  kCheckPassword,  ///< Check `password` with UserStore::CheckPassword (slow); its answer ends the login.
  kDecrypt,        ///< Decrypt `payload` with the RSA key and `nonce`, then as kCheckPassword.
  kAccept,
  kRefuse,
};

struct LoginStep {
  LoginStepKind kind = LoginStepKind::kRefuse;
  std::string payload;
  Secret password;
};

/// One login. Owned by one connection.
class LoginExchange {
 public:
  /// `users` and `random` must outlive it. `nonce` is the one the greeting sent.
  LoginExchange(session::UserStore& users, Random& random, session::LoginFacts facts,
                std::string nonce, bool tls);

  /// `plugin` is what the client used (empty: what we announced, mysql_native_password).
  LoginStep Begin(std::string_view plugin, std::string_view response);
  LoginStep OnMessage(std::string_view message);

  const session::LoginFacts& facts() const { return facts_; }
  const std::string& nonce() const { return nonce_; }
  /// For "using password".
  bool used_password() const { return used_password_; }

 private:
  enum class State { kNative, kSha2, kSha2Full, kSha2Encrypted };

  LoginStep Switch(session::AuthPlugin plugin);
  LoginStep JudgeNative(std::string_view response);
  LoginStep JudgeSha2(std::string_view response);
  LoginStep JudgeFull(std::string_view message);
  LoginStep Accept();
  LoginStep Refuse();

  // Constant after construction.
  session::UserStore& users_;
  Random& random_;
  const session::LoginFacts facts_;
  const bool tls_;

  std::string nonce_;
  session::LoginVerifier verifier_;
  State state_ = State::kNative;
  bool used_password_ = false;
};

}  // namespace firn::frontdoor
