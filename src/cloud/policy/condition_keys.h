#pragma once

#include <span>
#include <string_view>

/// Which condition keys there are, and which actions' requests carry them (the Service
/// Authorization Reference, and "AWS global condition context keys").

namespace firn::policy {

/// Why a key may be absent from a request whose action has it.
enum class Presence {
  kAlways,   ///< Every request of these actions has it.
  kIfGiven,  ///< Where caller, resource or request has what it speaks of, such as a tag.
  kNever,    ///< AWS has the key; no request to the local side carries it.
};

/// One key with the actions that it is of.
struct ConditionKey {
  std::string_view key;      ///< In lower case; ends in `/` when a tag's key follows.
  std::string_view actions;  ///< Patterns between spaces, in lower case: `*`, `s3:*`, `iam:*user`.
  Presence presence = Presence::kIfGiven;
};

/// All that are known, by key.
std::span<const ConditionKey> ConditionKeys();
/// Null when there is no such key. `key` in any case.
const ConditionKey* FindConditionKey(std::string_view key);
/// Whether requests of the action, which may be a pattern, can have the key. False when there is no
/// such key, or none that a request carries.
bool MayCarry(std::string_view action, std::string_view key);

}  // namespace firn::policy
