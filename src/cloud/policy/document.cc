#include "cloud/policy/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/encoding.h"
#include "cloud/policy/address_internal.h"
#include "cloud/policy/json_document_internal.h"
#include "cloud/policy/limits.h"
#include "cloud/policy/operators_internal.h"

namespace firn::policy {
namespace {

constexpr std::string_view kSyntaxErrors = "Syntax errors in policy.";

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool AllOf(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return IsWordByte(c) || others.find(c) != std::string_view::npos;
  });
}

bool IsAccount(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Turns the JSON tree into a PolicyDocument by IAM's grammar, collecting what is wrong. The AWS
/// texts are those IAM answers, as far as they are known; the details are ours.
class Grammar {
 public:
  Grammar(PolicyUse use, std::vector<PolicyFinding>& findings) : use_(use), findings_(findings) {}

  PolicyDocument ReadDocument(const JsonNode& root) {
    PolicyDocument document;
    document.version = "2008-10-17";
    if (root.kind != JsonNode::Kind::kObject) {
      Report(root.place, kSyntaxErrors,
             fmt::format("a policy is an object, found {}", KindWords(root.kind)));
      return document;
    }
    RefuseDuplicates(root);
    const JsonNode* statements = nullptr;
    for (const JsonMember& member : root.members) {
      if (member.key == "Version") {
        ReadVersion(member.value, document);
      } else if (member.key == "Id") {
        document.id = ReadText(member);
      } else if (member.key == "Statement") {
        statements = &member.value;
      } else {
        ReportUnknown(member, "a policy", {"Version", "Id", "Statement"});
      }
    }
    if (statements == nullptr) {
      Report(root.place, kSyntaxErrors, "\"Statement\" is missing");
    } else {
      ReadStatements(*statements, document);
    }
    return document;
  }

 private:
  void Report(const Place& place, std::string_view aws_text, std::string problem) {
    if (findings_.size() >= kFindingsMax) return;
    findings_.push_back({.line = place.line,
                         .column = place.column,
                         .is_syntax = false,
                         .aws_text = std::string(aws_text),
                         .problem = std::move(problem)});
  }

  void ReportUnknown(const JsonMember& member, std::string_view owner,
                     const std::vector<std::string>& known) {
    const std::string nearest = NearestWord(member.key, known);
    Report(member.key_place, kSyntaxErrors,
           fmt::format("{} has no element \"{}\"{}", owner, member.key,
                       nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
  }

  void RefuseDuplicates(const JsonNode& object) {
    std::set<std::string_view> seen;
    for (const JsonMember& member : object.members) {
      if (seen.insert(member.key).second) continue;
      Report(member.key_place, kSyntaxErrors,
             fmt::format("\"{}\" is given twice in one object", member.key));
    }
  }

  std::string ReadText(const JsonMember& member) {
    if (member.value.kind == JsonNode::Kind::kString) return member.value.text;
    Report(
        member.value.place, kSyntaxErrors,
        fmt::format("\"{}\" must be a string, found {}", member.key, KindWords(member.value.kind)));
    return {};
  }

  void ReadVersion(const JsonNode& node, PolicyDocument& document) {
    if (node.kind == JsonNode::Kind::kString &&
        (node.text == "2012-10-17" || node.text == "2008-10-17")) {
      document.version = node.text;
      return;
    }
    Report(
        node.place, kSyntaxErrors,
        fmt::format("\"Version\" must be \"2012-10-17\" or \"2008-10-17\"{}",
                    node.kind == JsonNode::Kind::kString
                        ? fmt::format(", found \"{}\"; it is the version of the language, not of "
                                      "the policy",
                                      node.text)
                        : ""));
  }

  void ReadStatements(const JsonNode& node, PolicyDocument& document) {
    if (node.kind == JsonNode::Kind::kObject) {
      document.statements.push_back(ReadStatement(node));
      return;
    }
    if (node.kind != JsonNode::Kind::kArray) {
      Report(node.place, kSyntaxErrors,
             fmt::format("\"Statement\" must be an object or a list of objects, found {}",
                         KindWords(node.kind)));
      return;
    }
    if (node.items.empty()) Report(node.place, kSyntaxErrors, "\"Statement\" is empty");
    if (node.items.size() > kStatementsMax) {
      Report(node.place, kSyntaxErrors, fmt::format("more than {} statements", kStatementsMax));
      return;
    }
    for (const JsonNode& item : node.items) {
      if (item.kind != JsonNode::Kind::kObject) {
        Report(item.place, kSyntaxErrors,
               fmt::format("a statement is an object, found {}", KindWords(item.kind)));
        continue;
      }
      document.statements.push_back(ReadStatement(item));
    }
  }

  Statement ReadStatement(const JsonNode& node) {
    Statement statement;
    statement.line = node.place.line;
    RefuseDuplicates(node);
    bool has_effect = false;
    const JsonMember* action = nullptr;
    const JsonMember* resource = nullptr;
    const JsonMember* principal = nullptr;
    for (const JsonMember& member : node.members) {
      const std::string& key = member.key;
      if (key == "Sid") {
        ReadSid(member, statement);
      } else if (key == "Effect") {
        has_effect = true;
        ReadEffect(member, statement);
      } else if (key == "Action" || key == "NotAction") {
        TakeOne(action, member, "Action", "NotAction");
      } else if (key == "Resource" || key == "NotResource") {
        TakeOne(resource, member, "Resource", "NotResource");
      } else if (key == "Principal" || key == "NotPrincipal") {
        TakeOne(principal, member, "Principal", "NotPrincipal");
      } else if (key == "Condition") {
        ReadConditions(member.value, statement);
      } else {
        ReportUnknown(member, "a statement",
                      {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource",
                       "Principal", "NotPrincipal", "Condition"});
      }
    }
    if (!has_effect) Report(node.place, kSyntaxErrors, "the statement has no \"Effect\"");
    ReadActions(node, action, statement);
    ReadResources(node, resource, statement);
    ReadPrincipals(node, principal, statement);
    return statement;
  }

  void TakeOne(const JsonMember*& slot, const JsonMember& member, std::string_view name,
               std::string_view not_name) {
    if (slot != nullptr && slot->key != member.key) {
      Report(member.key_place, kSyntaxErrors,
             fmt::format("a statement has either \"{}\" or \"{}\", not both", name, not_name));
    }
    slot = &member;
  }

  void ReadSid(const JsonMember& member, Statement& statement) {
    statement.sid = ReadText(member);
    if (statement.sid.empty()) return;
    // Resource policies take spaces and more in a Sid; identity policies letters and digits.
    if (use_ == PolicyUse::kIdentity && !AllOf(statement.sid, "")) {
      Report(member.value.place,
             "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
             "regular expression [0-9A-Za-z]*",
             fmt::format("the Sid \"{}\" has other characters than letters and digits",
                         statement.sid));
    }
    if (!sids_.insert(statement.sid).second) {
      Report(member.value.place, "Statement IDs (SID) in a single policy must be unique.",
             fmt::format("the Sid \"{}\" is used twice", statement.sid));
    }
  }

  void ReadEffect(const JsonMember& member, Statement& statement) {
    if (member.value.kind == JsonNode::Kind::kString && member.value.text == "Allow") {
      statement.effect = Effect::kAllow;
    } else if (member.value.kind == JsonNode::Kind::kString && member.value.text == "Deny") {
      statement.effect = Effect::kDeny;
    } else {
      Report(member.value.place, kSyntaxErrors,
             fmt::format("\"Effect\" must be \"Allow\" or \"Deny\" (in this case), found {}",
                         Shown(member.value)));
    }
  }

  static std::string Shown(const JsonNode& node) {
    if (node.kind == JsonNode::Kind::kString) return fmt::format("\"{}\"", node.text);
    return std::string(KindWords(node.kind));
  }

  /// A string, or a list of strings.
  std::vector<const JsonNode*> ReadTexts(const JsonMember& member) {
    std::vector<const JsonNode*> texts;
    const JsonNode& node = member.value;
    if (node.kind == JsonNode::Kind::kString) {
      texts.push_back(&node);
      return texts;
    }
    if (node.kind != JsonNode::Kind::kArray) {
      Report(node.place, kSyntaxErrors,
             fmt::format("\"{}\" must be a string or a list of strings, found {}", member.key,
                         KindWords(node.kind)));
      return texts;
    }
    for (const JsonNode& item : node.items) {
      if (item.kind == JsonNode::Kind::kString) {
        texts.push_back(&item);
      } else {
        Report(item.place, kSyntaxErrors,
               fmt::format("an entry of \"{}\" must be a string, found {}", member.key,
                           KindWords(item.kind)));
      }
    }
    return texts;
  }

  void ReadActions(const JsonNode& node, const JsonMember* member, Statement& statement) {
    if (member == nullptr) {
      Report(node.place, "Policy statement must contain actions.",
             "the statement has neither \"Action\" nor \"NotAction\"");
      return;
    }
    statement.not_action = member->key == "NotAction";
    for (const JsonNode* text : ReadTexts(*member)) {
      CheckAction(*text);
      statement.actions.push_back(text->text);
    }
    if (statement.actions.empty()) {
      Report(member->value.place, "Policy statement must contain actions.",
             fmt::format("\"{}\" is empty", member->key));
    }
  }

  void CheckAction(const JsonNode& node) {
    const std::string& action = node.text;
    if (action == "*" || action == "*:*") return;
    const std::size_t colon = action.find(':');
    if (colon == std::string::npos || colon == 0) {
      Report(node.place,
             "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
             fmt::format("the action \"{}\" does not begin with a service, as in \"glue:GetTable\"",
                         action));
      return;
    }
    const std::string_view vendor = std::string_view(action).substr(0, colon);
    const std::string_view name = std::string_view(action).substr(colon + 1);
    if (!AllOf(vendor, "-")) {
      Report(node.place, fmt::format("Vendor {} is not valid", vendor),
             fmt::format("\"{}\" is no service name", vendor));
    } else if (name.find(':') != std::string_view::npos) {
      Report(node.place, "Actions/Condition can contain only one colon.",
             fmt::format("the action \"{}\" has several colons", action));
    } else if (name.empty() || !AllOf(name, "*?")) {
      Report(node.place, kSyntaxErrors,
             fmt::format("\"{}\" is no action: after the colon stand letters, digits, * and ?",
                         action));
    }
  }

  void ReadResources(const JsonNode& node, const JsonMember* member, Statement& statement) {
    if (use_ == PolicyUse::kTrust) {
      if (member != nullptr) {
        Report(member->key_place, fmt::format("Has prohibited field {}", member->key),
               fmt::format("a role's trust policy has no \"{}\": it is about the role itself",
                           member->key));
      }
      return;
    }
    if (member == nullptr) {
      Report(node.place, "Policy statement must contain resources.",
             "the statement has neither \"Resource\" nor \"NotResource\"");
      return;
    }
    statement.not_resource = member->key == "NotResource";
    for (const JsonNode* text : ReadTexts(*member)) {
      CheckResource(*text);
      statement.resources.push_back(text->text);
    }
    if (statement.resources.empty()) {
      Report(member->value.place, "Policy statement must contain resources.",
             fmt::format("\"{}\" is empty", member->key));
    }
  }

  void CheckResource(const JsonNode& node) {
    const std::string& resource = node.text;
    if (resource == "*") return;
    if (!resource.starts_with("arn:")) {
      Report(node.place, fmt::format("Resource {} must be in ARN format or \"*\".", resource),
             fmt::format("\"{}\" does not begin with \"arn:\"", resource));
      return;
    }
    const std::vector<std::string_view> parts = Split(resource, ':');
    if (parts.size() < 6 && !resource.ends_with("*")) {
      Report(node.place, "The policy failed legacy parsing",
             fmt::format("\"{}\" has {} of the six parts of "
                         "arn:partition:service:region:account:resource",
                         resource, parts.size()));
      return;
    }
    if (parts[1] != "aws" && !parts[1].starts_with("aws-") &&
        parts[1].find('*') == std::string_view::npos) {
      Report(node.place,
             fmt::format("Partition \"{}\" is not valid for resource \"{}\".", parts[1], resource),
             fmt::format("the second part of \"{}\" must be \"aws\"", resource));
    }
  }

  void ReadPrincipals(const JsonNode& node, const JsonMember* member, Statement& statement) {
    if (use_ == PolicyUse::kIdentity) {
      if (member != nullptr) {
        Report(member->key_place, "Policy document should not specify a principal.",
               fmt::format("\"{}\" stands only in policies of resources and roles", member->key));
      }
      return;
    }
    if (member == nullptr) {
      Report(node.place, "Missing required field Principal",
             "the statement has neither \"Principal\" nor \"NotPrincipal\"");
      return;
    }
    statement.not_principal = member->key == "NotPrincipal";
    if (statement.not_principal && use_ == PolicyUse::kTrust) {
      Report(member->key_place, "NotPrincipal is not supported in trust policies",
             "name who may assume the role with \"Principal\"");
    } else if (statement.not_principal && statement.effect == Effect::kAllow) {
      Report(member->key_place, "Allow with NotPrincipal is not allowed.",
             "\"NotPrincipal\" stands only with \"Effect\": \"Deny\"");
    }
    ReadPrincipalValue(*member, statement);
    if (statement.principals.empty()) {
      Report(member->value.place, "Invalid principal in policy",
             fmt::format("\"{}\" names nobody", member->key));
    }
  }

  void ReadPrincipalValue(const JsonMember& member, Statement& statement) {
    const JsonNode& node = member.value;
    if (node.kind == JsonNode::Kind::kString && node.text == "*") {
      statement.principals.push_back({PrincipalPattern::Kind::kEveryone, ""});
      return;
    }
    if (node.kind != JsonNode::Kind::kObject) {
      Report(
          node.place, "Invalid principal in policy",
          fmt::format("\"{}\" must be \"*\" or an object such as {{\"AWS\": \"<arn>\"}}, found {}",
                      member.key, Shown(node)));
      return;
    }
    RefuseDuplicates(node);
    for (const JsonMember& kind : node.members) {
      for (const JsonNode* text : ReadTexts(kind)) {
        const std::optional<PrincipalPattern> pattern = ReadPrincipal(kind.key, text->text);
        if (pattern) {
          statement.principals.push_back(*pattern);
        } else {
          Report(
              text->place,
              fmt::format("Invalid principal in policy: \"{}\":\"{}\"", kind.key, text->text),
              "a principal is {\"AWS\": account, root, user, role or session ARN}, {\"Service\"}, "
              "{\"Federated\"} or {\"CanonicalUser\"}, without wildcards inside");
        }
      }
    }
  }

  static std::optional<PrincipalPattern> ReadPrincipal(std::string_view kind,
                                                       std::string_view text) {
    using Kind = PrincipalPattern::Kind;
    if (text.empty()) return std::nullopt;
    if (text != "*" && text.find_first_of("*?") != std::string_view::npos) return std::nullopt;
    if (kind == "AWS") {
      if (text == "*") return PrincipalPattern{Kind::kEveryone, ""};
      if (IsAccount(text)) return PrincipalPattern{Kind::kAccount, std::string(text)};
      const std::vector<std::string_view> parts = Split(text, ':');
      if (parts.size() == 6 && parts[0] == "arn" && (parts[2] == "iam" || parts[2] == "sts") &&
          IsAccount(parts[4]) && !parts[5].empty()) {
        if (parts[5] == "root") return PrincipalPattern{Kind::kAccount, std::string(parts[4])};
        return PrincipalPattern{Kind::kArn, std::string(text)};
      }
      // A principal that was deleted shows as its unique id; it matches nobody again.
      if (text.size() == 21 && AllOf(text, ""))
        return PrincipalPattern{Kind::kArn, std::string(text)};
      return std::nullopt;
    }
    if (text == "*") return std::nullopt;
    if (kind == "Service" && text.find('.') != std::string_view::npos) {
      return PrincipalPattern{Kind::kService, std::string(text)};
    }
    if (kind == "Federated") return PrincipalPattern{Kind::kFederated, std::string(text)};
    if (kind == "CanonicalUser") return PrincipalPattern{Kind::kCanonicalUser, std::string(text)};
    return std::nullopt;
  }

  void ReadConditions(const JsonNode& node, Statement& statement) {
    if (node.kind != JsonNode::Kind::kObject) {
      Report(node.place, kSyntaxErrors,
             fmt::format("\"Condition\" must be an object of operators, found {}", Shown(node)));
      return;
    }
    RefuseDuplicates(node);
    for (const JsonMember& op : node.members) {
      const std::optional<OperatorName> name = ParseOperator(op.key);
      if (!name) {
        const std::string nearest = NearestOperator(op.key);
        Report(op.key_place, kSyntaxErrors,
               fmt::format("\"{}\" is no condition operator{}", op.key,
                           nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
        continue;
      }
      if (op.value.kind != JsonNode::Kind::kObject) {
        Report(op.value.place, kSyntaxErrors,
               fmt::format("\"{}\" must be an object of condition keys, found {}", op.key,
                           Shown(op.value)));
        continue;
      }
      RefuseDuplicates(op.value);
      for (const JsonMember& key : op.value.members) ReadConditionKey(*name, key, statement);
    }
  }

  void ReadConditionKey(const OperatorName& name, const JsonMember& member, Statement& statement) {
    ConditionTest test{.op = name.op, .if_exists = name.if_exists, .qualifier = name.qualifier};
    test.key = ToLowerAscii(member.key);
    test.key_written = member.key;
    const std::size_t colon = member.key.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == member.key.size()) {
      Report(member.key_place,
             "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
             fmt::format("the condition key \"{}\" does not begin with a service, as in "
                         "\"aws:SourceIp\"",
                         member.key));
    }
    const bool is_list = member.value.kind == JsonNode::Kind::kArray;
    if (is_list && member.value.items.empty()) {
      Report(member.value.place, kSyntaxErrors,
             fmt::format("\"{}\" has an empty list of values", member.key));
    }
    const std::size_t count = is_list ? member.value.items.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      const JsonNode& value = is_list ? member.value.items[i] : member.value;
      CheckConditionValue(name.op, member.key, value);
      test.values.push_back(value.text);
    }
    statement.conditions.push_back(std::move(test));
  }

  void CheckConditionValue(ConditionOperator op, const std::string& key, const JsonNode& value) {
    if (value.kind != JsonNode::Kind::kString && value.kind != JsonNode::Kind::kNumber &&
        value.kind != JsonNode::Kind::kBool) {
      Report(value.place, kSyntaxErrors,
             fmt::format("a value of \"{}\" must be a string, a number, true or false, found {}",
                         key, KindWords(value.kind)));
      return;
    }
    if (value.text.find("${") != std::string::npos) return;  // Known only when it is evaluated.
    const std::string_view wanted = WantedValue(op, value.text);
    if (!wanted.empty()) {
      Report(value.place, kSyntaxErrors,
             fmt::format("the value of \"{}\" must be {}, found \"{}\"", key, wanted, value.text));
    }
  }

  const PolicyUse use_;
  std::vector<PolicyFinding>& findings_;
  std::set<std::string> sids_;
};

struct Reading {
  PolicyDocument document;
  std::vector<PolicyFinding> findings;
};

Reading ReadPolicy(std::string_view text, PolicyUse use) {
  Reading reading;
  if (text.size() > kDocumentBytesMax) {
    reading.findings.push_back(
        {.line = 1,
         .column = 1,
         .aws_text = "Value at 'policyDocument' failed to satisfy constraint: Member must have "
                     "length less than or equal to 131072",
         .problem = fmt::format("the document has {} bytes", text.size())});
    return reading;
  }
  const JsonReading json = ReadJson(text);
  const std::string_view aws_text =
      use == PolicyUse::kIdentity ? kSyntaxErrors : "This policy contains invalid Json";
  for (const JsonProblem& problem : json.problems) {
    reading.findings.push_back({.line = problem.place.line,
                                .column = problem.place.column,
                                .is_syntax = true,
                                .aws_text = std::string(aws_text),
                                .problem = problem.text});
  }
  if (json.root && json.problems.empty()) {
    reading.document = Grammar(use, reading.findings).ReadDocument(*json.root);
  }
  return reading;
}

std::string Located(const PolicyFinding& finding) {
  return fmt::format("line {}, column {}: {}", finding.line, finding.column, finding.problem);
}

}  // namespace

Result<PolicyDocument> ParsePolicy(std::string_view text, PolicyUse use) {
  Reading reading = ReadPolicy(text, use);
  if (reading.findings.empty()) return std::move(reading.document);
  const PolicyFinding& first = reading.findings.front();
  std::string message =
      fmt::format("{}{} Line", first.aws_text, first.aws_text.ends_with('.') ? "" : ".");
  message += Located(first).substr(4);
  for (std::size_t i = 1; i < reading.findings.size(); ++i) {
    message += "; " + Located(reading.findings[i]);
  }
  return InvalidArgument("MalformedPolicyDocument", std::move(message));
}

std::vector<PolicyFinding> DiagnosePolicy(std::string_view text, PolicyUse use) {
  return ReadPolicy(text, use).findings;
}

}  // namespace firn::policy
