#include "cloud/policy/condition_keys.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/policy/pattern_internal.h"

namespace firn::policy {
namespace {

using enum Presence;

constexpr std::string_view kEvery = "*";

// What has tags, by the actions on it.
#define FIRN_USER_ACTIONS                                                                      \
  "iam:getuser iam:updateuser iam:deleteuser iam:*userpolicy iam:*userpolicies iam:*usertags " \
  "iam:taguser iam:untaguser iam:*userpermissionsboundary iam:listgroupsforuser "              \
  "iam:*accesskey iam:listaccesskeys "
#define FIRN_ROLE_ACTIONS                                                                   \
  "iam:getrole iam:updaterole iam:updateroledescription iam:deleterole iam:*rolepolicy "    \
  "iam:*rolepolicies iam:*roletags iam:tagrole iam:untagrole iam:*rolepermissionsboundary " \
  "iam:updateassumerolepolicy iam:listinstanceprofilesforrole iam:passrole "                \
  "iam:deleteservicelinkedrole iam:simulateprincipalpolicy "                                \
  "iam:getcontextkeysforprincipalpolicy "
#define FIRN_ROLE_SESSION_ACTIONS "sts:assumerole sts:tagsession sts:setsourceidentity "
#define FIRN_POLICY_ACTIONS                                                                   \
  "iam:createpolicyversion iam:deletepolicy iam:deletepolicyversion iam:getpolicy "           \
  "iam:getpolicyversion iam:listentitiesforpolicy iam:listpolicytags iam:listpolicyversions " \
  "iam:setdefaultpolicyversion iam:tagpolicy iam:untagpolicy "
#define FIRN_PROFILE_ACTIONS                                                                  \
  "iam:addroletoinstanceprofile iam:removerolefrominstanceprofile iam:deleteinstanceprofile " \
  "iam:getinstanceprofile iam:listinstanceprofiletags iam:taginstanceprofile "                \
  "iam:untaginstanceprofile "
// Every action of S3 Tables on a table, and on what is there already.
#define FIRN_TABLE_ACTIONS                                                            \
  "s3tables:gettable s3tables:deletetable s3tables:renametable "                      \
  "s3tables:updatetablemetadatalocation s3tables:gettabledata s3tables:puttabledata " \
  "s3tables:*tablepolicy s3tables:*tableencryption s3tables:*tablestorageclass "      \
  "s3tables:*tablemaintenanceconfiguration s3tables:gettablemaintenancejobstatus "    \
  "s3tables:gettablemetadatalocation s3tables:*tablereplication "                     \
  "s3tables:gettablereplicationstatus s3tables:*tablerecordexpirationconfiguration "  \
  "s3tables:gettablerecordexpirationjobstatus "
#define FIRN_TAGGED_TABLES                                                                    \
  FIRN_TABLE_ACTIONS                                                                          \
  "s3tables:*tagresource s3tables:listtagsforresource s3tables:createtable "                  \
  "s3tables:*namespace s3tables:listnamespaces s3tables:listtables s3tables:gettablebucket* " \
  "s3tables:puttablebucket* s3tables:deletetablebucket* "
// Actions that make something with tags, or give it some.
#define FIRN_IAM_TAGGERS                                                                  \
  "iam:createuser iam:createrole iam:createpolicy iam:createinstanceprofile iam:taguser " \
  "iam:tagrole iam:tagpolicy iam:taginstanceprofile "
#define FIRN_IAM_UNTAGGERS "iam:untaguser iam:untagrole iam:untagpolicy iam:untaginstanceprofile "
#define FIRN_TAGGERS                                                                      \
  FIRN_IAM_TAGGERS                                                                        \
  "s3tables:createtablebucket s3tables:createtable s3tables:tagresource s3:createbucket " \
  "s3:tagresource "                                                                       \
  "sts:assumerole sts:tagsession sts:getfederationtoken glue:createdatabase glue:createcatalog"

#define FIRN_OBJECT_WRITERS "s3:putobject s3:createbucket s3:putbucketacl s3:putobjectacl"

constexpr auto kKeys = std::to_array<ConditionKey>({
    {"aws:calledvia", kEvery, kNever},
    {"aws:calledviafirst", kEvery, kNever},
    {"aws:calledvialast", kEvery, kNever},
    {"aws:chatbotsourcearn", kEvery, kNever},
    {"aws:currenttime", kEvery, kAlways},
    {"aws:ec2instancesourceprivateipv4", kEvery, kNever},
    {"aws:ec2instancesourcevpc", kEvery, kNever},
    {"aws:epochtime", kEvery, kAlways},
    {"aws:federatedprovider", kEvery, kNever},
    {"aws:multifactorauthage", kEvery, kNever},
    {"aws:multifactorauthpresent", kEvery},
    {"aws:principalaccount", kEvery, kAlways},
    {"aws:principalarn", kEvery, kAlways},
    {"aws:principalisawsservice", kEvery, kAlways},
    {"aws:principalorgid", kEvery, kNever},
    {"aws:principalorgpaths", kEvery, kNever},
    {"aws:principalservicename", kEvery, kNever},
    {"aws:principalservicenameslist", kEvery, kNever},
    {"aws:principaltag/", kEvery},
    {"aws:principaltype", kEvery, kAlways},
    {"aws:referer", kEvery},
    {"aws:requestedregion", kEvery, kAlways},
    {"aws:requesttag/", FIRN_TAGGERS},
    {"aws:resourceaccount", kEvery, kAlways},
    {"aws:resourceorgid", kEvery, kNever},
    {"aws:resourceorgpaths", kEvery, kNever},
    {"aws:resourcetag/", FIRN_USER_ACTIONS FIRN_ROLE_ACTIONS FIRN_ROLE_SESSION_ACTIONS
                             FIRN_POLICY_ACTIONS FIRN_PROFILE_ACTIONS FIRN_TAGGED_TABLES},
    {"aws:securetransport", kEvery, kAlways},
    {"aws:sourceaccount", kEvery, kNever},
    {"aws:sourcearn", kEvery, kNever},
    {"aws:sourceidentity", kEvery},
    {"aws:sourceip", kEvery, kAlways},
    {"aws:sourceorgid", kEvery, kNever},
    {"aws:sourceorgpaths", kEvery, kNever},
    {"aws:sourcevpc", kEvery, kNever},
    {"aws:sourcevpce", kEvery, kNever},
    {"aws:tagkeys", FIRN_IAM_UNTAGGERS "s3tables:untagresource " FIRN_TAGGERS},
    {"aws:tokenissuetime", kEvery},
    {"aws:useragent", kEvery},
    {"aws:userid", kEvery, kAlways},
    {"aws:username", kEvery},
    {"aws:viaawsservice", kEvery, kAlways},
    {"aws:vpcsourceip", kEvery, kNever},
    {"glue:enabledforredshiftautodiscovery", "glue:*", kNever},
    {"glue:federatedauthorizationsource", "glue:*", kNever},
    {"glue:lakeformationpermissions", "glue:*", kNever},
    {"iam:awsservicename", "iam:createservicelinkedrole", kAlways},
    {"iam:passedtoservice", "iam:passrole", kAlways},
    {"iam:permissionsboundary",
     "iam:createuser iam:createrole iam:attachuserpolicy iam:attachrolepolicy "
     "iam:detachuserpolicy iam:detachrolepolicy iam:putuserpolicy iam:putrolepolicy "
     "iam:deleteuserpolicy iam:deleterolepolicy iam:*userpermissionsboundary "
     "iam:*rolepermissionsboundary iam:deleterole iam:getrole iam:updaterole "
     "iam:updateroledescription iam:updateassumerolepolicy"},
    {"iam:policyarn",
     "iam:attachgrouppolicy iam:attachrolepolicy iam:attachuserpolicy iam:detachgrouppolicy "
     "iam:detachrolepolicy iam:detachuserpolicy",
     kAlways},
    {"iam:resourcetag/", FIRN_USER_ACTIONS FIRN_ROLE_ACTIONS FIRN_ROLE_SESSION_ACTIONS},
    {"lakeformation:enabledonlyformetadataaccess", "lakeformation:getdataaccess", kNever},
    {"s3:authtype", "s3:*", kAlways},
    {"s3:buckettag/", "s3:*", kNever},
    {"s3:dataaccesspointaccount", "s3:*", kNever},
    {"s3:dataaccesspointarn", "s3:*", kNever},
    {"s3:delimiter", "s3:listbucket"},
    {"s3:existingobjecttag/",
     "s3:getobject s3:getobjectacl s3:getobjecttagging s3:putobjectacl s3:putobjecttagging "
     "s3:deleteobjecttagging"},
    {"s3:if-match", "s3:putobject s3:deleteobject"},
    {"s3:if-none-match", "s3:putobject"},
    {"s3:locationconstraint", "s3:createbucket"},
    {"s3:max-keys", "s3:listbucket"},
    {"s3:prefix", "s3:listbucket"},
    {"s3:requestobjecttag/", "s3:putobject s3:putobjecttagging"},
    {"s3:requestobjecttagkeys", "s3:putobject s3:putobjecttagging"},
    {"s3:resourceaccount", "s3:*", kAlways},
    {"s3:signatureage", "s3:*"},
    {"s3:signatureversion", "s3:*", kAlways},
    {"s3:tlsversion", "s3:*", kNever},
    {"s3:versionid", "s3:*", kNever},
    {"s3:x-amz-acl", FIRN_OBJECT_WRITERS},
    {"s3:x-amz-content-sha256", "s3:*"},
    {"s3:x-amz-copy-source", "s3:putobject"},
    {"s3:x-amz-grant-full-control", FIRN_OBJECT_WRITERS},
    {"s3:x-amz-grant-read", FIRN_OBJECT_WRITERS},
    {"s3:x-amz-grant-read-acp", FIRN_OBJECT_WRITERS},
    {"s3:x-amz-grant-write", FIRN_OBJECT_WRITERS},
    {"s3:x-amz-grant-write-acp", FIRN_OBJECT_WRITERS},
    {"s3:x-amz-metadata-directive", "s3:putobject"},
    {"s3:x-amz-object-ownership", "s3:createbucket"},
    {"s3:x-amz-server-side-encryption", "s3:putobject"},
    {"s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:putobject"},
    {"s3:x-amz-server-side-encryption-customer-algorithm", "s3:putobject"},
    {"s3:x-amz-storage-class", "s3:putobject s3:putobjectacl"},
    {"s3:x-amz-website-redirect-location", "s3:putobject"},
    {"s3tables:kmskeyarn",
     "s3tables:createtable s3tables:createtablebucket s3tables:puttablebucketencryption "
     "s3tables:puttableencryption"},
    {"s3tables:namespace",
     FIRN_TABLE_ACTIONS "s3tables:createtable s3tables:deletenamespace s3tables:getnamespace "
                        "s3tables:createnamespace s3tables:listtables s3tables:*tagresource "
                        "s3tables:listtagsforresource"},
    {"s3tables:ssealgorithm",
     "s3tables:createtable s3tables:createtablebucket s3tables:puttablebucketencryption "
     "s3tables:puttableencryption"},
    {"s3tables:storageclass",
     "s3tables:createtable s3tables:createtablebucket s3tables:puttablebucketstorageclass "
     "s3tables:puttablestorageclass"},
    {"s3tables:tablebuckettag/", FIRN_TAGGED_TABLES},
    {"s3tables:tablename", FIRN_TABLE_ACTIONS "s3tables:*tagresource s3tables:listtagsforresource"},
    {"sts:externalid", "sts:assumerole"},
    {"sts:rolesessionname", "sts:assumerole", kAlways},
    {"sts:sourceidentity", "sts:assumerole sts:setsourceidentity"},
    {"sts:transitivetagkeys", "sts:assumerole sts:tagsession"},
});

}  // namespace

std::span<const ConditionKey> ConditionKeys() { return kKeys; }

const ConditionKey* FindConditionKey(std::string_view key) {
  std::string name = ToLowerAscii(key);
  if (const std::size_t slash = name.find('/'); slash != std::string::npos) name.resize(slash + 1);
  const auto found = std::lower_bound(
      kKeys.begin(), kKeys.end(), name,
      [](const ConditionKey& one, const std::string& wanted) { return one.key < wanted; });
  return found != kKeys.end() && found->key == name ? &*found : nullptr;
}

bool MayCarry(std::string_view action, std::string_view key) {
  const ConditionKey* known = FindConditionKey(key);
  if (known == nullptr || known->presence == kNever) return false;
  const std::string wanted = ToLowerAscii(action);
  const std::vector<std::string_view> patterns = Split(known->actions, ' ');
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    if (pattern.empty()) return false;
    // Of two patterns, either may be the wider one.
    return Matches(WildcardPattern(pattern), wanted) || Matches(WildcardPattern(wanted), pattern);
  });
}

}  // namespace firn::policy
