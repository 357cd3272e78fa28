#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "cloud/policy/address_internal.h"

namespace firn::policy {

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  const std::string terminated(text);
  IpAddress address;
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) {
    address.is_v4 = true;
    address.bytes[10] = address.bytes[11] = 0xFF;
    std::copy(v4.begin(), v4.end(), address.bytes.begin() + 12);
    return address;
  }
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<IpRange> ParseIpRange(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> base = ParseIpAddress(text.substr(0, slash));
  if (!base) return std::nullopt;
  IpRange range{.base = *base};
  if (slash == std::string_view::npos) return range;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (failure != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    return std::nullopt;
  }
  if (bits > (base->is_v4 ? 32U : 128U)) return std::nullopt;
  range.prefix_bits = base->is_v4 ? bits + 96 : bits;
  return range;
}

namespace {

/// ::ffff:0:0/96, in which every IPv4 address stands.
bool IsMapped(const IpAddress& address) {
  const auto zero = [](std::uint8_t byte) { return byte == 0; };
  return std::all_of(address.bytes.begin(), address.bytes.begin() + 10, zero) &&
         address.bytes[10] == 0xFF && address.bytes[11] == 0xFF;
}

}  // namespace

bool Contains(const IpRange& range, const IpAddress& address) {
  // `::/0` means every IPv6 address, no IPv4 one.
  if (IsMapped(address) && range.prefix_bits < 96) return false;
  for (unsigned bit = 0; bit < range.prefix_bits; bit += 8) {
    const unsigned kept = std::min(8U, range.prefix_bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> kept);
    const std::size_t index = bit / 8;
    if ((range.base.bytes[index] & mask) != (address.bytes[index] & mask)) return false;
  }
  return true;
}

}  // namespace firn::policy
