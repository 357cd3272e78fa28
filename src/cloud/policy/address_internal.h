#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// IP addresses and ranges, as IpAddress conditions write them.

namespace firn::policy {

/// An IPv6 address, or an IPv4 one mapped into it.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = false;
};

struct IpRange {
  IpAddress base;
  unsigned prefix_bits = 128;  ///< Counted in the IPv6 form.
};

std::optional<IpAddress> ParseIpAddress(std::string_view text);
/// `203.0.113.0/24`, `2001:db8::/32`, or a single address.
std::optional<IpRange> ParseIpRange(std::string_view text);
bool Contains(const IpRange& range, const IpAddress& address);

}  // namespace firn::policy
