#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"
#include "cloud/iam/managed_policies_internal.h"

namespace firn::iam {

using ledger::EntityKey;
using ledger::EntityKind;
using ledger::EntityRow;

const KindWords& WordsOf(EntityKind kind) {
  static constexpr KindWords kUser{"user", "User", "UserName", "userName", kUserNameMax, "AIDA"};
  static constexpr KindWords kGroup{"group",     "Group",       "GroupName",
                                    "groupName", kGroupNameMax, "AGPA"};
  static constexpr KindWords kRole{"role", "Role", "RoleName", "roleName", kRoleNameMax, "AROA"};
  switch (kind) {
    case EntityKind::kUser: return kUser;
    case EntityKind::kGroup: return kGroup;
    case EntityKind::kRole: return kRole;
  }
  return kUser;
}

namespace {

Unexpected Validation(std::string message) {
  return InvalidArgument("ValidationError", std::move(message));
}

/// `UserName` as IAM's messages write it: `userName`.
std::string MemberName(std::string_view parameter) {
  std::string name(parameter);
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z')
    name[0] = static_cast<char>(name[0] | 0x20);
  return name;
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_+=,.@-").find(c) != std::string_view::npos;
}

}  // namespace

Status CheckName(std::string_view name, std::string_view member, std::size_t length_max) {
  if (name.empty() || name.size() > length_max) {
    return Validation(fmt::format(
        "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "
        "have length {}",
        name.substr(0, 256), member,
        name.empty() ? "greater than or equal to 1"
                     : fmt::format("less than or equal to {}", length_max)));
  }
  if (!std::all_of(name.begin(), name.end(), IsNameByte)) {
    return Validation(
        fmt::format("The specified value for {} is invalid. It must contain only alphanumeric "
                    "characters and/or "
                    "the following: +=,.@_-",
                    member));
  }
  return Ok();
}

Result<std::string> PathOf(const aws::Form& form) {
  std::string path = form.Get("Path", "/");
  const bool ok =
      !path.empty() && path.size() <= kPathMax && path.front() == '/' && path.back() == '/' &&
      std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!ok) {
    return Validation(
        "The specified value for path is invalid. It must begin and end with / and contain only "
        "alphanumeric characters and/or / characters.");
  }
  return path;
}

Result<std::string> RequireParameter(const aws::Form& form, std::string_view name) {
  const auto value = form.Find(name);
  if (!value) {
    return Validation(fmt::format(
        "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must "
        "not be null",
        MemberName(name)));
  }
  return std::string(*value);
}

Result<std::string> RequireName(const aws::Form& form, std::string_view parameter,
                                std::size_t length_max) {
  FIRN_ASSIGN_OR_RETURN(std::string name, RequireParameter(form, parameter));
  FIRN_TRY(CheckName(name, MemberName(parameter), length_max));
  return name;
}

Result<EntityKey> NamedKey(const Call& call) {
  const KindWords& words = WordsOf(call.kind);
  FIRN_ASSIGN_OR_RETURN(std::string name,
                        RequireName(call.form, words.name_parameter, words.name_max));
  return EntityKey{call.parts.account_id, call.kind, std::move(name)};
}

Unexpected NoSuchEntity(const EntityKey& key) {
  return NotFound("NoSuchEntity", fmt::format("The {} with name {} cannot be found.",
                                              WordsOf(key.kind).lower, key.name));
}

Result<EntityRow> RequireEntity(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityKey key, NamedKey(call));
  return RequireEntity(call, key);
}

Result<EntityRow> RequireEntity(const Call& call, const EntityKey& key) {
  FIRN_ASSIGN_OR_RETURN(std::optional<EntityRow> row, FindEntity(call.transaction, key));
  if (!row) return NoSuchEntity(key);
  return std::move(*row);
}

Result<std::string> RequireDocument(const aws::Form& form, std::string_view parameter,
                                    const DocumentRules& rules) {
  FIRN_ASSIGN_OR_RETURN(std::string text, RequireParameter(form, parameter));
  FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const auto document, policy::ParsePolicy(text, rules.use));
  const auto char_count =
      static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return std::string_view(" \t\r\n").find(c) == std::string_view::npos;
      }));
  if (char_count > rules.char_count_max) {
    return ResourceExhausted("LimitExceeded", fmt::format("Cannot exceed quota for {}: {}",
                                                          rules.quota_name, rules.char_count_max));
  }
  return text;
}

