"""One port serves every AWS region by the credential scope; resources belong to theirs."""

import boto3
import botocore.config
import botocore.exceptions
import pytest

REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]


def code_of(error) -> str:
    return error.value.response["Error"]["Code"]


def test_table_buckets_of_one_name_live_in_every_region(server):
    arns = {}
    for region in REGIONS:
        tables = server.aws("s3tables", region=region)
        arns[region] = tables.create_table_bucket(name="same-name")["arn"]
        tables.create_namespace(tableBucketARN=arns[region], namespace=["only_in_" + region.replace("-", "_")])
    assert len(set(arns.values())) == 3
    for region in REGIONS:
        tables = server.aws("s3tables", region=region)
        assert f":{region}:" in arns[region]
        listed = [b["arn"] for b in tables.list_table_buckets(prefix="same-name")["tableBuckets"]]
        assert listed == [arns[region]]
        names = [n["namespace"][0] for n in tables.list_namespaces(tableBucketARN=arns[region])["namespaces"]]
        assert names == ["only_in_" + region.replace("-", "_")]
    # Another region's ARN names nothing here.
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.aws("s3tables", region="us-east-1").get_table_bucket(tableBucketARN=arns["eu-west-1"])
    assert code_of(error) == "NotFoundException"


def test_a_table_is_not_found_by_its_arn_from_another_region(server):
    tables = server.aws("s3tables", region="eu-west-1")
    bucket = tables.create_table_bucket(name="regional-tables")["arn"]
    tables.create_namespace(tableBucketARN=bucket, namespace=["n"])
    arn = tables.create_table(tableBucketARN=bucket, namespace="n", name="t", format="ICEBERG")["tableARN"]
    assert tables.get_table(tableArn=arn)["name"] == "t"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.aws("s3tables", region="us-east-1").get_table(tableArn=arn)
    assert code_of(error) == "NotFoundException"


def test_a_general_purpose_bucket_has_one_region_and_sdks_find_it(server):
    west = server.aws("s3", region="eu-west-1")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        west.create_bucket(Bucket="wants-a-constraint")
    assert code_of(error) == "IllegalLocationConstraintException"
    west.create_bucket(Bucket="lives-in-ireland", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    west.put_object(Bucket="lives-in-ireland", Key="k", Body=b"here")
    assert west.head_bucket(Bucket="lives-in-ireland")["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-1"
    assert west.get_bucket_location(Bucket="lives-in-ireland")["LocationConstraint"] == "eu-west-1"
    # The name is taken everywhere.
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.aws("s3").create_bucket(Bucket="lives-in-ireland")
    assert code_of(error) in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
    # A request signed for another region is told where to go; the SDK follows by itself.
    elsewhere = server.aws("s3")
    told = []
    elsewhere.meta.events.register("needs-retry.s3.GetObject", lambda response, **_: told.append(response[1]), unique_id="told")
    assert elsewhere.get_object(Bucket="lives-in-ireland", Key="k")["Body"].read() == b"here"
    assert told[0]["Error"]["Code"] == "AuthorizationHeaderMalformed"
    assert told[0]["Error"]["Region"] == "eu-west-1"
    listed = {b["Name"]: b["BucketRegion"] for b in server.aws("s3").list_buckets()["Buckets"]}
    assert listed["lives-in-ireland"] == "eu-west-1"


def test_lake_formation_settings_are_of_one_region(server):
    west = server.aws("lakeformation", region="eu-west-1")
    settings = west.get_data_lake_settings()["DataLakeSettings"]
    assert not settings.get("AllowFullTableExternalDataAccess")
    settings["AllowFullTableExternalDataAccess"] = True
    west.put_data_lake_settings(DataLakeSettings=settings)
    assert west.get_data_lake_settings()["DataLakeSettings"]["AllowFullTableExternalDataAccess"]
    south = server.aws("lakeformation", region="ap-southeast-2")
    assert not south.get_data_lake_settings()["DataLakeSettings"].get("AllowFullTableExternalDataAccess")


def test_iam_and_sts_are_global(server):
    server.aws("iam", region="eu-west-1").create_user(UserName="everywhere")
    assert server.aws("iam").get_user(UserName="everywhere")["User"]["UserName"] == "everywhere"
    for region in REGIONS:
        assert server.aws("sts", region=region).get_caller_identity()["Account"] == server.account_id


@pytest.mark.parametrize("service, call", [
    ("s3tables", lambda client: client.list_table_buckets()),
    ("sts", lambda client: client.get_caller_identity()),
    ("s3", lambda client: client.list_buckets()),
    ("glue", lambda client: client.get_databases()),
])
def test_a_region_that_does_not_exist_is_refused(server, service, call):
    key = server.root_key()
    client = boto3.client(service, endpoint_url=server.aws_endpoint, region_name="eu-west-99",
                          aws_access_key_id=key[0], aws_secret_access_key=key[1],
                          config=botocore.config.Config(retries={"max_attempts": 1}))
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(client)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert "did you mean 'eu-west-" in str(error.value)


def test_a_condition_on_the_region_is_asked(server):
    import json
    iam = server.aws("iam")
    iam.create_user(UserName="westerner")
    iam.put_user_policy(UserName="westerner", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "s3tables:ListTableBuckets", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}]}))
    made = iam.create_access_key(UserName="westerner")["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    server.aws("s3tables", key, region="eu-west-1").list_table_buckets()
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.aws("s3tables", key, region="us-east-1").list_table_buckets()
    assert code_of(error) == "AccessDeniedException"


def test_a_stranger_leaves_nothing_in_a_region(server):
    stranger = ("AKIAAAAAAAAAAAAAAAAA", "x" * 40)
    with pytest.raises(botocore.exceptions.ClientError):
        server.aws("s3tables", stranger, region="sa-east-1").list_table_buckets()
    assert not [b for b in server.aws("s3").list_buckets()["Buckets"] if "sa-east-1" in b["Name"]]
