#include "cloud/lint/actions.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace firn::lint {
namespace {

/// Operations of the services' public models, and the actions that exist for permission only.
constexpr std::string_view kS3 =
    "AbortMultipartUpload AssociateAccessGrantsIdentityCenter BypassGovernanceRetention "
    "CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation "
    "CreateAccessPoint CreateAccessPointForObjectLambda CreateBucket "
    "CreateBucketMetadataTableConfiguration CreateJob CreateMultiRegionAccessPoint "
    "CreateStorageLensGroup DeleteAccessGrant DeleteAccessGrantsInstance "
    "DeleteAccessGrantsInstanceResourcePolicy DeleteAccessGrantsLocation DeleteAccessPoint "
    "DeleteAccessPointForObjectLambda DeleteAccessPointPolicy "
    "DeleteAccessPointPolicyForObjectLambda DeleteBucket "
    "DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite "
    "DeleteJobTagging DeleteMultiRegionAccessPoint DeleteObject DeleteObjectTagging "
    "DeleteObjectVersion DeleteObjectVersionTagging DeleteStorageLensConfiguration "
    "DeleteStorageLensConfigurationTagging DeleteStorageLensGroup DescribeJob "
    "DescribeMultiRegionAccessPointOperation DissociateAccessGrantsIdentityCenter "
    "GetAccelerateConfiguration GetAccessGrant GetAccessGrantsInstance "
    "GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy "
    "GetAccessGrantsLocation GetAccessPoint GetAccessPointConfigurationForObjectLambda "
    "GetAccessPointForObjectLambda GetAccessPointPolicy GetAccessPointPolicyForObjectLambda "
    "GetAccessPointPolicyStatus GetAccessPointPolicyStatusForObjectLambda "
    "GetAccountPublicAccessBlock GetAnalyticsConfiguration GetBucketAcl GetBucketCORS "
    "GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration "
    "GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls "
    "GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment "
    "GetBucketTagging GetBucketVersioning GetBucketWebsite GetDataAccess "
    "GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration "
    "GetJobTagging GetLifecycleConfiguration GetMetricsConfiguration "
    "GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy "
    "GetMultiRegionAccessPointPolicyStatus GetMultiRegionAccessPointRoutes GetObject "
    "GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging "
    "GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes "
    "GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent "
    "GetReplicationConfiguration GetStorageLensConfiguration "
    "GetStorageLensConfigurationTagging GetStorageLensDashboard GetStorageLensGroup "
    "InitiateReplication ListAccessGrants ListAccessGrantsInstances ListAccessGrantsLocations "
    "ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets ListBucket "
    "ListBucketMultipartUploads ListBucketVersions ListCallerAccessGrants ListJobs "
    "ListMultiRegionAccessPoints ListMultipartUploadParts ListStorageLensConfigurations "
    "ListStorageLensGroups ListTagsForResource ObjectOwnerOverrideToBucketOwner "
    "PauseReplication PutAccelerateConfiguration PutAccessGrantsInstanceResourcePolicy "
    "PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy "
    "PutAccessPointPolicyForObjectLambda PutAccessPointPublicAccessBlock "
    "PutAccountPublicAccessBlock PutAnalyticsConfiguration PutBucketAcl PutBucketCORS "
    "PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration "
    "PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock "
    "PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite "
    "PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration "
    "PutJobTagging PutLifecycleConfiguration PutMetricsConfiguration "
    "PutMultiRegionAccessPointPolicy PutObject PutObjectAcl PutObjectLegalHold "
    "PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging "
    "PutReplicationConfiguration PutStorageLensConfiguration "
    "PutStorageLensConfigurationTagging ReplicateDelete ReplicateObject ReplicateTags "
    "RestoreObject SubmitMultiRegionAccessPointRoutes TagResource UntagResource "
    "UpdateAccessGrantsLocation UpdateBucketMetadataInventoryTableConfiguration "
    "UpdateBucketMetadataJournalTableConfiguration UpdateJobPriority UpdateJobStatus "
    "UpdateStorageLensGroup";

constexpr std::string_view kGlue =
    "AssociateGlossaryTerms BatchCreatePartition BatchDeleteConnection BatchDeletePartition "
    "BatchDeleteTable BatchDeleteTableVersion BatchGetBlueprints BatchGetCrawlers "
    "BatchGetCustomEntityTypes BatchGetDataQualityResult BatchGetDataQualityResultV2 "
    "BatchGetDataQualityRulesetEvaluationRun BatchGetDevEndpoints BatchGetIterableForms "
    "BatchGetJobs BatchGetPartition BatchGetTableOptimizer BatchGetTriggers BatchGetWorkflows "
    "BatchPutDataQualityStatisticAnnotation BatchStopJobRun BatchUpdatePartition "
    "CancelDataQualityRuleRecommendationRun CancelDataQualityRulesetEvaluationRun "
    "CancelMLTaskRun CancelStatement CheckSchemaVersionValidity CreateBlueprint CreateCatalog "
    "CreateClassifier CreateColumnStatisticsTaskSettings CreateConnection CreateCrawler "
    "CreateCustomEntityType CreateDataQualityEvaluationConfig CreateDataQualityRuleset "
    "CreateDatabase CreateDevEndpoint CreateGlossary CreateGlossaryTerm "
    "CreateGlueIdentityCenterConfiguration CreateInboundIntegration CreateIntegration "
    "CreateIntegrationResourceProperty CreateIntegrationTableProperties CreateJob "
    "CreateMLTransform CreatePartition CreatePartitionIndex CreateRegistry CreateSchema "
    "CreateScript CreateSecurityConfiguration CreateSession CreateTable CreateTableOptimizer "
    "CreateTrigger CreateUsageProfile CreateUserDefinedFunction CreateWorkflow DeleteAsset "
    "DeleteAssetType DeleteAttachment DeleteBlueprint DeleteCatalog DeleteClassifier "
    "DeleteColumnStatisticsForPartition DeleteColumnStatisticsForTable "
    "DeleteColumnStatisticsTaskSettings DeleteConnection DeleteConnectionType DeleteCrawler "
    "DeleteCustomEntityType DeleteDataQualityEvaluationConfig DeleteDataQualityRuleset "
    "DeleteDatabase DeleteDevEndpoint DeleteFormType DeleteGlossary DeleteGlossaryTerm "
    "DeleteGlueIdentityCenterConfiguration DeleteIntegration "
    "DeleteIntegrationResourceProperty DeleteIntegrationTableProperties DeleteJob "
    "DeleteMLTransform DeletePartition DeletePartitionIndex DeleteRegistry "
    "DeleteResourcePolicy DeleteSchema DeleteSchemaVersions DeleteSecurityConfiguration "
    "DeleteSession DeleteTable DeleteTableOptimizer DeleteTableVersion DeleteTrigger "
    "DeleteUsageProfile DeleteUserDefinedFunction DeleteWorkflow DescribeConnectionType "
    "DescribeEntity DescribeInboundIntegrations DescribeIntegrations "
    "DisassociateGlossaryTerms GetAsset GetAssetType GetBlueprint GetBlueprintRun "
    "GetBlueprintRuns GetCatalog GetCatalogImportStatus GetCatalogs GetClassifier "
    "GetClassifiers GetColumnStatisticsForPartition GetColumnStatisticsForTable "
    "GetColumnStatisticsTaskRun GetColumnStatisticsTaskRuns GetColumnStatisticsTaskSettings "
    "GetConnection GetConnections GetCrawler GetCrawlerMetrics GetCrawlers "
    "GetCustomEntityType GetDashboardUrl GetDataCatalogEncryptionSettings "
    "GetDataCatalogExportConfiguration GetDataQualityEvaluationConfig GetDataQualityModel "
    "GetDataQualityModelResult GetDataQualityResult GetDataQualityResultV2 "
    "GetDataQualityRuleRecommendationRun GetDataQualityRuleset "
    "GetDataQualityRulesetEvaluationRun GetDatabase GetDatabases GetDataflowGraph "
    "GetDevEndpoint GetDevEndpoints GetEntityRecords GetFormType GetGlossary GetGlossaryTerm "
    "GetGlueIdentityCenterConfiguration GetIntegrationResourceProperty "
    "GetIntegrationTableProperties GetJob GetJobBookmark GetJobRun GetJobRuns "
    "GetJobUpgradeAnalysis GetJobs GetMLTaskRun GetMLTaskRuns GetMLTransform GetMLTransforms "
    "GetMapping GetMaterializedViewRefreshTaskRun GetNotebookInstanceStatus GetPartition "
    "GetPartitionIndexes GetPartitions GetPlan GetRegistry GetResourcePolicies "
    "GetResourcePolicy GetSchema GetSchemaByDefinition GetSchemaVersion GetSchemaVersionsDiff "
    "GetSecurityConfiguration GetSecurityConfigurations GetSession GetSessionEndpoint "
    "GetStatement GetSystemLogsForJobRun GetSystemLogsForSession GetTable GetTableOptimizer "
    "GetTableVersion GetTableVersions GetTables GetTags GetTrigger GetTriggers "
    "GetUnfilteredPartitionMetadata GetUnfilteredPartitionsMetadata "
    "GetUnfilteredTableMetadata GetUsageProfile GetUserDefinedFunction "
    "GetUserDefinedFunctions GetWorkflow GetWorkflowRun GetWorkflowRunProperties "
    "GetWorkflowRuns ImportCatalogToGlue ListAssetTypes ListBlueprints "
    "ListColumnStatisticsTaskRuns ListConnectionTypes ListCrawlers ListCrawls "
    "ListCustomEntityTypes ListDataQualityEvaluationConfigs ListDataQualityResults "
    "ListDataQualityResultsV2 ListDataQualityRuleRecommendationRuns "
    "ListDataQualityRulesetEvaluationRuns ListDataQualityRulesets "
    "ListDataQualityStatisticAnnotations ListDataQualityStatistics ListDevEndpoints "
    "ListEntities ListFormTypes ListGlossaries ListGlossaryTerms "
    "ListIntegrationResourceProperties ListIntegrationTableProperties ListIterableForms "
    "ListJobs ListMLTransforms ListMaterializedViewRefreshTaskRuns ListRegistries "
    "ListSchemaVersions ListSchemas ListSessions ListStatements ListTableOptimizerRuns "
    "ListTriggers ListUsageProfiles ListWorkflows ModifyIntegration NotifyEvent "
    "PassConnection PublishDataQualityResultV2 PutAsset PutAssetType PutAttachment "
    "PutDataCatalogEncryptionSettings PutDataCatalogExportConfiguration "
    "PutDataQualityProfileAnnotation PutFormType PutResourcePolicy PutSchemaVersionMetadata "
    "PutWorkflowRunProperties QuerySchemaVersionMetadata RegisterConnectionType "
    "RegisterSchemaVersion RemoveSchemaVersionMetadata ResetJobBookmark ResumeWorkflowRun "
    "RunStatement SearchAssets SearchTables StartBlueprintRun StartColumnStatisticsTaskRun "
    "StartColumnStatisticsTaskRunSchedule StartCrawler StartCrawlerSchedule "
    "StartDataQualityRuleRecommendationRun StartDataQualityRulesetEvaluationRun "
    "StartExportLabelsTaskRun StartImportLabelsTaskRun StartJobRun StartJobUpgradeAnalysis "
    "StartMLEvaluationTaskRun StartMLLabelingSetGenerationTaskRun "
    "StartMaterializedViewRefreshTaskRun StartTrigger StartWorkflowRun "
    "StopColumnStatisticsTaskRun StopColumnStatisticsTaskRunSchedule StopCrawler "
    "StopCrawlerSchedule StopJobUpgradeAnalysis StopMaterializedViewRefreshTaskRun "
    "StopSession StopTrigger StopWorkflowRun TagResource TestConnection UntagResource "
    "UpdateAsset UpdateBlueprint UpdateCatalog UpdateClassifier "
    "UpdateColumnStatisticsForPartition UpdateColumnStatisticsForTable "
    "UpdateColumnStatisticsTaskSettings UpdateConnection UpdateCrawler UpdateCrawlerSchedule "
    "UpdateDataQualityEvaluationConfig UpdateDataQualityRuleset UpdateDatabase "
    "UpdateDevEndpoint UpdateGlossary UpdateGlossaryTerm "
    "UpdateGlueIdentityCenterConfiguration UpdateIntegrationResourceProperty "
    "UpdateIntegrationTableProperties UpdateJob UpdateJobFromSourceControl UpdateMLTransform "
    "UpdatePartition UpdateRegistry UpdateSchema UpdateSourceControlFromJob UpdateTable "
    "UpdateTableOptimizer UpdateTrigger UpdateUsageProfile UpdateUserDefinedFunction "
    "UpdateWorkflow UseGlueStudio UseMLTransforms";

constexpr std::string_view kLakeformation =
    "AddLFTagsToResource AssumeDecoratedRoleWithSAML AttachRLSPolicy BatchGrantPermissions "
    "BatchRevokePermissions CancelTransaction CommitTransaction CreateDataCellsFilter "
    "CreateLFTag CreateLFTagExpression CreateLakeFormationIdentityCenterConfiguration "
    "CreateLakeFormationOptIn CreateRLSPolicy DeleteDataCellsFilter DeleteLFTag "
    "DeleteLFTagExpression DeleteLakeFormationIdentityCenterConfiguration "
    "DeleteLakeFormationOptIn DeleteObjectsOnCancel DeleteRLSPolicy DeregisterResource "
    "DescribeLakeFormationIdentityCenterConfiguration DescribeResource DescribeTransaction "
    "DetachRLSPolicy ExtendTransaction GetDataAccess GetDataCellsFilter GetDataLakePrincipal "
    "GetDataLakeSettings GetEffectivePermissionsForPath GetGlueFunctionSessionContext "
    "GetLFTag GetLFTagExpression GetQueryState GetQueryStatistics GetRLSPolicy "
    "GetResourceLFTags GetTableObjects GetTemporaryDataLocationCredentials "
    "GetTemporaryGlueFunctionCredentials GetTemporaryGluePartitionCredentials "
    "GetTemporaryGlueTableCredentials GetWorkUnitResults GetWorkUnits GrantPermissions "
    "ListDataCellsFilter ListLFTagExpressions ListLFTags ListLakeFormationOptIns "
    "ListPermissions ListRLSPolicies ListRLSPolicyAttachments ListResources "
    "ListTableStorageOptimizers ListTransactions PutDataLakeSettings RegisterResource "
    "RemoveLFTagsFromResource RevokePermissions SearchDatabasesByLFTags SearchTablesByLFTags "
    "StartQueryPlanning StartTransaction UpdateDataCellsFilter UpdateLFTag "
    "UpdateLFTagExpression UpdateLakeFormationIdentityCenterConfiguration UpdateRLSPolicy "
    "UpdateResource UpdateTableObjects UpdateTableStorageOptimizer";

constexpr std::string_view kS3tables =
    "CompleteTableMigration CreateNamespace CreateTable CreateTableBucket DeleteNamespace "
    "DeleteTable DeleteTableBucket DeleteTableBucketEncryption "
    "DeleteTableBucketMetricsConfiguration DeleteTableBucketPolicy "
    "DeleteTableBucketReplication DeleteTablePolicy DeleteTableReplication GetNamespace "
    "GetTable GetTableBucket GetTableBucketEncryption GetTableBucketLogging "
    "GetTableBucketMaintenanceConfiguration GetTableBucketMetricsConfiguration "
    "GetTableBucketPolicy GetTableBucketReplication GetTableBucketStorageClass GetTableData "
    "GetTableEncryption GetTableMaintenanceConfiguration GetTableMaintenanceJobStatus "
    "GetTableMetadataLocation GetTableMigration GetTablePolicy "
    "GetTableRecordExpirationConfiguration GetTableRecordExpirationJobStatus "
    "GetTableReplication GetTableReplicationStatus GetTableStorageClass ListNamespaces "
    "ListTableBuckets ListTableMigrations ListTables ListTagsForResource "
    "PutTableBucketEncryption PutTableBucketLogging PutTableBucketMaintenanceConfiguration "
    "PutTableBucketMetricsConfiguration PutTableBucketPolicy PutTableBucketReplication "
    "PutTableBucketStorageClass PutTableData PutTableMaintenanceConfiguration PutTablePolicy "
    "PutTableRecordExpirationConfiguration PutTableReplication RenameTable "
    "StartTableMigration SyncTableMigration TagResource UntagResource "
    "UpdateTableMetadataLocation UpdateTableMigration";

constexpr std::string_view kIam =
    "AcceptDelegationRequest AcquireRole AddClientIDToOpenIDConnectProvider "
    "AddRoleToInstanceProfile AddUserToGroup AssociateDelegationRequest AttachGroupPolicy "
    "AttachRolePolicy AttachUserPolicy ChangePassword CreateAccessKey CreateAccountAlias "
    "CreateDelegationRequest CreateGroup CreateInstanceProfile CreateLoginProfile "
    "CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole "
    "CreateSAMLProvider CreateServiceLinkedRole CreateServiceSpecificCredential CreateUser "
    "CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias "
    "DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile "
    "DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion "
    "DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSAMLProvider "
    "DeleteSSHPublicKey DeleteServerCertificate DeleteServiceLinkedRole "
    "DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser "
    "DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachGroupPolicy "
    "DetachRolePolicy DetachUserPolicy DisableOrganizationsRootCredentialsManagement "
    "DisableOrganizationsRootSessions DisableOutboundWebIdentityFederation EnableMFADevice "
    "EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions "
    "EnableOutboundWebIdentityFederation GenerateCredentialReport "
    "GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails "
    "GetAccessKeyLastUsed GetAccountAuthorizationDetails GetAccountEmailAddress "
    "GetAccountName GetAccountPasswordPolicy GetAccountProperties GetAccountSummary "
    "GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetCredentialReport "
    "GetDelegationRequest GetGroup GetGroupPolicy GetHumanReadableSummary GetInstanceProfile "
    "GetLoginProfile GetMFADevice GetOpenIDConnectProvider GetOrganizationsAccessReport "
    "GetOutboundWebIdentityFederationInfo GetPolicy GetPolicyVersion GetRole GetRolePolicy "
    "GetRoleTemplateVersion GetSAMLProvider GetSSHPublicKey GetServerCertificate "
    "GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities "
    "GetServiceLinkedRoleDeletionStatus GetUser GetUserPolicy ListAccessKeys "
    "ListAccountAliases ListAttachedGroupPolicies ListAttachedRolePolicies "
    "ListAttachedUserPolicies ListDelegationRequests ListEntitiesForPolicy ListGroupPolicies "
    "ListGroups ListGroupsForUser ListInstanceProfileTags ListInstanceProfiles "
    "ListInstanceProfilesForRole ListMFADeviceTags ListMFADevices "
    "ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListOrganizationsFeatures "
    "ListPolicies ListPoliciesGrantingServiceAccess ListPolicyTags ListPolicyVersions "
    "ListRolePolicies ListRoleTags ListRoles ListSAMLProviderTags ListSAMLProviders "
    "ListSSHPublicKeys ListServerCertificateTags ListServerCertificates "
    "ListServiceSpecificCredentials ListSigningCertificates ListUserPolicies ListUserTags "
    "ListUsers ListVirtualMFADevices PassRole PutAccountProperties PutGroupPolicy "
    "PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary PutUserPolicy "
    "RejectDelegationRequest RemoveClientIDFromOpenIDConnectProvider "
    "RemoveRoleFromInstanceProfile RemoveUserFromGroup ResetServiceSpecificCredential "
    "ResyncMFADevice SendDelegationToken SetDefaultPolicyVersion "
    "SetSecurityTokenServicePreferences SimulateCustomPolicy SimulatePrincipalPolicy "
    "TagInstanceProfile TagMFADevice TagOpenIDConnectProvider TagPolicy TagRole "
    "TagSAMLProvider TagServerCertificate TagUser UntagInstanceProfile UntagMFADevice "
    "UntagOpenIDConnectProvider UntagPolicy UntagRole UntagSAMLProvider "
    "UntagServerCertificate UntagUser UpdateAccessKey UpdateAccountPasswordPolicy "
    "UpdateAssumeRolePolicy UpdateDelegationRequest UpdateGroup UpdateLoginProfile "
    "UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription "
    "UpdateSAMLProvider UpdateSSHPublicKey UpdateServerCertificate "
    "UpdateServiceSpecificCredential UpdateSigningCertificate UpdateUser UploadSSHPublicKey "
    "UploadServerCertificate UploadSigningCertificate";

constexpr std::string_view kSts =
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot "
    "DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity GetDelegatedAccessToken "
    "GetFederationToken GetServiceBearerToken GetSessionToken GetWebIdentityToken SetContext "
    "SetSourceIdentity TagSession";

struct Service {
  std::string_view name;
  std::string_view actions;
};
constexpr auto kServices = std::to_array<Service>({
    {"glue", kGlue},
    {"iam", kIam},
    {"lakeformation", kLakeformation},
    {"s3", kS3},
    {"s3tables", kS3tables},
    {"sts", kSts},
});

}  // namespace

std::vector<std::string> KnownServices() {
  std::vector<std::string> names;
  for (const Service& service : kServices) names.emplace_back(service.name);
  return names;
}

std::vector<std::string> ActionsOf(std::string_view service) {
  std::vector<std::string> actions;
  for (const Service& known : kServices) {
    if (!EqualsIgnoreCaseAscii(known.name, service)) continue;
    for (const std::string_view action : Split(known.actions, ' ')) actions.emplace_back(action);
  }
  return actions;
}

}  // namespace firn::lint