Result<Page> PageOf(const aws::Form& form) {
  Page page;
  page.after_name = form.Get("Marker");
  if (const auto items = form.Find("MaxItems")) {
    const auto [end, failure] =
        std::from_chars(items->data(), items->data() + items->size(), page.row_count_max);
    if (failure != std::errc() || end != items->data() + items->size() || page.row_count_max < 1 ||
        page.row_count_max > kPageMax) {
      return Validation(
          fmt::format("1 validation error detected: Value '{}' at 'maxItems' failed to satisfy "
                      "constraint: Member "
                      "must be between 1 and {}",
                      items->substr(0, 64), kPageMax));
    }
  }
  return page;
}

void WritePageEnd(aws::XmlWriter& out, bool truncated, std::string_view last_name) {
  out.Text("IsTruncated", truncated ? "true" : "false");
  if (truncated) out.Text("Marker", last_name);
}

std::string EntityArn(const EntityRow& row) {
  return fmt::format("arn:aws:iam::{}:{}{}{}", row.key.account_id, WordsOf(row.key.kind).lower,
                     row.path, row.key.name);
}

void WriteEntityMembers(Call& call, const EntityRow& row, const std::vector<ledger::TagRow>& tags) {
  const KindWords& words = WordsOf(row.key.kind);
  aws::XmlWriter& out = call.out;
  out.Text("Path", row.path)
      .Text(words.name_parameter, row.key.name)
      .Text(std::string(words.title) + "Id", row.entity_id)
      .Text("Arn", EntityArn(row))
      .Text("CreateDate", FormatIso8601(row.created_at));
  if (row.key.kind == EntityKind::kRole) {
    out.Text("AssumeRolePolicyDocument", PercentEncode(row.trust_policy));
    if (!row.description.empty()) out.Text("Description", row.description);
    out.Text("MaxSessionDuration", std::to_string(row.session_seconds_max));
  }
  if (!row.boundary_arn.empty()) {
    out.Open("PermissionsBoundary")
        .Text("PermissionsBoundaryType", "Policy")
        .Text("PermissionsBoundaryArn", row.boundary_arn)
        .Close("PermissionsBoundary");
  }
  WriteTags(out, tags);
}

void WriteTags(aws::XmlWriter& out, const std::vector<ledger::TagRow>& tags) {
  if (tags.empty()) return;
  out.Open("Tags");
  for (const ledger::TagRow& tag : tags) {
    out.Open("member").Text("Key", tag.key).Text("Value", tag.value).Close("member");
  }
  out.Close("Tags");
}

void WriteEntity(Call& call, std::string_view name, const EntityRow& row,
                 const std::vector<ledger::TagRow>& tags) {
  call.out.Open(name);
  WriteEntityMembers(call, row, tags);
  call.out.Close(name);
}

Result<std::vector<ledger::TagRow>> TagsOf(const aws::Form& form) {
  std::vector<ledger::TagRow> tags;
  for (std::size_t i = 1;; ++i) {
    const auto key = form.Find(fmt::format("Tags.member.{}.Key", i));
    if (!key) break;
    if (key->empty() || key->size() > 128) return Validation("A tag key has 1 to 128 characters.");
    std::string value = form.Get(fmt::format("Tags.member.{}.Value", i));
    if (value.size() > 256) return Validation("A tag value has at most 256 characters.");
    const bool twice = std::any_of(tags.begin(), tags.end(), [&](const ledger::TagRow& tag) {
      return EqualsIgnoreCaseAscii(tag.key, *key);
    });
    if (twice) {
      return InvalidArgument(
          "InvalidInput",
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    tags.push_back({std::string(*key), std::move(value)});
    if (tags.size() > kTagsMax) {
      return ResourceExhausted("LimitExceeded",
                               fmt::format("Cannot exceed quota for Tags: {}", kTagsMax));
    }
  }
  return tags;
}

Status CheckAttachable(Call& call, const std::string& arn) {
  if (const AwsManagedPolicy* managed = FindAwsManagedPolicy(arn)) {
    if (managed->path != kServiceRolePath) return Ok();
    return InvalidArgument("PolicyNotAttachable",
                           "Cannot attach a Service Role Policy to a Customer Role.");
  }
  FIRN_ASSIGN_OR_RETURN(const auto policy, FindManagedPolicy(call.transaction, arn));
  if (policy && policy->account_id == call.parts.account_id) return Ok();
  return NotFound("NoSuchEntity",
                  fmt::format("Policy {} does not exist or is not attachable.", arn));
}

}  // namespace firn::iam
