#include <fmt/format.h>

#include <array>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"

/// What IAM has and this one does not. Questions after it have a true answer, which tools ask for
/// before they delete a user: there is none. What would make it is refused, with the reason.

namespace firn::iam {
namespace {

struct Refusal {
  std::string_view reason;
  std::string_view operations;  ///< Between spaces.
};
constexpr auto kRefusals = std::to_array<Refusal>({
    {"there is no console to sign in to, so users have no passwords",
     "ChangePassword CreateLoginProfile UpdateLoginProfile DeleteLoginProfile "
     "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy CreateAccountAlias "
     "DeleteAccountAlias"},
    {"there are no MFA devices",
     "CreateVirtualMFADevice DeleteVirtualMFADevice EnableMFADevice DeactivateMFADevice "
     "ResyncMFADevice GetMFADevice TagMFADevice UntagMFADevice ListMFADeviceTags"},
    {"there are no identity providers: assume roles with access keys instead",
     "CreateSAMLProvider UpdateSAMLProvider DeleteSAMLProvider GetSAMLProvider TagSAMLProvider "
     "UntagSAMLProvider ListSAMLProviderTags CreateOpenIDConnectProvider "
     "DeleteOpenIDConnectProvider GetOpenIDConnectProvider AddClientIDToOpenIDConnectProvider "
     "RemoveClientIDFromOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint "
     "TagOpenIDConnectProvider UntagOpenIDConnectProvider ListOpenIDConnectProviderTags "
     "EnableOutboundWebIdentityFederation DisableOutboundWebIdentityFederation "
     "GetOutboundWebIdentityFederationInfo SetSecurityTokenServicePreferences"},
    {"requests are signed with access keys alone: no certificates, SSH keys or service credentials",
     "UploadServerCertificate UpdateServerCertificate DeleteServerCertificate "
     "GetServerCertificate TagServerCertificate UntagServerCertificate ListServerCertificateTags "
     "UploadSigningCertificate UpdateSigningCertificate DeleteSigningCertificate "
     "UploadSSHPublicKey UpdateSSHPublicKey DeleteSSHPublicKey GetSSHPublicKey "
     "CreateServiceSpecificCredential UpdateServiceSpecificCredential "
     "DeleteServiceSpecificCredential ResetServiceSpecificCredential"},
    {"this account is in no organization",
     "EnableOrganizationsRootCredentialsManagement DisableOrganizationsRootCredentialsManagement "
     "EnableOrganizationsRootSessions DisableOrganizationsRootSessions ListOrganizationsFeatures "
     "GenerateOrganizationsAccessReport GetOrganizationsAccessReport"},
    {"there is no report: ListUsers, ListAccessKeys and GetAccessKeyLastUsed say the same",
     "GenerateCredentialReport GetCredentialReport"},
    {"accesses are not counted by service: the audit log has each of them",
     "GenerateServiceLastAccessedDetails GetServiceLastAccessedDetails "
     "GetServiceLastAccessedDetailsWithEntities ListPoliciesGrantingServiceAccess"},
    {"permissions are not delegated by request here: attach a policy",
     "CreateDelegationRequest AcceptDelegationRequest RejectDelegationRequest "
     "AssociateDelegationRequest UpdateDelegationRequest GetDelegationRequest "
     "ListDelegationRequests GetHumanReadableSummary SendDelegationToken AcquireRole "
     "GetRoleTemplateVersion GetAccountProperties PutAccountProperties"},
});

/// What each question's empty list is called.
struct EmptyList {
  std::string_view operation;
  std::string_view element;
};
constexpr auto kEmptyLists = std::to_array<EmptyList>({
    {"ListAccountAliases", "AccountAliases"},
    {"ListMFADevices", "MFADevices"},
    {"ListVirtualMFADevices", "VirtualMFADevices"},
    {"ListOpenIDConnectProviders", "OpenIDConnectProviderList"},
    {"ListSAMLProviders", "SAMLProviderList"},
    {"ListServerCertificates", "ServerCertificateMetadataList"},
    {"ListServiceSpecificCredentials", "ServiceSpecificCredentials"},
    {"ListSigningCertificates", "Certificates"},
    {"ListSSHPublicKeys", "SSHPublicKeys"},
});

}  // namespace

std::string_view WhyAbsent(std::string_view operation) {
  for (const Refusal& refusal : kRefusals) {
    for (const std::string_view one : Split(refusal.operations, ' ')) {
      if (one == operation) return refusal.reason;
    }
  }
  return "";
}

Status ListNothing(Call& call) {
  const std::string action = call.form.Get("Action");
  // Of a user that is not there, even this is unknown.
  if (call.form.Has("UserName")) FIRN_TRY(RequireEntity(call));
  for (const EmptyList& list : kEmptyLists) {
    if (list.operation == action) call.out.Open(list.element).Close(list.element);
  }
  WritePageEnd(call.out, false, "");
  return Ok();
}

Status GetLoginProfile(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const ledger::EntityRow user, RequireEntity(call));
  return NotFound("NoSuchEntity",
                  fmt::format("Login Profile for User {} cannot be found.", user.key.name));
}

Status GetAccountPasswordPolicy(Call& call) {
  return NotFound("NoSuchEntity",
                  fmt::format("The Password Policy with domain name {} cannot be found.",
                              call.parts.account_id));
}

}  // namespace firn::iam
