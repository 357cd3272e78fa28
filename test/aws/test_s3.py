"""The S3 object API through boto3 and the AWS CLI, in their default settings (checksums, trailers, multipart)."""

import base64
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zlib

import boto3
import botocore.config
import botocore.exceptions
import pytest
from botocore.exceptions import ClientError

MEBI = 1 << 20
ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]


@pytest.fixture(scope="module")
def s3(server):
    return server.aws("s3")


@pytest.fixture()
def bucket(s3, request):
    name = "b-" + hashlib.md5(request.node.name.encode()).hexdigest()[:20]
    s3.create_bucket(Bucket=name)
    return name


def refused(code: str, status: int, call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    return answer


def pattern(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(range(size % 251))


def upload_parts(s3, bucket: str, key: str, parts: list[bytes], **create):
    algorithm = {name: value for name, value in create.items() if name == "ChecksumAlgorithm"}
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **create)["UploadId"]
    done = []
    for number, body in enumerate(parts, 1):
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, **algorithm)
        kept = {name: value for name, value in part.items() if name == "ETag" or name.startswith("Checksum")}
        done.append({"PartNumber": number, **kept})
    return upload, done


@pytest.mark.parametrize("size", [0, 1, 262_143, 262_144, 262_145, 3 * MEBI + 7])
def test_put_get_head(s3, bucket, size):
    body = pattern(size)
    put = s3.put_object(Bucket=bucket, Key="a/ü &+.bin", Body=body, ContentType="x/y", Metadata={"m": "v"})
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="a/ü &+.bin")
    assert got["Body"].read() == body
    assert (got["ContentType"], got["Metadata"], got["ContentLength"]) == ("x/y", {"m": "v"}, size)
    head = s3.head_object(Bucket=bucket, Key="a/ü &+.bin", ChecksumMode="ENABLED")
    assert head["ContentLength"] == size
    assert base64.b64decode(head["ChecksumCRC32"]) == zlib.crc32(body).to_bytes(4, "big")


@pytest.mark.parametrize("range_, begin, end", [
    ("bytes=0-0", 0, 1), ("bytes=5-", 5, 600_000), ("bytes=-7", 599_993, 600_000), ("bytes=262143-262144", 262_143, 262_145),
    ("bytes=100-9999999", 100, 600_000)])
def test_ranges(s3, bucket, range_, begin, end):
    body = pattern(600_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    got = s3.get_object(Bucket=bucket, Key="k", Range=range_)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {begin}-{end - 1}/600000"
    assert got["Body"].read() == body[begin:end]
    refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="k", Range="bytes=600000-")


def test_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", 412, s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    refused("PreconditionFailed", 412, s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"no"')
    refused("NoSuchKey", 404, s3.put_object, Bucket=bucket, Key="none", Body=b"2", IfMatch=etag)
    refused("304", 304, s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag)
    refused("PreconditionFailed", 412, s3.get_object, Bucket=bucket, Key="k", IfMatch='"no"')
    newer = s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)["ETag"]
    upload, parts = upload_parts(s3, bucket, "k", [b"3"])
    complete = dict(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    refused("PreconditionFailed", 412, s3.complete_multipart_upload, IfNoneMatch="*", **complete)
    refused("PreconditionFailed", 412, s3.complete_multipart_upload, IfMatch=etag, **complete)
    s3.complete_multipart_upload(IfMatch=newer, **complete)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_checksums(s3, bucket, algorithm):
    try:
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)
    except botocore.exceptions.MissingDependencyException:  # botocore computes these two by awscrt alone
        value = {"CRC32C": "mnG7TA==", "CRC64NVME": "M3eFcAZSQlc="}[algorithm]
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **{f"Checksum{algorithm}": value})
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert put[f"Checksum{algorithm}"] == head[f"Checksum{algorithm}"]
    assert head["ChecksumType"] == "FULL_OBJECT"
    wrong = base64.b64encode(bytes(len(base64.b64decode(put[f"Checksum{algorithm}"])))).decode()
    refused("BadDigest", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"x", **{f"Checksum{algorithm}": wrong})
    refused("InvalidRequest", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"x", **{f"Checksum{algorithm}": "AA=="})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


