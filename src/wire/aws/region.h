#pragma once

#include <span>
#include <string>
#include <string_view>

/// The regions that AWS has.

namespace firn::aws {

/// Of the commercial, China and GovCloud partitions, sorted. Source: botocore 1.44.5, data/partitions.json.
std::span<const std::string> Regions();

bool IsRegion(std::string_view name);

}  // namespace firn::aws
