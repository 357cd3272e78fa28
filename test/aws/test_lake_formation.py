"""Lake Formation through boto3: settings, locations, grants of every shape, who may grant, and what is refused."""

import hashlib
import json

import pytest
from botocore.exceptions import ClientError

BUCKET = "lf-bucket"
FIELDS = [{"name": "id", "type": "long"}, {"name": "name", "type": "string"}]


def refused(code: str, call, **arguments) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def root(server):
    return server.aws("lakeformation")


@pytest.fixture(scope="module")
def tables(server):
    """Two tables of one database; their catalog's id."""
    s3tables = server.aws("s3tables")
    arn = s3tables.create_table_bucket(name=BUCKET)["arn"]
    s3tables.create_namespace(tableBucketARN=arn, namespace=["sales"])
    for name in ("orders", "items"):
        s3tables.create_table(tableBucketARN=arn, namespace="sales", name=name, format="ICEBERG",
                              metadata={"iceberg": {"schema": {"fields": FIELDS}}})
    return f"{server.account_id}:s3tablescatalog/{BUCKET}"


@pytest.fixture()
def full_access(root):
    """The setting without which no credentials are vended, for one test."""
    before = root.get_data_lake_settings()["DataLakeSettings"]
    root.put_data_lake_settings(DataLakeSettings={**before, "AllowFullTableExternalDataAccess": True})
    yield
    root.put_data_lake_settings(DataLakeSettings=before)


class User:
    """A user that IAM allows everything of Lake Formation, so that grants alone decide."""

    def __init__(self, server, name: str):
        iam = server.aws("iam")
        self.arn = iam.create_user(UserName=name)["User"]["Arn"]
        statement = {"Effect": "Allow", "Action": ["lakeformation:*", "glue:*"], "Resource": "*"}
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [statement]}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.key = (key["AccessKeyId"], key["SecretAccessKey"])
        self.principal = {"DataLakePrincipalIdentifier": self.arn}
        self.lake = server.aws("lakeformation", self.key)


@pytest.fixture()
def user(server, request):
    return User(server, "lf-" + hashlib.md5(request.node.name.encode()).hexdigest()[:12])


def catalog_(id_):
    return {"Catalog": {"Id": id_}}


def database_(id_):
    return {"Database": {"CatalogId": id_, "Name": "sales"}}


def table_(id_, name="orders"):
    return {"Table": {"CatalogId": id_, "DatabaseName": "sales", "Name": name}}


def every_table(id_):
    return {"Table": {"CatalogId": id_, "DatabaseName": "sales", "TableWildcard": {}}}


def columns_(id_, **columns):
    return {"TableWithColumns": {"CatalogId": id_, "DatabaseName": "sales", "Name": "orders", **columns}}


def held(root, principal):
    """Kind of resource → (permissions, grantable) as ListPermissions shows them for a principal."""
    found = {}
    for entry in root.list_permissions(Principal=principal)["PrincipalResourcePermissions"]:
        (kind,) = entry["Resource"]
        kind += ":*" if "TableWildcard" in entry["Resource"][kind] else ""
        found[kind] = (sorted(entry["Permissions"]), sorted(entry["PermissionsWithGrantOption"]))
    return found


# ---- Settings


def test_settings_come_back_as_written(root, server, user):
    before = root.get_data_lake_settings()["DataLakeSettings"]
    written = {
        "DataLakeAdmins": [user.principal], "ReadOnlyAdmins": [], "CreateDatabaseDefaultPermissions": [],
        "CreateTableDefaultPermissions": [], "TrustedResourceOwners": [server.account_id],
        "AllowExternalDataFiltering": True, "AllowFullTableExternalDataAccess": True,
        "ExternalDataFilteringAllowList": [{"DataLakePrincipalIdentifier": server.account_id}],
        "AuthorizedSessionTagValueList": ["engine"], "Parameters": {"CROSS_ACCOUNT_VERSION": "4"}}
    try:
        root.put_data_lake_settings(DataLakeSettings=written)
        after = root.get_data_lake_settings(CatalogId=server.account_id)["DataLakeSettings"]
        assert {name: after[name] for name in written} == written
    finally:
        root.put_data_lake_settings(DataLakeSettings=before)
    assert root.get_data_lake_settings()["DataLakeSettings"] == before


