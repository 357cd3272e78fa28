#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The actions that AWS has, of the services this product meets.

namespace firn::lint {

/// By name: glue, iam, lakeformation, s3, s3tables, sts.
std::vector<std::string> KnownServices();
/// Without the prefix, sorted; empty for services that are not known.
std::vector<std::string> ActionsOf(std::string_view service);

}  // namespace firn::lint
