#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "cloud/policy/document.h"
#include "cloud/policy/evaluate.h"

/// Any bytes parse or are refused with a place; what parses can be evaluated.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto use :
       {policy::PolicyUse::kIdentity, policy::PolicyUse::kResource, policy::PolicyUse::kTrust}) {
    auto parsed = policy::ParsePolicy(text, use);
    const auto findings = policy::DiagnosePolicy(text, use);
    FIRN_CHECK(parsed.has_value() == findings.empty());
    for (const policy::PolicyFinding& finding : findings)
      FIRN_CHECK(finding.line > 0 && finding.column > 0);
    if (!parsed) continue;
    policy::Principal principal = policy::RootPrincipal("123456789012");
    principal.kind = policy::PrincipalKind::kUser;
    const policy::NamedPolicy named{
        "fuzzed", std::make_shared<const policy::PolicyDocument>(std::move(*parsed))};
    policy::AccessNeed need{.action = "s3:GetObject", .resource = "arn:aws:s3:::bucket/key"};
    if (use == policy::PolicyUse::kIdentity) principal.identity_policies.push_back(named);
    if (use != policy::PolicyUse::kIdentity) need.resource_policies.push_back(named);
    policy::ConditionContext context;
    context.Set("aws:SourceIp", "10.1.2.3").Set("aws:TagKeys", std::vector<std::string>{"a", "b"});
    (void)policy::DenialText(principal, need,
                             policy::Evaluate(principal, need, context, WallTime()));
  }
  return 0;
}
