#pragma once

#include <string>
#include <string_view>

/// What of a statement's text may be shown.

namespace firn::sql {

/// Whether the text up to its first `;` speaks of keys, tokens or passwords, so that its strings
/// must not be shown.
bool MayHoldSecrets(std::string_view statement_text);

/// Whether a property of this key holds a secret: `aws.s3.secret_key`,
/// `iceberg.catalog.oauth2.credential`.
bool IsSecretKey(std::string_view key);

}  // namespace firn::sql
