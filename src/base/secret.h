#pragma once

#include <string>
#include <string_view>

#include "base/strong.h"

/// Text that must never be printed: secret keys, session tokens, passwords.

namespace firn {

/// Holds a secret. Has no stream or format operator on purpose; Reveal() marks each place that needs the bytes, and
/// Masked() is what SHOW, logs and errors may show. Its bytes are wiped when it dies. Thread-compatible.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.Wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe();
      text_ = std::move(other.text_);
      other.Wipe();
    }
    return *this;
  }
  ~Secret() { Wipe(); }

  std::string_view Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  /// First two, six stars, last two characters, as StarRocks' SHOW CREATE CATALOG; stars alone for short ones.
  std::string Masked() const;

  /// Equal in a time that depends on the lengths only.
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void Wipe();

  std::string text_;
};

using AccessKeyId = Strong<std::string, struct AccessKeyIdTag>;

/// AWS credentials. The id is public; the rest is not.
struct Credentials {
  AccessKeyId access_key_id;
  Secret secret_key;
  Secret session_token;  ///< Empty for long-lived keys.
};

/// Masks as Secret::Masked() does.
std::string MaskText(std::string_view text);

}  // namespace firn
