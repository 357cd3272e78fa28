#include "engine/frontdoor/login_exchange.h"

#include "wire/mysql/auth.h"
#include "wire/mysql/handshake.h"
#include "wire/mysql/protocol.h"

namespace firn::frontdoor {

LoginExchange::LoginExchange(session::UserStore& users, Random& random, session::LoginFacts facts,
                             std::string nonce, bool tls)
    : users_(users),
      random_(random),
      facts_(std::move(facts)),
      tls_(tls),
      nonce_(std::move(nonce)),
      verifier_(users.FindVerifier(facts_)) {}

LoginStep LoginExchange::Begin(std::string_view plugin, std::string_view response) {
  used_password_ = !response.empty();
  const bool has_native = verifier_.empty_password || !verifier_.native_hash.empty();
  if (plugin.empty() || plugin == mysql::kNativePlugin) {
    if (has_native) return JudgeNative(response);
    return Switch(session::AuthPlugin::kCachingSha2);
  }
  // What another plugin made of our nonce is not looked at: libmysqlclient sends nothing then, and waits to be asked.
  if (plugin == mysql::kCachingSha2Plugin || !has_native) {
    return Switch(session::AuthPlugin::kCachingSha2);
  }
  return Switch(session::AuthPlugin::kMySqlNative);
}

LoginStep LoginExchange::Switch(session::AuthPlugin plugin) {
  nonce_ = mysql::MakeNonce(random_);
  state_ = plugin == session::AuthPlugin::kCachingSha2 ? State::kSha2 : State::kNative;
  return {.kind = LoginStepKind::kSend,
          .payload = mysql::EncodeAuthSwitch(
              {.plugin = std::string(session::AuthPluginName(plugin)), .nonce = nonce_})};
}

LoginStep LoginExchange::OnMessage(std::string_view message) {
  switch (state_) {
    case State::kNative: return JudgeNative(message);
    case State::kSha2: return JudgeSha2(message);
    case State::kSha2Full:
    case State::kSha2Encrypted: return JudgeFull(message);
  }
  return Refuse();
}

LoginStep LoginExchange::JudgeNative(std::string_view response) {
  used_password_ = !response.empty();
  if (verifier_.empty_password) return response.empty() ? Accept() : Refuse();
  return mysql::CheckNativeResponse(response, nonce_, verifier_.native_hash) ? Accept() : Refuse();
}

LoginStep LoginExchange::JudgeSha2(std::string_view response) {
  // An empty password comes as nothing or as a lone NUL.
  const bool empty = response.empty() || response == std::string_view("\0", 1);
  used_password_ = !empty;
  if (empty) return verifier_.empty_password ? Accept() : Refuse();
  if (!verifier_.sha2_fast_hash.empty()) {
    if (mysql::CheckCachingSha2Response(response, nonce_, verifier_.sha2_fast_hash)) {
      LoginStep step = Accept();
      step.payload = mysql::EncodeAuthMoreData(std::string_view(&mysql::kSha2FastAuthOk, 1));
      return step;
    }
    return Refuse();
  }
  // Also for an unknown user: outside, a first login and a wrong one look alike.
  state_ = State::kSha2Full;
  return {.kind = LoginStepKind::kSend,
          .payload = mysql::EncodeAuthMoreData(std::string_view(&mysql::kSha2FullAuth, 1))};
}

LoginStep LoginExchange::JudgeFull(std::string_view message) {
  if (state_ == State::kSha2Encrypted) {
    return {.kind = LoginStepKind::kDecrypt, .payload = std::string(message)};
  }
  if (message.size() == 1 && message[0] == mysql::kSha2RequestPublicKey) {
    state_ = State::kSha2Encrypted;
    return {.kind = LoginStepKind::kSendKey};
  }
  // A clear password is taken on TLS only.
  if (!tls_ || !message.ends_with('\0')) return Refuse();
  message.remove_suffix(1);
  return {.kind = LoginStepKind::kCheckPassword, .password = Secret(std::string(message))};
}

LoginStep LoginExchange::Accept() {
  users_.RecordSuccess(facts_);
  return {.kind = LoginStepKind::kAccept};
}

LoginStep LoginExchange::Refuse() {
  users_.RecordFailure(facts_);
  return {.kind = LoginStepKind::kRefuse};
}

}  // namespace firn::frontdoor
