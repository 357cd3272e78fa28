#include "cloud/lint/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "cloud/lint/actions.h"
#include "cloud/lint/limits.h"
#include "cloud/lint/mend.h"
#include "cloud/policy/condition_keys.h"
#include "cloud/policy/document.h"
#include "wire/aws/arn.h"

namespace firn::lint {
namespace {

using policy::PolicyDocument;
using policy::Statement;

/// What the guide's statements ask for, and what dropping its tables needs besides.
constexpr auto kGuideActions = std::to_array<std::string_view>(
    {"glue:GetCatalog", "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables",
     "glue:CreateDatabase", "glue:CreateTable", "glue:UpdateTable"});
constexpr auto kDropActions =
    std::to_array<std::string_view>({"glue:DeleteDatabase", "glue:DeleteTable"});
constexpr std::string_view kDataAccess = "lakeformation:GetDataAccess";

/// IAM's `*` and `?`, without case when `folds`.
bool Matches(std::string_view pattern, std::string_view text, bool folds) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  const auto same = [&](char a, char b) {
    return a == b || (folds && ToLowerAscii({&a, 1}) == ToLowerAscii({&b, 1}));
  };
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || same(pattern[p], text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

std::string Shown(std::string_view text) { return std::string(text.substr(0, kShownBytesMax)); }

class Linter {
 public:
  explicit Linter(Report& report) : report_(report) {}

  void Lint(const PolicyDocument& document) {
    for (const Statement& statement : document.statements) {
      line_ = statement.line;
      for (const std::string& action : statement.actions) CheckAction(action);
      for (const std::string& resource : statement.resources) CheckResource(resource);
      for (const policy::ConditionTest& test : statement.conditions) CheckKey(statement, test);
      if (statement.effect == policy::Effect::kAllow) Collect(statement);
    }
    CheckAncestors();
    CheckGuide();
  }

 private:
  void Say(Severity severity, std::string rule, std::string text) {
    if (report_.remarks.size() < kRemarksMax)
      report_.remarks.push_back({severity, line_, 0, std::move(rule), std::move(text)});
  }
  void CheckAction(const std::string& action);
  void CheckResource(const std::string& resource);
  void CheckKey(const Statement& statement, const policy::ConditionTest& test);
  void CheckGlueResource(const std::string& resource, const std::string& path);
  void CheckS3TablesResource(const std::string& resource, const std::string& path);
  void Collect(const Statement& statement);
  void CheckAncestors();
  void CheckGuide();
  bool Allows(std::string_view action) const;

  Report& report_;
  std::size_t line_ = 0;
  std::vector<const Statement*> allows_;
};

void Linter::CheckAction(const std::string& action) {
  const std::size_t colon = action.find(':');
  if (colon == std::string::npos) return;  // "*", or the grammar's business.
  const std::string service = ToLowerAscii(action.substr(0, colon));
  const std::string name = action.substr(colon + 1);
  const std::vector<std::string> services = KnownServices();
  if (std::ranges::find(services, service) == services.end()) {
    if (const std::string near = NearestWord(service, services); !near.empty()) {
      Say(Severity::kError, "unknown-service",
          fmt::format("\"{}\": is the service \"{}\" meant?", Shown(action), near));
    }
    return;
  }
  const std::vector<std::string> known = ActionsOf(service);
  if (std::ranges::any_of(known, [&](const std::string& one) { return Matches(name, one, true); }))
    return;
  if (HasWildcard(name)) {
    Say(Severity::kError, "unknown-action",
        fmt::format("\"{}\" matches no action of {}", Shown(action), service));
    return;
  }
  const std::string near = NearestWord(name, known);
  Say(Severity::kError, "unknown-action",
      fmt::format("\"{}\" is no action of {}{}", Shown(action), service,
                  near.empty() ? "" : fmt::format("; is \"{}:{}\" meant?", service, near)));
}

void Linter::CheckResource(const std::string& resource) {
  if (resource == "*") return;
  const auto none = [&](std::string_view why) {
    Say(Severity::kError, "no-match",
        fmt::format("\"{}\" can match nothing: {}", Shown(resource), why));
  };
  if (resource.find_first_of("<>") != std::string::npos) {
    Say(Severity::kError, "placeholder",
        fmt::format("\"{}\" still has a placeholder in angle brackets", Shown(resource)));
    return;
  }
  const std::vector<std::string_view> parts = Split(resource, ':');
  if (parts.size() < 6) return none("an ARN has six parts between colons");
  const std::string_view service = parts[2];
  const std::string_view region = parts[3];
  const std::string_view account = parts[4];
  const std::vector<std::string> services = KnownServices();
  if (!HasWildcard(service) && std::ranges::find(services, service) == services.end()) return;
  const bool has_account = aws::IsAccountId(account) || HasWildcard(account) ||
                           account.find("${") != std::string_view::npos;
  if (!account.empty() && !has_account) return none("an account id has twelve digits");
  std::string path = std::string(parts[5]);
  for (std::size_t i = 6; i < parts.size(); ++i) path += ":" + std::string(parts[i]);
  if (service == "iam" && !region.empty()) return none("ARNs of iam have no region");
  if (service == "s3") {
    const bool is_plain = !path.starts_with("accesspoint/") && !path.starts_with("job/") &&
                          !HasWildcard(path.substr(0, 1));
    if (is_plain && (!region.empty() || !account.empty()))
      return none("ARNs of buckets and objects have neither region nor account");
    return;
  }
  if (service != "glue" && service != "s3tables") return;
  if (region.empty()) return none("ARNs of " + std::string(service) + " have a region");
  if (account.empty()) return none("ARNs of " + std::string(service) + " have an account id");
  if (service == "glue") CheckGlueResource(resource, path);
  if (service == "s3tables") CheckS3TablesResource(resource, path);
}

/// A Deny on a key that no request carries never denies, and an Allow never allows.
void Linter::CheckKey(const Statement& statement, const policy::ConditionTest& test) {
  const auto say = [&](std::string text) {
    Say(Severity::kWarning, "condition-key", std::move(text));
  };
  const std::string_view service = std::string_view(test.key).substr(0, test.key.find(':'));
  const policy::ConditionKey* known = policy::FindConditionKey(test.key);
  if (known == nullptr) {
    std::vector<std::string> keys;
    for (const policy::ConditionKey& key : policy::ConditionKeys()) {
      if (key.key.starts_with(service)) keys.emplace_back(key.key);
    }
    if (keys.empty()) return;  // Another service's.
    const std::string near = NearestWord(test.key, keys);
    say(fmt::format("no such condition key is known: \"{}\"{}", Shown(test.key_written),
                    near.empty() ? "" : fmt::format("; is \"{}\" meant?", near)));
    return;
  }
  if (known->presence == policy::Presence::kNever) {
    say(fmt::format("no request to the local side carries \"{}\", though some to AWS do",
                    Shown(test.key_written)));
    return;
  }
  const bool is_carried = statement.not_action ||
                          std::ranges::any_of(statement.actions, [&](const std::string& action) {
                            return policy::MayCarry(action, test.key);
                          });
  if (is_carried) return;
  say(fmt::format("no request of {} carries the condition key \"{}\"; it is of: {}",
                  Shown(fmt::format("{}", fmt::join(statement.actions, ", "))),
                  Shown(test.key_written), Shown(known->actions)));
}

void Linter::CheckGlueResource(const std::string& resource, const std::string& path) {
  const auto none = [&](std::string_view why) {
    Say(Severity::kError, "no-match",
        fmt::format("\"{}\" can match nothing: {}", Shown(resource), why));
  };
  const std::vector<std::string_view> parts = Split(path, '/');
  constexpr auto kKinds = std::to_array<std::string_view>(
      {"catalog", "database", "table", "tableVersion", "userDefinedFunction", "connection",
       "crawler", "job", "trigger", "workflow", "devEndpoint", "mlTransform", "registry", "schema",
       "session", "blueprint", "dataQualityRuleset", "integration", "usageProfile"});
  const std::string_view kind = parts[0];
  if (HasWildcard(kind)) return;
  if (std::ranges::find(kKinds, kind) == kKinds.end()) {
    const std::string near =
        NearestWord(kind, std::vector<std::string>(kKinds.begin(), kKinds.end()));
    return none(fmt::format("Glue has no resource \"{}\"{}", Shown(kind),
                            near.empty() ? "" : fmt::format("; is \"{}\" meant?", near)));
  }
  // A star may stand for several segments.
  if (HasWildcard(path) && path.find("s3tablescatalog") == std::string::npos) return;
  const bool is_federated = parts.size() > 1 && parts[1] == "s3tablescatalog";
  const std::size_t above = is_federated ? 2 : 0;
  if (kind == "catalog" && is_federated && parts.size() > 3)
    return none("below catalog/s3tablescatalog there is the table bucket and no more");
  if (kind == "database" && !HasWildcard(path) && parts.size() != 2 + above)
    return none(is_federated ? "a database is database/s3tablescatalog/<bucket>/<namespace>"
                             : "a database is database/<name>");
  if (kind == "table" && !HasWildcard(path) && parts.size() != 3 + above)
    return none(is_federated ? "a table is table/s3tablescatalog/<bucket>/<namespace>/<table>"
                             : "a table is table/<database>/<table>");
}

void Linter::CheckS3TablesResource(const std::string& resource, const std::string& path) {
  if (HasWildcard(path.substr(0, path.find('/')))) return;
  const std::vector<std::string_view> parts = Split(path, '/');
  const bool is_bucket = parts[0] == "bucket" && parts.size() == 2;
  const bool is_table = parts[0] == "bucket" && parts.size() == 4 && parts[2] == "table";
  if (is_bucket || is_table) return;
  if (parts[0] == "bucket" && parts.size() <= 4 && HasWildcard(parts.back())) return;
  Say(Severity::kError, "no-match",
      fmt::format("\"{}\" can match nothing: s3tables knows bucket/<name> and "
                  "bucket/<name>/table/<table id>; namespaces have no ARN",
                  Shown(resource)));
}

void Linter::Collect(const Statement& statement) { allows_.push_back(&statement); }

bool Linter::Allows(std::string_view action) const {
  return std::ranges::any_of(allows_, [&](const Statement* statement) {
    const bool names = std::ranges::any_of(statement->actions, [&](const std::string& pattern) {
      return Matches(pattern, action, true);
    });
    return names != statement->not_action;
  });
}

/// Glue asks for an action on a resource and on all that stands above it.
void Linter::CheckAncestors() {
  std::vector<std::string> covered;
  for (const Statement* statement : allows_) {
    if (statement->not_resource) return;  // Names what is left out: too wide to check.
    covered.insert(covered.end(), statement->resources.begin(), statement->resources.end());
  }
  std::set<std::string> told;
  for (const Statement* statement : allows_) {
    line_ = statement->line;
    for (const std::string& resource : statement->resources) {
      const std::vector<std::string_view> colons = Split(resource, ':');
      if (colons.size() != 6 || colons[2] != "glue") continue;
      const std::vector<std::string_view> parts = Split(colons[5], '/');
      const bool is_federated = parts.size() > 1 && parts[1] == "s3tablescatalog";
      const std::string start = resource.substr(0, resource.size() - colons[5].size());
      std::vector<std::string> above{start + "catalog"};
      if (is_federated) {
        above.push_back(start + "catalog/s3tablescatalog");
        if (parts.size() > 2)
          above.push_back(start + "catalog/s3tablescatalog/" + std::string(parts[2]));
      }
      if (parts[0] == "table" && parts.size() > (is_federated ? 3U : 1U)) {
        std::string database = start + "database";
        const std::size_t end = is_federated ? 4 : 2;
        for (std::size_t i = 1; i < end; ++i) database += "/" + std::string(parts[i]);
        above.push_back(std::move(database));
      }
      if (parts[0] != "table" && parts[0] != "database" && parts[0] != "catalog") continue;
      for (const std::string& one : above) {
        const bool is_covered = std::ranges::any_of(
            covered, [&](const std::string& pattern) { return Matches(pattern, one, false); });
        if (is_covered || !told.insert(one).second) continue;
        Say(Severity::kError, "missing-ancestor",
            fmt::format("\"{}\" also needs \"{}\": Glue asks for the action on all that stands "
                        "above a resource",
                        Shown(resource), Shown(one)));
      }
    }
  }
}

void Linter::CheckGuide() {
  line_ = 0;
  const bool is_about_glue = Allows("glue:GetTable") || Allows("glue:GetCatalog");
  if (!is_about_glue) return;
  const auto missing = [&](std::string_view action, std::string_view purpose) {
    if (Allows(action)) return;
    Say(Severity::kWarning, "missing-action",
        fmt::format("no statement allows {}, which {} needs", action, purpose));
  };
  for (const std::string_view action : kGuideActions) missing(action, "the guide");
  for (const std::string_view action : kDropActions) missing(action, "dropping what it made");
  missing(kDataAccess, "reading and writing tables (on Resource \"*\")");
  for (const Statement* statement : allows_) {
    const bool names_access =
        std::ranges::find(statement->actions, kDataAccess) != statement->actions.end();
    const bool on_all = std::ranges::find(statement->resources, "*") != statement->resources.end();
    if (!names_access || on_all || statement->not_resource) continue;
    line_ = statement->line;
    Say(Severity::kError, "no-match",
        fmt::format("{} is asked on \"*\" only, which this statement's Resource does not match",
                    kDataAccess));
  }
}

}  // namespace

bool Report::has_errors() const {
  return std::ranges::any_of(
      remarks, [](const Remark& remark) { return remark.severity == Severity::kError; });
}

Report LintPolicy(std::string_view text) {
  Report report;
  for (const policy::PolicyFinding& finding :
       policy::DiagnosePolicy(text, policy::PolicyUse::kIdentity)) {
    report.remarks.push_back({Severity::kError, finding.line, finding.column,
                              finding.is_syntax ? "syntax" : "grammar", finding.problem});
  }
  auto document = policy::ParsePolicy(text, policy::PolicyUse::kIdentity);
  if (!document) {
    std::optional<std::string> mended = MendJson(text);
    if (!mended) return report;
    document = policy::ParsePolicy(*mended, policy::PolicyUse::kIdentity);
    if (!document) return report;
    report.mended = std::move(mended);
  }
  Linter(report).Lint(*document);
  return report;
}

}  // namespace firn::lint
