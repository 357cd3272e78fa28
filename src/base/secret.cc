#include "base/secret.h"

#include <openssl/crypto.h>

namespace firn {

std::string MaskText(std::string_view text) {
  if (text.size() < 8) return "******";
  return std::string(text.substr(0, 2)) + "******" + std::string(text.substr(text.size() - 2));
}

std::string Secret::Masked() const { return MaskText(text_); }

void Secret::Wipe() {
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

bool operator==(const Secret& a, const Secret& b) {
  return a.text_.size() == b.text_.size() &&
         CRYPTO_memcmp(a.text_.data(), b.text_.data(), a.text_.size()) == 0;
}

}  // namespace firn
