#include "app/denial.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "app/limits.h"
#include "base/encoding.h"
#include "base/json.h"

namespace firn::app {
namespace {

std::string Text(const json::object& object, std::string_view name) {
  const auto text = FindString(object, name);
  return text ? text->value_or("") : "";
}

/// What a code of the door says of the proof of identity.
struct Proof {
  std::string_view code;
  std::string_view remedy;
};
constexpr auto kProofs = std::to_array<Proof>({
    {"SignatureDoesNotMatch",
     "the secret access key is another one than the server has, or the request was signed for "
     "another host, region or "
     "service; compare iceberg.catalog.rest.secret-access-key, signing-name and signing-region"},
    {"InvalidSignatureException",
     "the secret access key is another one than the server has, or the request was signed for "
     "another host, region or service"},
    {"InvalidClientTokenId",
     "the access key is not of this account, is inactive, or lacks its session token"},
    {"InvalidAccessKeyId",
     "the access key is not of this account, is inactive, or lacks its session token"},
    {"UnrecognizedClientException",
     "the access key is not of this account, is inactive, or lacks its session token"},
    {"ExpiredToken", "the temporary credentials are over; assume the role again"},
    {"ExpiredTokenException", "the temporary credentials are over; assume the role again"},
    {"RequestTimeTooSkewed", "set the client's clock; it may differ by 15 minutes"},
    {"RequestExpired", "set the client's clock; it may differ by 15 minutes"},
    {"MissingAuthenticationTokenException", "sign the request; there is no anonymous access"},
    {"MissingAuthenticationToken", "sign the request; there is no anonymous access"},
});

std::string_view ProofRemedy(std::string_view error) {
  const auto found = std::ranges::find(kProofs, error, &Proof::code);
  return found == kProofs.end() ? std::string_view() : found->remedy;
}

/// `PermissionDenied/AccessDenied: the words (at ../file.cc:43)` without what only programmers
/// read.
std::string WordsOf(std::string_view detail) {
  const auto begin = detail.find(": ");
  if (begin != std::string_view::npos) detail.remove_prefix(begin + 2);
  if (const auto place = detail.rfind(" (at "); place != std::string_view::npos)
    detail = detail.substr(0, place);
  return std::string(detail);
}

std::string StatementOf(const json::object& statement) {
  const std::string sid = Text(statement, "sid");
  const auto number = FindInt64(statement, "statement");
  const auto line = FindInt64(statement, "line");
  std::string text = sid.empty() ? "statement " + std::to_string(number ? number->value_or(0) : 0)
                                 : "statement \"" + sid + "\"";
  return text + " of " + Text(statement, "policy") + " (" + Text(statement, "layer") + ", line " +
         std::to_string(line ? line->value_or(0) : 0) + ")";
}

std::vector<const json::object*> Objects(const json::object& line, std::string_view name) {
  std::vector<const json::object*> objects;
  const auto array = FindArray(line, name);
  if (!array || *array == nullptr) return objects;
  for (const json::value& value : **array) {
    if (value.is_object()) objects.push_back(&value.get_object());
  }
  return objects;
}

std::string Listed(const json::object& object, std::string_view name) {
  const auto array = FindArray(object, name);
  std::string text;
  if (array && *array != nullptr) {
    for (const json::value& value : **array) {
      if (value.is_string())
        text += (text.empty() ? "\"" : ", \"") + std::string(value.get_string()) + "\"";
    }
  }
  return text.empty() ? "nothing" : text;
}

void AddDecision(const json::object& line, Denial& denial) {
  const std::string action = Text(line, "action");
  const std::string resource = Text(line, "resource");
  denial.causes.push_back(action + " on " + resource + " is " + Text(line, "verdict"));
  if (Text(line, "verdict") == "explicitly denied") {
    for (const json::object* statement : Objects(line, "statements")) {
      denial.causes.push_back(StatementOf(*statement) + " denies it");
      denial.remedies.push_back(
          "narrow that statement, or take it out; no Allow elsewhere helps against a Deny");
    }
    return;
  }
  const auto near = Objects(line, "failed_conditions");
  for (const json::object* miss : near) {
    denial.causes.push_back(StatementOf(*miss) + " would allow it, but its condition on " +
                            Text(*miss, "key") + " wants " + Listed(*miss, "wanted") +
                            " and the request has " + Listed(*miss, "found"));
    denial.remedies.push_back("meet that condition, or change it");
  }
  const auto silent = FindArray(line, "silent_layers");
  if (!silent || *silent == nullptr) return;
  for (const json::value& layer : **silent) {
    if (!layer.is_string()) continue;
    const std::string name(layer.get_string());
    denial.causes.push_back("no " + name + " allows it");
    denial.remedies.push_back("allow " + action + " on " + resource + " in a" +
                              (name.starts_with("i") ? "n " : " ") + name +
                              (denial.principal.empty() ? "" : " of " + denial.principal));
  }
}

/// A grant that Lake Formation missed: `Insufficient Lake Formation permission(s): Required
/// Describe on db`.
void AddGrant(const std::string& words, Denial& denial) {
  constexpr std::string_view kRequired = "Required ";
  const auto required = words.find(kRequired);
  const auto on = words.find(" on ", required == std::string::npos ? 0 : required);
  if (required == std::string::npos || on == std::string::npos) return;
  std::string permission =
      ToUpperAscii(words.substr(required + kRequired.size(), on - required - kRequired.size()));
  std::ranges::replace(permission, ' ', '_');
  denial.remedies.push_back(
      "aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier=" +
      denial.principal + " --permissions " + permission + " --resource … (" + words.substr(on + 4) +
      "); ALL on the table bucket's catalog covers everything below it");
}

/// False when the request was refused for another reason than who asked.
bool Explain(const json::object& request, const std::vector<json::object>& decisions,
             Denial& denial) {
  const std::string words = WordsOf(Text(request, "detail"));
  for (const json::object& decision : decisions) AddDecision(decision, denial);
  if (words.find("Lake Formation") != std::string::npos) {
    denial.causes.push_back(words);
    AddGrant(words, denial);
  } else if (const std::string_view remedy = ProofRemedy(denial.error); !remedy.empty()) {
    denial.causes.push_back(words);
    denial.remedies.emplace_back(remedy);
  }
  if (!denial.causes.empty()) return true;
  const auto status = FindInt64(request, "status");
  const bool is_refusal = status && (status->value_or(0) == 401 || status->value_or(0) == 403);
  if (is_refusal) denial.causes.push_back(words);
  return is_refusal;
}

}  // namespace

std::vector<Denial> ReadDenials(std::string_view log, std::size_t count_max) {
  std::map<std::string, std::vector<json::object>, std::less<>>
      undecided;  // Those that said no, by request.
  std::deque<Denial> denials;
  for (const std::string_view raw : Split(log, '\n')) {
    if (raw.empty()) continue;
    const auto parsed = ParseJson(raw, {.depth_max = 8, .bytes_max = kAuditLineBytesMax});
    if (!parsed || !parsed->is_object()) continue;
    const json::object& line = parsed->get_object();
    const std::string id = Text(line, "request_id");
    if (Text(line, "kind") == "decision") {
      if (Text(line, "verdict") == "allowed") continue;
      if (undecided.size() >= kAuditRequestsMax)
        undecided.clear();  // Of a log that lacks the requests' ends.
      undecided[id].push_back(line);
      continue;
    }
    if (Text(line, "kind") != "request") continue;
    const auto decided = undecided.extract(id);
    if (Text(line, "error").empty()) continue;
    Denial denial{.at = Text(line, "at"),
                  .request_id = id,
                  .principal = Text(line, "principal"),
                  .access_key_id = Text(line, "access_key_id"),
                  .operation = Text(line, "service") + " " + Text(line, "operation"),
                  .error = Text(line, "error")};
    if (!Explain(line, decided.empty() ? std::vector<json::object>() : decided.mapped(), denial))
      continue;
    denials.push_back(std::move(denial));
    if (denials.size() > count_max) denials.pop_front();
  }
  return {std::make_move_iterator(denials.begin()), std::make_move_iterator(denials.end())};
}

}  // namespace firn::app