@pytest.mark.parametrize("algorithm, kind", [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE")])
def test_multipart(s3, bucket, algorithm, kind):
    bodies = [pattern(5 * MEBI), pattern(5 * MEBI + 3), b"tail"]
    whole = b"".join(bodies)
    upload, parts = upload_parts(s3, bucket, "k", bodies, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=2)
    assert [part["PartNumber"] for part in listed["Parts"]] == [1, 2] and listed["IsTruncated"]
    rest = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, PartNumberMarker=listed["NextPartNumberMarker"])
    assert [part["Size"] for part in rest["Parts"]] == [4]
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["k"]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    md5s = b"".join(hashlib.md5(body).digest() for body in bodies)
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumType"] == kind
    if kind == "FULL_OBJECT":
        assert base64.b64decode(head["ChecksumCRC32"]) == zlib.crc32(whole).to_bytes(4, "big")
    elif algorithm == "SHA256":
        sums = b"".join(hashlib.sha256(body).digest() for body in bodies)
        assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(sums).digest()).decode() + "-3"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == whole
    seam = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MEBI - 2}-{5 * MEBI + 1}")
    assert seam["Body"].read() == whole[5 * MEBI - 2:5 * MEBI + 2]
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert second["Body"].read() == bodies[1] and second["PartsCount"] == 3
    refused("InvalidPartNumber", 416, s3.get_object, Bucket=bucket, Key="k", PartNumber=4)
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
    assert attributes["ObjectSize"] == len(whole) and attributes["ObjectParts"]["TotalPartsCount"] == 3
    assert [part["Size"] for part in attributes["ObjectParts"]["Parts"]] == [len(body) for body in bodies]
    assert attributes["Checksum"]["ChecksumType"] == kind
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert s3.head_object(Bucket=bucket, Key="copy")["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'


def test_multipart_refusals(s3, bucket):
    upload, parts = upload_parts(s3, bucket, "k", [b"small", b"tail"])
    complete = lambda chosen, id_=upload: dict(Bucket=bucket, Key="k", UploadId=id_, MultipartUpload={"Parts": chosen})
    refused("EntityTooSmall", 400, s3.complete_multipart_upload, **complete(parts))
    refused("InvalidPartOrder", 400, s3.complete_multipart_upload, **complete(parts[::-1]))
    refused("InvalidPart", 400, s3.complete_multipart_upload, **complete([{"PartNumber": 9, "ETag": '"x"'}]))
    refused("NoSuchUpload", 404, s3.complete_multipart_upload, **complete(parts, "none"))
    refused("InvalidArgument", 400, s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=10001, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    refused("NoSuchUpload", 404, s3.abort_multipart_upload, Bucket=bucket, Key="k", UploadId=upload)


def test_upload_part_copy(s3, bucket):
    body = pattern(6 * MEBI)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    copy = dict(Bucket=bucket, Key="k", UploadId=upload, CopySource={"Bucket": bucket, "Key": "source"})
    first = s3.upload_part_copy(PartNumber=1, **copy)["CopyPartResult"]
    second = s3.upload_part_copy(PartNumber=2, CopySourceRange="bytes=10-19", **copy)["CopyPartResult"]
    refused("InvalidArgument", 400, s3.upload_part_copy, PartNumber=3, CopySourceRange="bytes=10-9999999", **copy)
    refused("InvalidArgument", 400, s3.upload_part_copy, PartNumber=3, CopySourceRange="bytes=10-", **copy)
    refused("PreconditionFailed", 412, s3.upload_part_copy, PartNumber=3, CopySourceIfMatch="no", **copy)
    parts = [{"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 2, "ETag": second["ETag"]}]
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body + body[10:20]


def test_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", Metadata={"m": "1"}, Tagging="t=1")
    copied = s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")["CopyObjectResult"]
    assert copied["ETag"] == s3.head_object(Bucket=bucket, Key="a")["ETag"]
    refused("InvalidRequest", 400, s3.copy_object, Bucket=bucket, Key="a", CopySource=f"{bucket}/a")
    refused("NoSuchKey", 404, s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/none")
    refused("PreconditionFailed", 412, s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/a", CopySourceIfMatch="x")
    s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/a", MetadataDirective="REPLACE", Metadata={"m": "2"},
                   TaggingDirective="REPLACE", Tagging="t=2", ChecksumAlgorithm="SHA256")
    s3.delete_object(Bucket=bucket, Key="a")
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"1"
    assert s3.get_object(Bucket=bucket, Key="b")["TagCount"] == 1
    assert s3.head_object(Bucket=bucket, Key="c", ChecksumMode="ENABLED")["ChecksumSHA256"]
    assert s3.get_object_tagging(Bucket=bucket, Key="c")["TagSet"] == [{"Key": "t", "Value": "2"}]


def test_lists(s3, bucket):
    keys = sorted(["a", "a b", "a/1", "a/2", "a/b/3", "b/1", "c+d", "ü"], key=str.encode)
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == keys
    assert [one["Key"] for one in s3.list_objects(Bucket=bucket)["Contents"]] == keys
    for size in (1, 2, 3):
        paginator = s3.get_paginator("list_objects_v2")
        shown = []
        for page in paginator.paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}):
            shown += [one["Key"] for one in page.get("Contents", [])]
            shown += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
            assert page["KeyCount"] <= size
        assert sorted(shown, key=str.encode) == ["a", "a b", "a/", "b/", "c+d", "ü"]
    inner = s3.list_objects_v2(Bucket=bucket, Prefix="a/", Delimiter="/")
    assert [one["Key"] for one in inner["Contents"]] == ["a/1", "a/2"]
    assert [one["Prefix"] for one in inner["CommonPrefixes"]] == ["a/b/"]
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, StartAfter="b/1")["Contents"]] == ["c+d", "ü"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    refused("InvalidArgument", 400, s3.list_objects_v2, Bucket=bucket, ContinuationToken="?")
    refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket="no-such-bucket")
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*keys, "none"]]})
    assert len(deleted["Deleted"]) == len(keys) + 1
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_tagging(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="a=1&b=x%20y")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [
        {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "ü", "Value": ""}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "ü", "Value": ""}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    many = [{"Key": str(n), "Value": ""} for n in range(11)]
    refused("BadRequest", 400, s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": many})
    twice = [{"Key": "a", "Value": "1"}] * 2
    refused("InvalidTag", 400, s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": twice})
    refused("NoSuchKey", 404, s3.put_object_tagging, Bucket=bucket, Key="none", Tagging={"TagSet": []})
    refused("NoSuchTagSet", 404, s3.get_bucket_tagging, Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": many})
    assert len(s3.get_bucket_tagging(Bucket=bucket)["TagSet"]) == 11
    s3.delete_bucket_tagging(Bucket=bucket)
    refused("NoSuchTagSet", 404, s3.get_bucket_tagging, Bucket=bucket)


def test_buckets(s3, bucket):
    for name in ("page-a", "page-b", "page-c"):
        s3.create_bucket(Bucket=name)
    shown, token = [], {}
    while True:
        page = s3.list_buckets(MaxBuckets=2, Prefix="page-", **token)
        shown += [one["Name"] for one in page["Buckets"]]
        if "ContinuationToken" not in page:
            break
        token = {"ContinuationToken": page["ContinuationToken"]}
    assert shown == ["page-a", "page-b", "page-c"]
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    refused("AccessControlListNotSupported", 400, s3.put_bucket_acl, Bucket=bucket, ACL="public-read")
    refused("AccessControlListNotSupported", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read")
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    assert not s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == rules
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    refused("NoSuchLifecycleConfiguration", 404, s3.get_bucket_lifecycle_configuration, Bucket=bucket)
    refused("NoSuchCORSConfiguration", 404, s3.get_bucket_cors, Bucket=bucket)
    refused("NotImplemented", 501, s3.list_object_versions, Bucket=bucket)
    refused("NotImplemented", 501, s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    refused("BucketAlreadyOwnedByYou", 409, s3.create_bucket, Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    refused("404", 404, s3.head_bucket, Bucket=bucket)


def make_user(server, name: str, *statements: dict):
    iam = server.aws("iam")
    iam.create_user(UserName=name)
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return server.aws("s3", (key["AccessKeyId"], key["SecretAccessKey"]))


def test_bucket_policy_decides(server, s3, bucket):
    user = make_user(server, "policy-reader")
    arn = f"arn:aws:iam::{server.account_id}:user/policy-reader"
    s3.put_object(Bucket=bucket, Key="open/k", Body=b"1")
    s3.put_object(Bucket=bucket, Key="open/secret", Body=b"1")
    refused("AccessDenied", 403, user.get_object, Bucket=bucket, Key="open/k")
    refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=bucket)
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": ["s3:GetObject", "s3:DeleteObject"],
                 "Resource": f"arn:aws:s3:::{bucket}/open/*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
            "Resource": f"arn:aws:s3:::{bucket}/open/secret"}
    policy = {"Version": "2012-10-17", "Statement": [statement, deny]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    assert user.get_object(Bucket=bucket, Key="open/k")["Body"].read() == b"1"
    refused("AccessDenied", 403, user.put_object, Bucket=bucket, Key="open/k", Body=b"2")
    refused("AccessDenied", 403, user.list_objects_v2, Bucket=bucket)
    both = {"Objects": [{"Key": "open/k"}, {"Key": "open/secret"}]}
    answer = user.delete_objects(Bucket=bucket, Delete=both)
    assert [one["Key"] for one in answer["Deleted"]] == ["open/k"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("open/secret", "AccessDenied")]
    refused("404", 404, s3.head_object, Bucket=bucket, Key="open/k")
    for quiet in (False, True):
        answer = user.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "open/secret"}, {"Key": "shut/k"}], "Quiet": quiet})
        assert [one["Key"] for one in answer["Errors"]] == ["open/secret", "shut/k"] and "Deleted" not in answer
    assert s3.head_object(Bucket=bucket, Key="open/secret")
    for wrong in ("{", json.dumps({**policy, "Statement": [{**statement, "Resource": "arn:aws:s3:::other/*"}]}),
                  json.dumps({**policy, "Statement": [{**statement, "Action": "iam:*"}]})):
        refused("MalformedPolicy", 400, s3.put_bucket_policy, Bucket=bucket, Policy=wrong)
    s3.delete_bucket_policy(Bucket=bucket)
    refused("AccessDenied", 403, user.get_object, Bucket=bucket, Key="open/secret")


def test_tags_on_put_need_their_own_permission(server, s3, bucket):
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    user = make_user(server, "no-tags", allow)
    user.put_object(Bucket=bucket, Key="k", Body=b"1")
    refused("AccessDenied", 403, user.put_object, Bucket=bucket, Key="k", Body=b"1", Tagging="a=1")


def test_presigned(server, bucket):
    s3 = server.aws("s3", signature_version="s3v4")  # without it boto3 presigns by SigV2, which is refused
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(put, data=b"presigned", method="PUT")).close()
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    assert urllib.request.urlopen(get).read() == b"presigned"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(get.replace("/k?", "/other?"))
    assert caught.value.code == 403