def test_another_accounts_settings_are_not_there(root):
    refused("AccessDeniedException", root.get_data_lake_settings, CatalogId="210987654321")


def test_an_administrator_may_grant_and_a_read_only_one_may_only_look(root, user, tables):
    before = root.get_data_lake_settings()["DataLakeSettings"]
    grant = {"Principal": user.principal, "Resource": table_(tables), "Permissions": ["SELECT"]}
    try:
        root.put_data_lake_settings(DataLakeSettings={**before, "ReadOnlyAdmins": [user.principal]})
        refused("AccessDeniedException", user.lake.grant_permissions, **grant)
        root.put_data_lake_settings(DataLakeSettings={**before, "DataLakeAdmins": [user.principal]})
        user.lake.grant_permissions(**grant)
    finally:
        root.put_data_lake_settings(DataLakeSettings=before)
    refused("AccessDeniedException", user.lake.grant_permissions, **grant)


# ---- Locations


def test_a_location_from_registering_to_deregistering(root, server):
    arn = "arn:aws:s3:::lf-location/part"
    role = f"arn:aws:iam::{server.account_id}:role/reader"
    refused("EntityNotFoundException", root.describe_resource, ResourceArn=arn)
    root.register_resource(ResourceArn=arn, RoleArn=role, HybridAccessEnabled=True)
    refused("AlreadyExistsException", root.register_resource, ResourceArn=arn, RoleArn=role)
    shown = root.describe_resource(ResourceArn=arn)["ResourceInfo"]
    assert (shown["ResourceArn"], shown["RoleArn"], shown["HybridAccessEnabled"]) == (arn, role, True)
    assert arn in [entry["ResourceArn"] for entry in root.list_resources()["ResourceInfoList"]]
    root.deregister_resource(ResourceArn=arn)
    refused("EntityNotFoundException", root.deregister_resource, ResourceArn=arn)
    assert arn not in [entry["ResourceArn"] for entry in root.list_resources()["ResourceInfoList"]]


def test_a_location_by_the_service_linked_role(root, server):
    arn = "arn:aws:s3:::lf-linked"
    root.register_resource(ResourceArn=arn, UseServiceLinkedRole=True)
    role = root.describe_resource(ResourceArn=arn)["ResourceInfo"]["RoleArn"]
    assert role.endswith("/AWSServiceRoleForLakeFormationDataAccess") and server.account_id in role
    root.deregister_resource(ResourceArn=arn)


def test_a_location_is_updated(root, server):
    arn, role = "arn:aws:s3:::lf-updated", f"arn:aws:iam::{server.account_id}:role/"
    refused("EntityNotFoundException", root.update_resource, ResourceArn=arn, RoleArn=role + "other")
    root.register_resource(ResourceArn=arn, RoleArn=role + "one", HybridAccessEnabled=True)
    root.update_resource(ResourceArn=arn, RoleArn=role + "other", WithFederation=True)
    shown = root.describe_resource(ResourceArn=arn)["ResourceInfo"]
    assert (shown["RoleArn"], shown["WithFederation"], shown["HybridAccessEnabled"]) == (role + "other", True, True)
    refused("InvalidInputException", root.update_resource, ResourceArn=arn, RoleArn="other")
    root.deregister_resource(ResourceArn=arn)


