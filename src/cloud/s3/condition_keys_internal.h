#pragma once

#include <string_view>

#include "base/result.h"
#include "cloud/ledger/ledger.h"
#include "cloud/policy/request.h"
#include "cloud/s3/request.h"

/// Condition keys of S3 requests; policy::ConditionKeys says which actions have them.

namespace firn::s3 {

/// What the request says of itself: query, headers, tags, the new bucket's place. A document or
/// header that does not parse has no keys: the handler refuses it.
void SetRequestKeys(const Request& request, std::string_view document, policy::AccessNeed& need);

/// The tags that CreateBucket's document asks for; none when it does not parse.
policy::Tags TagsOfNewBucket(std::string_view document);

/// s3:ExistingObjectTag/… of the object as it is. Errors: those of Transaction.
Status SetObjectTags(ledger::Transaction& transaction, std::string_view bucket,
                     std::string_view key, policy::AccessNeed& need);

}  // namespace firn::s3