def test_virtual_host_style(server, s3, bucket, monkeypatch):
    """Names under localhost lead here, whatever the machine's resolver thinks of them."""
    port = server.ready["aws_port"]
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: resolve(
        "127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more))
    client = boto3.client(
        "s3", endpoint_url=f"http://s3.localhost:{port}", region_name="us-east-1",
        aws_access_key_id=server.root_key()[0], aws_secret_access_key=server.root_key()[1],
        config=botocore.config.Config(s3={"addressing_style": "virtual"}, retries={"max_attempts": 1}))
    client.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"
    assert [one["Key"] for one in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]


def test_table_bucket_refuses_what_aws_refuses(server, account, s3):
    tables = server.aws("s3tables")
    tables.create_namespace(tableBucketARN=account.bucket_arn, namespace=["s3_refusals"])
    tables.create_table(tableBucketARN=account.bucket_arn, namespace="s3_refusals", name="t", format="ICEBERG",
                        metadata={"iceberg": {"schema": {"fields": [{"name": "n", "type": "int"}]}}})
    table = tables.get_table(tableBucketARN=account.bucket_arn, namespace="s3_refusals", name="t")
    hidden = table["warehouseLocation"].removeprefix("s3://")
    s3.put_object(Bucket=hidden, Key="data/k", Body=b"1")
    assert s3.get_object(Bucket=hidden, Key="data/k")["Body"].read() == b"1"
    upload, parts = upload_parts(s3, hidden, "data/m", [b"part"])
    assert len(s3.list_parts(Bucket=hidden, Key="data/m", UploadId=upload)["Parts"]) == 1
    s3.complete_multipart_upload(Bucket=hidden, Key="data/m", UploadId=upload, MultipartUpload={"Parts": parts})
    for call, arguments in [
            (s3.list_objects_v2, {}), (s3.list_objects, {}), (s3.delete_object, {"Key": "data/k"}),
            (s3.delete_objects, {"Delete": {"Objects": [{"Key": "data/k"}]}}), (s3.get_bucket_location, {}),
            (s3.copy_object, {"Key": "x", "CopySource": f"{hidden}/data/k"}), (s3.list_multipart_uploads, {}),
            (s3.get_object_tagging, {"Key": "data/k"}), (s3.get_bucket_policy, {}), (s3.get_object_acl, {"Key": "data/k"}),
            (s3.put_bucket_policy, {"Policy": "{}"}), (s3.delete_bucket, {}),
            (s3.get_object_attributes, {"Key": "data/k", "ObjectAttributes": ["ETag"]})]:
        refused("MethodNotAllowed", 405, call, Bucket=hidden, **arguments)


def aws_cli(server, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    key = server.root_key()
    program = pathlib.Path(sys.executable).parent / "aws"
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1],
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""}
    return subprocess.run([sys.executable, str(program), "--endpoint-url", server.aws_endpoint, *arguments],
                          capture_output=True, text=True, env=environment, check=check)


