#include "wire/credentials/profile_file.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/credentials/limits.h"

namespace firn::credentials {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Without a comment that a blank precedes, as the AWS CLI reads values.
std::string_view WithoutComment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool starts_comment = text[i] == '#' || text[i] == ';';
    if (starts_comment && (text[i - 1] == ' ' || text[i - 1] == '\t')) return text.substr(0, i);
  }
  return text;
}

/// The profile a section is of; empty for other sections.
std::string ProfileOf(std::string_view section, ProfileFileKind kind) {
  section = Trim(section);
  constexpr std::string_view kPrefix = "profile";
  const bool has_prefix = section.starts_with(kPrefix) && section.size() > kPrefix.size() &&
                          kBlanks.find(section[kPrefix.size()]) != std::string_view::npos;
  if (has_prefix) {
    std::string_view name = Trim(section.substr(kPrefix.size()));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
      name = name.substr(1, name.size() - 2);
    return std::string(name);
  }
  if (kind == ProfileFileKind::kCredentials || section == "default") return std::string(section);
  return "";
}

Unexpected BadLine(std::size_t number, std::string_view what) {
  return InvalidArgument("BadProfileFile", fmt::format("line {}: {}", number, what));
}

}  // namespace

Result<Profiles> ParseProfiles(std::string_view text, ProfileFileKind kind) {
  if (text.size() > kProfileFileBytesMax) {
    return ResourceExhausted("ProfileFileTooLarge",
                             fmt::format("the file has over {} bytes", kProfileFileBytesMax));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Profiles profiles;
  Profile* current = nullptr;
  bool is_in_section = false;
  std::size_t number = 0;
  for (const std::string_view raw : Split(text, '\n')) {
    ++number;
    const std::string_view line = Trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const std::size_t end = line.find(']');
      if (end == std::string_view::npos) return BadLine(number, "a section without its ']'");
      const std::string name = ProfileOf(line.substr(1, end - 1), kind);
      if (profiles.size() >= kProfilesMax && !profiles.contains(name)) {
        return ResourceExhausted("ProfileFileTooLarge",
                                 fmt::format("over {} profiles", kProfilesMax));
      }
      current = name.empty() ? nullptr : &profiles[name];
      is_in_section = true;
      continue;
    }
    if (raw.front() == ' ' || raw.front() == '\t') continue;  // A member of the key above: `s3 =`.
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      return BadLine(number, "neither a section nor key = value");
    if (!is_in_section) return BadLine(number, "a key before the first section");
    if (current == nullptr) continue;
    const std::string key = ToLowerAscii(Trim(line.substr(0, equals)));
    if (key.empty()) return BadLine(number, "a value without a key");
    if (current->size() >= kProfileKeysMax && !current->contains(key))
      return BadLine(number, "too many keys in one profile");
    (*current)[key] = Secret(std::string(Trim(WithoutComment(line.substr(equals + 1)))));
  }
  return profiles;
}

void MergeProfiles(Profiles& into, const Profiles& from) {
  for (const auto& [name, profile] : from) {
    for (const auto& [key, value] : profile) into[name][key] = value;
  }
}

}  // namespace firn::credentials