def test_locations_come_in_pages_and_by_conditions(root, server):
    arns = [f"arn:aws:s3:::lf-page-{n}" for n in range(5)]
    role = f"arn:aws:iam::{server.account_id}:role/"
    for n, arn in enumerate(arns):
        root.register_resource(ResourceArn=arn, RoleArn=role + ("even" if n % 2 == 0 else "odd"))

    def listed(size, *conditions):
        asked = {"MaxResults": size}
        if conditions:
            asked["FilterConditionList"] = [
                {"Field": field, "ComparisonOperator": word, "StringValueList": values} for field, word, values in conditions]
        found, more = [], {}
        while more is not None:
            page = root.list_resources(**asked, **more)
            assert len(page["ResourceInfoList"]) <= size
            found += [one["ResourceArn"] for one in page["ResourceInfoList"]]
            more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        return found

    ours = ("RESOURCE_ARN", "BEGINS_WITH", ["arn:aws:s3:::lf-page-"])
    for size in (1, 2, 5, 1000):
        assert listed(size, ours) == arns
    assert listed(1, ours, ("ROLE_ARN", "EQ", [role + "odd"])) == arns[1::2]
    assert listed(2, ("RESOURCE_ARN", "IN", [arns[0], arns[4]])) == [arns[0], arns[4]]
    assert listed(2, ours, ("RESOURCE_ARN", "NE", [arns[0]]), ("RESOURCE_ARN", "NOT_CONTAINS", ["-3"])) == [
        arns[1], arns[2], arns[4]]
    for arn in arns:
        root.deregister_resource(ResourceArn=arn)


@pytest.mark.parametrize("arguments", [
    {"ResourceArn": "lf-location"},
    {"ResourceArn": "arn:aws:s3:::lf-neither"},
    {"ResourceArn": "arn:aws:s3:::lf-both", "UseServiceLinkedRole": True, "RoleArn": "arn:aws:iam::123456789012:role/r"},
])
def test_a_wrong_registration_is_refused(root, arguments):
    refused("InvalidInputException", root.register_resource, **arguments)


# ---- Grants


