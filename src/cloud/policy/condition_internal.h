#pragma once

#include "cloud/policy/document.h"
#include "cloud/policy/request.h"

/// One condition test against one request.

namespace firn::policy {

bool Holds(const ConditionTest& test, const ConditionContext& context, bool has_variables);

}  // namespace firn::policy
