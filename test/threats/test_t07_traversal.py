"""T7: no key, bucket name, upload id or copy source ever becomes a path."""

import os
import pathlib

import botocore.handlers
import pytest
from botocore.exceptions import ClientError

from firn_server import FirnServer

KEYS = ["../../../../etc/passwd", "..", ".", "/etc/passwd", "a/../../b", "a//b", "./x", "..\\..\\x", "a/%2e%2e/b", "con", "x" * 1024,
        "nul\u0001byte", "a/" * 500 + "z", "~root/x", "$(id)", "'; drop table s3_objects; --"]


def files_under(folder: pathlib.Path) -> set[str]:
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    server = FirnServer(outside / "data").start()
    yield server, outside
    server.stop()


def test_keys_stay_names(place):
    server, outside = place
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="traversal")
    for number, key in enumerate(KEYS):
        s3.put_object(Bucket="traversal", Key=key, Body=str(number).encode())
    for number, key in enumerate(KEYS):
        assert s3.get_object(Bucket="traversal", Key=key)["Body"].read() == str(number).encode(), key
    listed = {one["Key"] for one in s3.list_objects_v2(Bucket="traversal")["Contents"]}
    assert listed == set(KEYS)
    objects = [name for name in files_under(outside) if "/objects/" in name]
    assert objects and all(len(pathlib.Path(name).name) == 32 for name in objects)
    assert all(name.startswith(("data/", "data.log")) for name in files_under(outside))
    for key in KEYS:
        s3.delete_object(Bucket="traversal", Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket="traversal")


@pytest.mark.parametrize("bucket", ["..", "../x", ".hidden", "a..b", "A", "a/b", "x" * 64, "127.0.0.1", "a_b"])
def test_bucket_names(place, bucket):
    server, outside = place
    before = files_under(outside)
    client = server.aws("s3", parameter_validation=False)
    client.meta.events.unregister("before-parameter-build.s3", botocore.handlers.validate_bucket_name)
    with pytest.raises(ClientError) as caught:
        client.create_bucket(Bucket=bucket)
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    assert {name for name in files_under(outside) if "/objects/" in name} <= before


@pytest.mark.parametrize("upload", ["../../../etc/passwd", "..", "/", "%2e%2e", "x" * 4000, "' or 1=1 --"])
def test_upload_ids(place, upload):
    server, _ = place
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="uploads")
    for call, more in [(s3.upload_part, {"PartNumber": 1, "Body": b"x"}), (s3.abort_multipart_upload, {}), (s3.list_parts, {}),
                       (s3.complete_multipart_upload, {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "x"}]}})]:
        with pytest.raises(ClientError) as caught:
            call(Bucket="uploads", Key="k", UploadId=upload, **more)
        assert caught.value.response["Error"]["Code"] == "NoSuchUpload"
    s3.delete_bucket(Bucket="uploads")


@pytest.mark.parametrize("source", ["../../etc/passwd", "/../x", "%2e%2e/%2e%2e/etc/passwd", "b/../../x", "none"])
def test_copy_sources(place, source):
    server, _ = place
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="copies")
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket="copies", Key="k", CopySource=source)
    assert caught.value.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchKey", "InvalidArgument")
    s3.delete_bucket(Bucket="copies")
