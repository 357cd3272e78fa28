#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <iostream>

#include "base/random.h"
#include "base/result_testing.h"
#include "cloud/policy/evaluate.h"

/// The evaluator against a second derivation, on random policies and requests.
///
/// The second one shares no code with the first: it works on its own structs, matches by recursion,
/// and writes the rule as the AWS documentation's formulas ("union of identity and resource
/// policies, intersected with boundary and session policies, less every explicit deny"). The first
/// one sees the same policies as JSON text. Seed: FIRN_TEST_SEED.

namespace firn::policy {
namespace {

struct Test {
  std::string qualifier, name, key;
  bool if_exists;
  std::vector<std::string> values;
};

struct Line {
  bool allow;
  bool not_action, not_resource;
  std::vector<std::string> actions, resources;
  std::vector<Test> tests;
  std::string principal;  ///< `me`, `account`, `everyone`, `other`; resource policies only.
};

using Lines = std::vector<Line>;
using Values = std::map<std::string, std::vector<std::string>>;

// ---- The second derivation.

bool Glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return Glob(pattern.substr(1), text) || (!text.empty() && Glob(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         Glob(pattern.substr(1), text.substr(1));
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

bool OneValue(const Test& test, const std::string& value) {
  bool any = false;
  for (const std::string& wanted : test.values) {
    const bool like = test.name.find("Like") != std::string::npos;
    any |= like ? Glob(wanted, value) : wanted == value;
  }
  return test.name.find("Not") == std::string::npos ? any : !any;
}

bool TestHolds(const Test& test, const Values& context) {
  const bool present = context.contains(test.key);
  if (test.name == "Null") return test.values[0] == (present ? "false" : "true");
  if (!present) {
    if (test.qualifier == "ForAnyValue:") return false;
    return test.if_exists || test.qualifier == "ForAllValues:" ||
           test.name.find("Not") != std::string::npos;
  }
  const std::vector<std::string>& values = context.at(test.key);
  std::size_t holding = 0;
  for (const std::string& value : values) holding += OneValue(test, value) ? 1 : 0;
  const bool negated = test.name.find("Not") != std::string::npos;
  if (test.qualifier == "ForAllValues:" || (test.qualifier.empty() && negated))
    return holding == values.size();
  return holding > 0;
}

bool Applies(const Line& line, const std::string& action, const std::string& resource,
             const Values& context) {
  bool action_listed = false;
  for (const std::string& pattern : line.actions)
    action_listed |= Glob(Lower(pattern), Lower(action));
  bool resource_listed = false;
  for (const std::string& pattern : line.resources) resource_listed |= Glob(pattern, resource);
  if (action_listed == line.not_action || resource_listed == line.not_resource) return false;
  for (const Test& test : line.tests) {
    if (!TestHolds(test, context)) return false;
  }
  return true;
}

struct World {
  Lines identity, resource;
  std::optional<Lines> boundary, session;
  std::string action, target;
  Values context;
};

bool Has(const Lines& lines, const World& world, bool allow,
         std::initializer_list<std::string_view> principals) {
  for (const Line& line : lines) {
    const bool about_me = principals.size() == 0 || std::find(principals.begin(), principals.end(),
                                                              line.principal) != principals.end();
    if (about_me && line.allow == allow && Applies(line, world.action, world.target, world.context))
      return true;
  }
  return false;
}

Verdict SecondOpinion(const World& world) {
  if (Has(world.identity, world, false, {}) ||
      (world.boundary && Has(*world.boundary, world, false, {})) ||
      (world.session && Has(*world.session, world, false, {})) ||
      Has(world.resource, world, false, {"me", "account", "everyone"})) {
    return Verdict::kExplicitlyDenied;
  }
  const bool boundary = !world.boundary || Has(*world.boundary, world, true, {});
  const bool session = !world.session || Has(*world.session, world, true, {});
  const bool direct = Has(world.resource, world, true, {"me", "everyone"});
  const bool identity = Has(world.identity, world, true, {});
  const bool allowed = (direct && (!world.session || (boundary && session))) ||
                       ((identity || direct) && boundary && session);
  return allowed ? Verdict::kAllowed : Verdict::kImplicitlyDenied;
}

// ---- Random worlds, and their JSON.

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(SeededRandom(seed)) {}

  World Make() {
    World world;
    world.identity = MakeLines(0);
    world.resource = MakeLines(0);
    if (Chance(3)) world.boundary = MakeLines(1);
    if (Chance(3)) world.session = MakeLines(1);
    world.action = Pick({"s3:Get", "s3:Put", "glue:Get"});
    world.target = Pick({"arn:aws:s3:::b/x", "arn:aws:s3:::b/y", "arn:aws:s3:::c"});
    world.context["x:one"] = {Pick({"a", "b", "ab"})};
    if (Chance(2)) world.context["x:many"] = {"a", "b"};
    return world;
  }

 private:
  bool Chance(std::uint64_t in) { return random_->NextBelow(in) == 0; }
  std::string Pick(std::initializer_list<std::string_view> words) {
    return std::string(words.begin()[random_->NextBelow(words.size())]);
  }
  std::vector<std::string> PickSome(std::initializer_list<std::string_view> words) {
    std::vector<std::string> some = {Pick(words)};
    if (Chance(2)) some.push_back(Pick(words));
    return some;
  }

  Lines MakeLines(std::uint64_t least) {
    Lines lines;
    const std::uint64_t count = least + random_->NextBelow(3);
    for (std::uint64_t i = 0; i < count; ++i) lines.push_back(MakeLine());
    return lines;
  }

  Line MakeLine() {
    Line line;
    line.allow = !Chance(4);
    line.not_action = Chance(6);
    line.not_resource = Chance(6);
    line.actions = PickSome({"*", "s3:*", "S3:get", "s3:P?t", "glue:*", "s3:Get"});
    line.resources = PickSome(
        {"*", "arn:aws:s3:::b/*", "arn:aws:s3:::?/x", "arn:aws:s3:::c", "arn:aws:s3:::b/?"});
    line.principal = Pick({"me", "account", "everyone", "other"});
    if (Chance(2)) line.tests.push_back(MakeTest());
    if (Chance(4)) line.tests.push_back(MakeTest());
    return line;
  }

  Test MakeTest() {
    Test test;
    test.name = Pick({"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Null"});
    test.key = Pick({"x:one", "x:many", "x:none"});
    test.if_exists = test.name != "Null" && Chance(4);
    if (test.name == "Null") {
      test.values = {Pick({"true", "false"})};
      return test;
    }
    test.qualifier = Pick({"", "", "ForAllValues:", "ForAnyValue:"});
    test.values = PickSome({"a", "b", "a*", "*b", "c"});
    return test;
  }

  std::unique_ptr<Random> random_;
};

std::string Quoted(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "\"" : ",\"") + word + "\"";
  return "[" + list + "]";
}

constexpr std::string_view kMe = "arn:aws:iam::123456789012:user/me";

std::string PrincipalJson(const std::string& principal) {
  if (principal == "me") return fmt::format(R"("Principal":{{"AWS":"{}"}},)", kMe);
  if (principal == "account") return R"("Principal":{"AWS":"123456789012"},)";
  if (principal == "everyone") return R"("Principal":"*",)";
  return R"("Principal":{"AWS":"arn:aws:iam::123456789012:user/other"},)";
}

std::string ToJson(const Lines& lines, PolicyUse use) {
  std::string statements;
  for (const Line& line : lines) {
    // One operator may be tested twice; JSON names must differ, so the second goes under another
    // statement of its own key.
    std::string conditions;
    for (const Test& test : line.tests) {
      conditions +=
          fmt::format(R"({}"{}{}{}":{{"{}":{}}})", conditions.empty() ? "" : ",", test.qualifier,
                      test.name, test.if_exists ? "IfExists" : "", test.key, Quoted(test.values));
    }
    statements +=
        fmt::format(R"({}{{{}"Effect":"{}","{}":{},"{}":{},"Condition":{{{}}}}})",
                    statements.empty() ? "" : ",",
                    use == PolicyUse::kResource ? PrincipalJson(line.principal) : "",
                    line.allow ? "Allow" : "Deny", line.not_action ? "NotAction" : "Action",
                    Quoted(line.actions), line.not_resource ? "NotResource" : "Resource",
                    Quoted(line.resources), conditions);
  }
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", statements);
}

/// nullopt when the policy is one that IAM refuses (no statement, an operator twice).
std::optional<NamedPolicy> Parsed(const Lines& lines, PolicyUse use) {
  auto parsed = ParsePolicy(ToJson(lines, use), use);
  if (!parsed) return std::nullopt;
  return NamedPolicy{"p", std::make_shared<const PolicyDocument>(std::move(*parsed))};
}

std::optional<Decision> FirstOpinion(const World& world) {
  Principal me;
  me.kind = PrincipalKind::kUser;
  me.account_id = "123456789012";
  me.arn = kMe;
  me.identity_arn = kMe;
  me.user_name = "me";
  AccessNeed need{.action = world.action, .resource = world.target};
  if (!world.identity.empty()) {
    const auto policy = Parsed(world.identity, PolicyUse::kIdentity);
    if (!policy) return std::nullopt;
    me.identity_policies.push_back(*policy);
  }
  if (!world.resource.empty()) {
    const auto policy = Parsed(world.resource, PolicyUse::kResource);
    if (!policy) return std::nullopt;
    need.resource_policies.push_back(*policy);
  }
  if (world.boundary && !(me.boundary = Parsed(*world.boundary, PolicyUse::kIdentity)))
    return std::nullopt;
  if (world.session) {
    const auto policy = Parsed(*world.session, PolicyUse::kIdentity);
    if (!policy) return std::nullopt;
    me.session_policies = {*policy};
  }
  ConditionContext context;
  for (const auto& [key, values] : world.context) context.Set(key, values);
  return Evaluate(me, need, context, WallTime());
}

TEST(EvaluateDifferential, AgreesWithASecondDerivation) {
  std::uint64_t seed = 20261124;
  if (const char* given = std::getenv("FIRN_TEST_SEED"))
    seed = std::strtoull(given, nullptr, 10);  // House: a test's seed.
  std::cout << "seed " << seed << " (FIRN_TEST_SEED)\n";
  Maker maker(seed);
  std::array<int, 3> counts{};
  for (int i = 0; i < 6000; ++i) {
    const World world = maker.Make();
    const std::optional<Decision> decision = FirstOpinion(world);
    if (!decision) continue;
    ++counts[static_cast<std::size_t>(decision->verdict)];
    ASSERT_EQ(decision->verdict, SecondOpinion(world))
        << "world " << i << "\naction " << world.action << " on " << world.target << "\nidentity "
        << ToJson(world.identity, PolicyUse::kIdentity) << "\nresource "
        << ToJson(world.resource, PolicyUse::kResource) << "\nboundary "
        << (world.boundary ? ToJson(*world.boundary, PolicyUse::kIdentity) : "-") << "\nsession "
        << (world.session ? ToJson(*world.session, PolicyUse::kIdentity) : "-") << "\n"
        << Explain(*decision);
  }
  // Each verdict was really met.
  for (const int count : counts) EXPECT_GT(count, 200);
}

}  // namespace
}  // namespace firn::policy
