#include "engine/frontdoor/certificate.h"

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/durable_file.h"

namespace firn::frontdoor {
namespace {

constexpr long kValidSeconds = 3650L * 86'400;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertificatePointer = std::unique_ptr<X509, Free<X509_free>>;
using ExtensionPointer = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using BioPointer = std::unique_ptr<BIO, Free<BIO_free>>;

Unexpected Failed() {
  const unsigned long code = ERR_get_error();
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return Internal("CertificateFailed", std::string("OpenSSL could not make a certificate: ") + text);
}

bool AddExtension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPointer extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

CertificatePointer MakeCertificate(EVP_PKEY* key, std::int64_t now_seconds) {
  CertificatePointer certificate(X509_new());
  if (certificate == nullptr) return nullptr;
  X509* x = certificate.get();
  X509_NAME* name = X509_get_subject_name(x);
  const bool ok =
      X509_set_version(x, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_int64(X509_get_serialNumber(x), now_seconds) == 1 &&
      ASN1_TIME_set(X509_getm_notBefore(x), now_seconds - 86'400) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(x), now_seconds + kValidSeconds) != nullptr &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>("Firn self-signed"), -1, -1,
                                 0) == 1 &&
      X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
      AddExtension(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
      AddExtension(x, NID_basic_constraints, "critical,CA:TRUE") &&
      X509_sign(x, key, EVP_sha256()) != 0;
  return ok ? std::move(certificate) : nullptr;
}

Result<std::string> TextOf(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  if (size <= 0) return Failed();
  return std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace

Result<CertificateFiles> EnsureSelfSignedCertificate(const std::filesystem::path& folder,
                                                     const Clock& clock) {
  CertificateFiles files{.certificate = folder / "tls-cert.pem", .key = folder / "tls-key.pem"};
  std::error_code ignored;
  if (std::filesystem::exists(files.certificate, ignored) &&
      std::filesystem::exists(files.key, ignored)) {
    return files;
  }
  const std::int64_t now_seconds = MillisSinceEpoch(clock.Now()) / 1000;
  const KeyPointer key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed();
  const CertificatePointer certificate = MakeCertificate(key.get(), now_seconds);
  const BioPointer certificate_text(BIO_new(BIO_s_mem()));
  const BioPointer key_text(BIO_new(BIO_s_mem()));
  if (certificate == nullptr || certificate_text == nullptr || key_text == nullptr ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return Failed();
  }
  FIRN_ASSIGN_OR_RETURN(const std::string key_pem, TextOf(key_text.get()));
  FIRN_ASSIGN_OR_RETURN(const std::string certificate_pem, TextOf(certificate_text.get()));
  // The key first: a certificate without its key would be taken for a whole pair.
  FIRN_TRY(WriteFileDurably(files.key, key_pem, 0600));
  FIRN_TRY(WriteFileDurably(files.certificate, certificate_pem, 0644));
  return files;
}

}  // namespace firn::frontdoor