def test_aws_cli(server, s3, bucket, tmp_path):
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "small.txt").write_text("small")
    (source / "deep" / "big.bin").write_bytes(pattern(20 * MEBI))  # multipart by the CLI's own threshold
    aws_cli(server, "s3", "sync", str(source), f"s3://{bucket}/tree")
    listed = aws_cli(server, "s3", "ls", "--recursive", f"s3://{bucket}/").stdout
    assert "tree/deep/big.bin" in listed and str(20 * MEBI) in listed
    assert "PRE deep/" in aws_cli(server, "s3", "ls", f"s3://{bucket}/tree/").stdout
    aws_cli(server, "s3", "cp", f"s3://{bucket}/tree/deep/big.bin", f"s3://{bucket}/copied.bin")
    aws_cli(server, "s3", "cp", f"s3://{bucket}/copied.bin", str(tmp_path / "back.bin"))
    assert (tmp_path / "back.bin").read_bytes() == pattern(20 * MEBI)
    aws_cli(server, "s3", "sync", f"s3://{bucket}/tree", str(tmp_path / "back"))
    assert (tmp_path / "back" / "small.txt").read_text() == "small"
    attributes = json.loads(aws_cli(server, "s3api", "get-object-attributes", "--bucket", bucket, "--key", "copied.bin",
                                    "--object-attributes", "ObjectSize", "ObjectParts").stdout)
    assert attributes["ObjectSize"] == 20 * MEBI
    aws_cli(server, "s3", "mv", f"s3://{bucket}/tree/small.txt", f"s3://{bucket}/moved.txt")
    assert aws_cli(server, "s3", "cp", f"s3://{bucket}/moved.txt", "-").stdout == "small"
    failed = aws_cli(server, "s3api", "get-object", "--bucket", bucket, "--key", "none", str(tmp_path / "x"), check=False)
    assert failed.returncode != 0 and "NoSuchKey" in failed.stderr
    aws_cli(server, "s3", "rm", "--recursive", f"s3://{bucket}/")
    assert aws_cli(server, "s3", "ls", f"s3://{bucket}/", check=False).stdout == ""
    aws_cli(server, "s3", "rb", f"s3://{bucket}")
