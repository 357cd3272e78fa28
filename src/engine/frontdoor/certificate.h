#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/result.h"

/// The certificate for MySQL's TLS when none is given.

namespace firn::frontdoor {

struct CertificateFiles {
  std::filesystem::path certificate;  ///< PEM.
  std::filesystem::path key;          ///< PEM, mode 0600.
};

/// Finds `folder`/tls-cert.pem and tls-key.pem, or makes them: ECDSA P-256, self-signed, for `localhost`, 127.0.0.1 and
/// ::1, valid ten years. A pair that is there is kept, whatever it is. About a millisecond when it is made.
///
/// Errors: those of durable_file.h; kInternal/CertificateFailed.
Result<CertificateFiles> EnsureSelfSignedCertificate(const std::filesystem::path& folder,
                                                     const Clock& clock = SystemClock());

}  // namespace firn::frontdoor
