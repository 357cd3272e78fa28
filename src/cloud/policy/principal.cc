#include "cloud/policy/principal.h"

#include "wire/aws/arn.h"

namespace firn::policy {

Principal InternalPrincipal(std::string account_id, std::string name) {
  Principal principal;
  principal.kind = PrincipalKind::kInternal;
  principal.account_id = std::move(account_id);
  principal.arn = std::move(name);
  principal.identity_arn = principal.arn;
  principal.user_id = principal.arn;
  return principal;
}

Principal AnonymousPrincipal() {
  Principal principal;
  principal.kind = PrincipalKind::kAnonymous;
  principal.arn = "anonymous";
  principal.identity_arn = principal.arn;
  principal.user_id = principal.arn;
  return principal;
}

Principal RootPrincipal(std::string account_id) {
  Principal principal;
  principal.kind = PrincipalKind::kRoot;
  principal.arn = aws::IamRootArn(account_id);
  principal.identity_arn = principal.arn;
  principal.user_id = account_id;
  principal.account_id = std::move(account_id);
  return principal;
}

}  // namespace firn::policy
