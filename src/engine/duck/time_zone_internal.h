#pragma once

#include <optional>
#include <string>

namespace firn::duck {

/// A session's time zone, `Asia/Tokyo` or `+08:00`, as the engine names it. nullopt for an offset
/// no zone has always had; names are not looked up here.
std::optional<std::string> EngineTimeZone(const std::string& time_zone);

}  // namespace firn::duck
