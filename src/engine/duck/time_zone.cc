#include <string_view>
#include <utility>

#include "engine/duck/time_zone_internal.h"

namespace firn::duck {
namespace {

/// Zones without summer time whose offset is not of whole hours.
constexpr std::pair<std::string_view, std::string_view> kOddOffsets[] = {
    {"+03:30", "Asia/Tehran"},      {"+04:30", "Asia/Kabul"},        {"+05:30", "Asia/Kolkata"},
    {"+05:45", "Asia/Kathmandu"},   {"+06:30", "Asia/Yangon"},       {"+08:45", "Australia/Eucla"},
    {"+09:30", "Australia/Darwin"}, {"-09:30", "Pacific/Marquesas"},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::string> EngineTimeZone(const std::string& time_zone) {
  if (time_zone.empty() || (time_zone[0] != '+' && time_zone[0] != '-')) return time_zone;
  // `+8:00` is `+08:00`.
  std::string offset = time_zone;
  if (offset.size() == 5) offset.insert(1, "0");
  const bool shaped = offset.size() == 6 && IsDigit(offset[1]) && IsDigit(offset[2]) &&
                      offset[3] == ':' && IsDigit(offset[4]) && IsDigit(offset[5]);
  if (!shaped) return std::nullopt;
  if (offset.substr(3) != ":00") {
    for (const auto& [odd, name] : kOddOffsets) {
      if (odd == offset) return std::string(name);
    }
    return std::nullopt;
  }
  const int hours = (offset[1] - '0') * 10 + (offset[2] - '0');
  if (hours > (offset[0] == '+' ? 14 : 12)) return std::nullopt;
  if (hours == 0) return "Etc/GMT";
  // These names count westwards: Etc/GMT-8 is eight hours ahead of Greenwich.
  return std::string("Etc/GMT") + (offset[0] == '+' ? "-" : "+") + std::to_string(hours);
}

}  // namespace firn::duck
