#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Policy documents: IAM's JSON, parsed and checked by IAM's grammar.
///
/// Reading order: PolicyDocument, ParsePolicy, DiagnosePolicy. All pure; documents are immutable
/// once parsed.

namespace firn::policy {

enum class Effect { kAllow, kDeny };

/// What the document will be attached to; the grammar differs in Principal and Resource.
enum class PolicyUse {
  kIdentity,  ///< User, group, role, boundary, session: no Principal; Resource needed.
  kResource,  ///< Bucket and table policies: Principal and Resource needed.
  kTrust,     ///< A role's trust policy: Principal needed, no Resource.
};

/// One entry of Principal or NotPrincipal.
struct PrincipalPattern {
  enum class Kind {
    kEveryone,  ///< `"*"` or `{"AWS": "*"}`.
    kAccount,   ///< Account id or its root ARN; `value` is the 12 digits.
    kArn,       ///< A user, role, or session ARN.
    kService,   ///< `glue.amazonaws.com`.
    kFederated,
    kCanonicalUser,
  };
  Kind kind = Kind::kEveryone;
  std::string value;
};

enum class ConditionOperator {
  kStringEquals,
  kStringNotEquals,
  kStringEqualsIgnoreCase,
  kStringNotEqualsIgnoreCase,
  kStringLike,
  kStringNotLike,
  kNumericEquals,
  kNumericNotEquals,
  kNumericLessThan,
  kNumericLessThanEquals,
  kNumericGreaterThan,
  kNumericGreaterThanEquals,
  kDateEquals,
  kDateNotEquals,
  kDateLessThan,
  kDateLessThanEquals,
  kDateGreaterThan,
  kDateGreaterThanEquals,
  kBool,
  kBinaryEquals,
  kIpAddress,
  kNotIpAddress,
  kArnEquals,
  kArnNotEquals,
  kArnLike,
  kArnNotLike,
  kNull,
};

enum class SetQualifier { kNone, kForAllValues, kForAnyValue };

/// One operator on one key. All tests of a statement must hold; of `values` one is enough (none
/// may, for negated ones).
struct ConditionTest {
  ConditionOperator op = ConditionOperator::kStringEquals;
  bool if_exists = false;
  SetQualifier qualifier = SetQualifier::kNone;
  std::string key;          ///< In lower case: condition keys are matched without case.
  std::string key_written;  ///< As the document has it, for answers that name it.
  std::vector<std::string> values;
};

struct Statement {
  std::string sid;  ///< Empty when not given.
  Effect effect = Effect::kDeny;
  std::vector<std::string> actions;
  bool not_action = false;
  std::vector<std::string> resources;  ///< Empty in trust policies.
  bool not_resource = false;
  std::vector<PrincipalPattern> principals;  ///< Empty in identity policies.
  bool not_principal = false;
  std::vector<ConditionTest> conditions;
  std::size_t line = 0;  ///< Where it begins, from 1.
};

struct PolicyDocument {
  std::string version;  ///< `2012-10-17`, or `2008-10-17`, which is also what absence means.
  std::string id;
  std::vector<Statement> statements;

  /// Policy variables (`${aws:username}`) are only substituted in 2012-10-17 documents.
  bool has_variables() const { return version == "2012-10-17"; }
};

/// Parses and checks a whole document.
///
/// Errors: kInvalidArgument/MalformedPolicyDocument. The message is AWS's own text and then what is
/// wrong in words with line and column, all findings in order: `Syntax errors in policy. Line 6,
/// column 30: expected "," after the value of "Effect", found the string "Action" on line 7; line
/// 25, column 2: …`. DiagnosePolicy has the parts apart.
Result<PolicyDocument> ParsePolicy(std::string_view text, PolicyUse use);

/// One thing wrong with a document.
struct PolicyFinding {
  std::size_t line = 0;    ///< From 1.
  std::size_t column = 0;  ///< From 1, in bytes.
  bool is_syntax = true;   ///< Invalid JSON, rather than JSON that is no policy.
  std::string aws_text;    ///< What IAM answers.
  std::string problem;     ///< What is wrong, in words.
};

/// Everything wrong that can be told at once (a missing comma does not hide a stray brace after
/// it), in order of place, at most kFindingsMax. Empty: ParsePolicy succeeds.
std::vector<PolicyFinding> DiagnosePolicy(std::string_view text, PolicyUse use);

}  // namespace firn::policy