SHAPES = {
    "catalog": (catalog_, ["ALL"], {"Catalog": (["ALL"], [])}),
    "catalog databases": (catalog_, ["CREATE_DATABASE", "DESCRIBE"],
                          {"Catalog": (["CREATE_DATABASE", "DESCRIBE"], [])}),
    "database": (database_, ["CREATE_TABLE", "ALTER"], {"Database": (["ALTER", "CREATE_TABLE"], [])}),
    "table": (table_, ["INSERT", "DELETE"], {"Table": (["DELETE", "INSERT"], [])}),
    # SELECT on a table is SELECT on its every column, as Lake Formation shows it.
    "table select": (table_, ["SELECT", "DESCRIBE"],
                     {"Table": (["DESCRIBE"], []), "TableWithColumns": (["SELECT"], [])}),
    "every table": (every_table, ["SELECT", "DROP"], {"Table:*": (["DROP", "SELECT"], [])}),
    "columns": (lambda id_: columns_(id_, ColumnNames=["id"]), ["SELECT"], {"TableWithColumns": (["SELECT"], [])}),
    "columns but": (lambda id_: columns_(id_, ColumnWildcard={"ExcludedColumnNames": ["name"]}), ["SELECT"],
                    {"TableWithColumns": (["SELECT"], [])}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_grant_is_listed_and_taken_back(root, user, tables, shape):
    resource, permissions, shown = SHAPES[shape]
    arguments = {"Principal": user.principal, "Resource": resource(tables), "Permissions": permissions}
    root.grant_permissions(**arguments)
    assert held(root, user.principal) == shown
    root.grant_permissions(**arguments, PermissionsWithGrantOption=permissions)
    assert held(root, user.principal) == {kind: (names, names) for kind, (names, _) in shown.items()}
    root.revoke_permissions(**arguments, PermissionsWithGrantOption=permissions)
    assert held(root, user.principal) == shown
    root.revoke_permissions(**arguments)
    assert held(root, user.principal) == {}
    refused("InvalidInputException", root.revoke_permissions, **arguments)


@pytest.mark.parametrize("resource, permissions, options", [
    (catalog_, ["SELECT"], []),
    (database_, ["INSERT"], []),
    (table_, ["CREATE_TABLE"], []),
    (lambda id_: columns_(id_, ColumnNames=["id"]), ["INSERT"], []),
    (lambda id_: columns_(id_), ["SELECT"], []),
    (lambda id_: columns_(id_, ColumnNames=["id"], ColumnWildcard={}), ["SELECT"], []),
    (lambda id_: {**database_(id_), **table_(id_)}, ["DESCRIBE"], []),
    (lambda id_: {}, ["DESCRIBE"], []),
    (table_, [], []),
    (table_, ["DESCRIBE"], ["ALTER"]),
])
def test_a_wrong_grant_is_refused_and_leaves_nothing(root, user, tables, resource, permissions, options):
    refused("InvalidInputException", root.grant_permissions, Principal=user.principal, Resource=resource(tables),
            Permissions=permissions, PermissionsWithGrantOption=options)
    assert held(root, user.principal) == {}


@pytest.mark.parametrize("principal", ["", "*", "alice", "arn:aws:s3:::bucket", "arn:aws:iam::{}:user/*",
                                       "arn:aws:iam::{}:user/nobody", "arn:aws:iam::{}:role/nobody"])
def test_a_grant_to_nobody_is_refused(root, server, tables, principal):
    identifier = principal.format(server.account_id)
    if identifier:
        refused("InvalidInputException", root.grant_permissions, Resource=table_(tables), Permissions=["DESCRIBE"],
                Principal={"DataLakePrincipalIdentifier": identifier})


def test_row_and_cell_filters_and_tags_are_refused(root, user, server, tables):
    cells = {"TableCatalogId": server.account_id, "DatabaseName": "sales", "TableName": "orders", "Name": "some"}
    text = refused("InvalidInputException", root.grant_permissions, Principal=user.principal, Permissions=["SELECT"],
                   Resource={"DataCellsFilter": cells})
    assert "DataCellsFilter" in text and "TableWithColumns" in text
    refused("InvalidInputException", root.grant_permissions, Principal=user.principal, Permissions=["DESCRIBE"],
            Resource={"LFTag": {"TagKey": "k", "TagValues": ["v"]}})
    filter_ = {**cells, "RowFilter": {"FilterExpression": "id = 1"}, "ColumnNames": ["id"]}
    assert "CreateDataCellsFilter" in refused(
        "UnknownOperationException", root.create_data_cells_filter, TableData=filter_)
    assert held(root, user.principal) == {}


def test_a_batch_says_what_failed_and_keeps_the_rest(root, user, tables):
    def entry(id_, resource, permissions):
        return {"Id": id_, "Principal": user.principal, "Resource": resource, "Permissions": permissions}

    entries = [entry("1", table_(tables), ["INSERT"]), entry("2", database_(tables), ["INSERT"]),
               entry("3", table_(tables, "items"), ["DESCRIBE"])]
    failures = root.batch_grant_permissions(Entries=entries)["Failures"]
    assert [(one["RequestEntry"]["Id"], one["Error"]["ErrorCode"]) for one in failures] == [
        ("2", "InvalidInputException")]
    assert len(root.list_permissions(Principal=user.principal)["PrincipalResourcePermissions"]) == 2
    failures = root.batch_revoke_permissions(Entries=entries)["Failures"]
    assert [one["RequestEntry"]["Id"] for one in failures] == ["2"]
    assert held(root, user.principal) == {}
    many = [entry(str(number), table_(tables), ["INSERT"]) for number in range(21)]
    refused("InvalidInputException", root.batch_grant_permissions, Entries=many)


# ---- Lists


def test_lists_filter_and_page(root, user, tables):
    for resource, permissions in [(catalog_(tables), ["DESCRIBE"]), (database_(tables), ["ALTER"]),
                                  (table_(tables), ["INSERT"]), (table_(tables, "items"), ["DROP"]),
                                  (columns_(tables, ColumnNames=["id"]), ["SELECT"])]:
        root.grant_permissions(Principal=user.principal, Resource=resource, Permissions=permissions)

    def kinds(**filters):
        shown = root.list_permissions(Principal=user.principal, **filters)["PrincipalResourcePermissions"]
        return sorted(kind for entry in shown for kind in entry["Resource"])

    assert kinds() == ["Catalog", "Database", "Table", "Table", "TableWithColumns"]
    assert kinds(ResourceType="DATABASE") == ["Database"]
    assert kinds(ResourceType="TABLE") == ["Table", "Table", "TableWithColumns"]
    assert kinds(Resource=table_(tables)) == ["Table", "TableWithColumns"]
    assert kinds(Resource=table_(tables, "items")) == ["Table"]
    assert kinds(Resource=database_(tables)) == ["Database"]
    seen, token = [], {}
    while True:
        page = root.list_permissions(Principal=user.principal, MaxResults=2, **token)
        assert len(page["PrincipalResourcePermissions"]) <= 2
        seen += page["PrincipalResourcePermissions"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(seen) == 5 and len({json.dumps(entry["Resource"], sort_keys=True) for entry in seen}) == 5
    refused("InvalidInputException", root.list_permissions, NextToken="somewhere")


def test_one_sees_ones_own_grants_and_not_anothers(root, server, user, tables):
    other = User(server, "lf-seen")
    root.grant_permissions(Principal=other.principal, Resource=table_(tables), Permissions=["INSERT"])
    root.grant_permissions(Principal=user.principal, Resource=table_(tables, "items"), Permissions=["INSERT"])
    assert set(held(user.lake, user.principal)) == {"Table"}
    assert held(user.lake, other.principal) == {}


# ---- Who may grant


def test_only_what_one_may_hand_on_may_be_granted(root, server, user, tables):
    other = User(server, "lf-other")

    def hand_on(permissions, resource=table_(tables)):
        return {"Principal": other.principal, "Resource": resource, "Permissions": permissions}

    refused("AccessDeniedException", user.lake.grant_permissions, **hand_on(["INSERT"]))
    root.grant_permissions(Principal=user.principal, Resource=table_(tables), Permissions=["INSERT", "ALTER"],
                           PermissionsWithGrantOption=["INSERT"])
    user.lake.grant_permissions(**hand_on(["INSERT"]))
    for permissions, resource in [(["ALTER"], table_(tables)), (["INSERT", "ALTER"], table_(tables)),
                                  (["ALL"], table_(tables)), (["SELECT"], table_(tables)),
                                  (["INSERT"], table_(tables, "items")), (["INSERT"], every_table(tables)),
                                  (["ALTER"], database_(tables)), (["SUPER_USER"], catalog_(tables))]:
        text = refused("AccessDeniedException", user.lake.grant_permissions, **hand_on(permissions, resource))
        assert "with grant option" in text
    assert held(root, other.principal) == {"Table": (["INSERT"], [])}
    user.lake.revoke_permissions(**hand_on(["INSERT"]))
    # Nor may anyone make an administrator of himself by a grant to himself.
    refused("AccessDeniedException", user.lake.grant_permissions, Principal=user.principal,
            Resource=catalog_(tables), Permissions=["ALL"])


def test_a_grant_on_some_columns_hands_on_nothing(root, server, user, tables):
    root.grant_permissions(Principal=user.principal, Resource=columns_(tables, ColumnNames=["id"]),
                           Permissions=["SELECT"], PermissionsWithGrantOption=["SELECT"])
    refused("AccessDeniedException", user.lake.grant_permissions, Principal=user.principal, Resource=table_(tables),
            Permissions=["SELECT"])


@pytest.mark.parametrize("columns", [
    {"ColumnNames": ["id", "nmae"]}, {"ColumnWildcard": {"ExcludedColumnNames": ["nope"]}},
])
def test_a_grant_on_columns_that_are_not_there_is_refused(root, user, tables, columns):
    text = refused("EntityNotFoundException", root.grant_permissions, Principal=user.principal,
                   Resource=columns_(tables, **columns), Permissions=["SELECT"])
    assert "orders has no column" in text
    assert held(root, user.principal) == {}


def test_permissions_by_the_place_of_a_table(root, server, user, tables):
    s3tables = server.aws("s3tables")
    bucket = f"arn:aws:s3tables:us-east-1:{server.account_id}:bucket/{BUCKET}"
    table = s3tables.get_table(tableBucketARN=bucket, namespace="sales", name="orders")
    place = "arn:aws:s3:::" + table["warehouseLocation"].removeprefix("s3://")
    root.grant_permissions(Principal=user.principal, Resource=table_(tables), Permissions=["INSERT"])
    root.grant_permissions(Principal=user.principal, Resource=columns_(tables, ColumnNames=["id"]), Permissions=["SELECT"])
    root.grant_permissions(Principal=user.principal, Resource=table_(tables, "items"), Permissions=["DELETE"])

    def at(client, arn):
        return sorted(permission for one in client.get_effective_permissions_for_path(ResourceArn=arn)["Permissions"]
                      if one["Principal"] == user.principal for permission in one["Permissions"])

    for arn in (place, place + "/data/one.parquet", table["tableARN"]):
        assert at(root, arn) == at(user.lake, arn) == ["INSERT", "SELECT"]
    assert at(root, bucket) == [] and at(root, "arn:aws:s3:::no-such-place") == []
    first = root.get_effective_permissions_for_path(ResourceArn=place, MaxResults=1)
    assert len(first["Permissions"]) == 1 and first["NextToken"]
    refused("InvalidInputException", root.get_effective_permissions_for_path, ResourceArn="nowhere")


# ---- The whole model

SERVED = {
    "BatchGrantPermissions", "BatchRevokePermissions", "DeregisterResource", "DescribeResource", "GetDataLakePrincipal",
    "GetDataLakeSettings", "GetEffectivePermissionsForPath", "GetTemporaryGlueTableCredentials", "GrantPermissions",
    "ListPermissions", "ListResources", "PutDataLakeSettings", "RegisterResource", "RevokePermissions", "UpdateResource",
}
# Parts of the names of what is refused, and what the refusal says.
ABSENT = {
    "LFTag": "LF-tags", "DataCellsFilter": "cell filters", "RLSPolic": "row filters", "OptIn": "opt-ins",
    "IdentityCenter": "Identity Center", "Transaction": "governed tables", "TableObjects": "governed tables",
    "StorageOptimizer": "governed tables", "Quer": "query planning", "WorkUnit": "query planning",
    "DeleteObjectsOnCancel": "governed tables", "PartitionCredentials": "partitions",
    "DataLocationCredentials": "tables only", "GlueFunction": "functions", "AssumeDecoratedRole": "SAML",
}


def test_every_operation_of_the_model_is_served_or_refused_with_a_reason(server):
    client = server.aws("lakeformation", parameter_validation=False, inject_host_prefix=False)
    served = set()
    for operation in client.meta.service_model.operation_names:
        try:
            client._make_api_call(operation, {})
            served.add(operation)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UnknownOperationException":
                served.add(operation)
                continue
            reasons = [reason for part, reason in ABSENT.items() if part in operation]
            assert reasons and reasons[0] in error.response["Error"]["Message"], (operation, error)
    assert served == SERVED


# ---- Credentials


def table_arn(server, name="orders"):
    return f"arn:aws:glue:us-east-1:{server.account_id}:table/s3tablescatalog/{BUCKET}/sales/{name}"


def vend(server, user, permissions=("SELECT",), name="orders", **arguments):
    return {"TableArn": table_arn(server, name), "Permissions": list(permissions),
            "SupportedPermissionTypes": ["COLUMN_PERMISSION"], **arguments}


def test_credentials_open_the_granted_table_for_reading_only(root, server, user, tables, full_access):
    refused("AccessDeniedException", user.lake.get_temporary_glue_table_credentials, **vend(server, user))
    root.grant_permissions(Principal=user.principal, Resource=table_(tables), Permissions=["SELECT"])
    vended = user.lake.get_temporary_glue_table_credentials(**vend(server, user, DurationSeconds=900))
    key = (vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
    arn = f"arn:aws:s3tables:us-east-1:{server.account_id}:bucket/{BUCKET}"
    place = {name: server.aws("s3tables").get_table(tableBucketARN=arn, namespace="sales", name=name)
             for name in ("orders", "items")}
    bucket, _, metadata = place["orders"]["metadataLocation"].removeprefix("s3://").partition("/")
    assert [path.rstrip("/") for path in vended["VendedS3Path"]] == [place["orders"]["warehouseLocation"]]
    s3 = server.aws("s3", key)
    assert json.loads(s3.get_object(Bucket=bucket, Key=metadata)["Body"].read())["format-version"] == 2
    refused("AccessDenied", s3.put_object, Bucket=bucket, Key="data/x", Body=b"x")
    bucket, _, metadata = place["items"]["metadataLocation"].removeprefix("s3://").partition("/")
    refused("AccessDenied", s3.get_object, Bucket=bucket, Key=metadata)
    refused("AccessDeniedException", user.lake.get_temporary_glue_table_credentials,
            **vend(server, user, ["SELECT", "INSERT"]))
    refused("AccessDeniedException", user.lake.get_temporary_glue_table_credentials, **vend(server, user, name="items"))


def test_credentials_need_the_setting(root, server, user, tables):
    before = root.get_data_lake_settings()["DataLakeSettings"]
    root.grant_permissions(Principal=user.principal, Resource=table_(tables), Permissions=["SELECT"])
    root.put_data_lake_settings(DataLakeSettings={**before, "AllowFullTableExternalDataAccess": False})
    try:
        text = refused("AccessDeniedException", user.lake.get_temporary_glue_table_credentials, **vend(server, user))
        assert "AllowFullTableExternalDataAccess" in text
    finally:
        root.put_data_lake_settings(DataLakeSettings=before)


@pytest.mark.parametrize("columns", [
    {"ColumnNames": ["id"]}, {"ColumnNames": ["id", "name"]},
    {"ColumnWildcard": {"ExcludedColumnNames": ["name"]}}])
def test_a_grant_on_some_columns_vends_nothing(root, server, user, tables, full_access, columns):
    root.grant_permissions(Principal=user.principal, Resource=columns_(tables, **columns), Permissions=["SELECT"])
    refused("AccessDeniedException", user.lake.get_temporary_glue_table_credentials, **vend(server, user))
    root.grant_permissions(Principal=user.principal, Resource=columns_(tables, ColumnWildcard={}),
                           Permissions=["SELECT"])
    assert user.lake.get_temporary_glue_table_credentials(**vend(server, user))["SessionToken"]


@pytest.mark.parametrize("resource, permissions", [
    (every_table, ["SELECT"]), (catalog_, ["ALL"]), (table_, ["ALL"])])
def test_wider_grants_vend_too(root, server, user, tables, full_access, resource, permissions):
    root.grant_permissions(Principal=user.principal, Resource=resource(tables), Permissions=permissions)
    assert user.lake.get_temporary_glue_table_credentials(**vend(server, user))["SessionToken"]


@pytest.mark.parametrize("changes", [
    {"TableArn": "orders"}, {"TableArn": "arn:aws:s3:::bucket"}, {"DurationSeconds": 899},
    {"DurationSeconds": 43201}])
def test_a_wrong_request_for_credentials_is_refused(root, server, user, full_access, changes):
    unchecked = server.aws("lakeformation", parameter_validation=False)
    refused("InvalidInputException", unchecked.get_temporary_glue_table_credentials,
            **{**vend(server, user), **changes})


# ---- Everyone whom IAM allows


def test_iam_allowed_principals_open_what_no_grant_does(root, server, user, tables):
    everyone = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    glue = server.aws("glue", user.key)
    place = {"CatalogId": tables, "DatabaseName": "sales", "Name": "orders"}
    refused("AccessDeniedException", glue.get_table, **place)
    root.grant_permissions(Principal=everyone, Resource=table_(tables), Permissions=["ALL"])
    assert glue.get_table(**place)["Table"]["Name"] == "orders"
    refused("AccessDeniedException", glue.get_table, **{**place, "Name": "items"})
    root.revoke_permissions(Principal=everyone, Resource=table_(tables), Permissions=["ALL"])
    refused("AccessDeniedException", glue.get_table, **place)


def test_grants_go_with_their_table(root, server, user, tables):
    arn = f"arn:aws:s3tables:us-east-1:{server.account_id}:bucket/{BUCKET}"
    s3tables = server.aws("s3tables")
    made = {"tableBucketARN": arn, "namespace": "sales", "name": "brief"}
    schema = {"iceberg": {"schema": {"fields": FIELDS}}}
    s3tables.create_table(**made, format="ICEBERG", metadata=schema)
    root.grant_permissions(Principal=user.principal, Resource=table_(tables, "brief"), Permissions=["ALL"])
    s3tables.delete_table(**made)
    assert held(root, user.principal) == {}
    s3tables.create_table(**made, format="ICEBERG", metadata=schema)
    glue = server.aws("glue", user.key)
    refused("AccessDeniedException", glue.get_table, CatalogId=tables, DatabaseName="sales", Name="brief")
