"""The AWS SDK for JavaScript v3 in its default settings, which compute checksums and stream as boto3 does not.

`./dev test clients` installs it from deps/js/package-lock.json and names its folder in FIRN_JS_FOLDER and its
interpreter in FIRN_NODE; without them these tests are skipped.
"""

import json
import os
import pathlib
import subprocess

import pytest

from firn_server import REGION

DRIVER = pathlib.Path(__file__).parent / "sdk_javascript.cjs"
SECONDS_MAX = 60

pytestmark = pytest.mark.skipif("FIRN_JS_FOLDER" not in os.environ, reason="`./dev test clients` sets FIRN_JS_FOLDER")


@pytest.fixture(scope="module")
def run(server):
    key, secret = server.root_key()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, "FIRN_ENDPOINT": server.aws_endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": key,
                   "AWS_SECRET_ACCESS_KEY": secret, "AWS_CONFIG_FILE": os.devnull,
                   "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

    def one(case: str):
        done = subprocess.run(
            [os.environ.get("FIRN_NODE", "node"), str(DRIVER), case], env=environment, capture_output=True, text=True,
            timeout=SECONDS_MAX)
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    return one


def test_objects_of_every_size_come_back_with_their_checksum(run):
    answer = run("objects")
    assert answer["checked"] == [
        {"size": size, "same": True, "checksum": True, "metadata": {"made": "by-js"}}
        for size in (0, 1, 65537, 3 * (1 << 20) + 7)]
    assert (answer["range"], answer["contentRange"]) == ([250, 0, 1], "bytes 250-252/65537")


def test_every_checksum_algorithm_is_kept(run):
    assert run("algorithms") == {"CRC32": True, "CRC32C": True, "SHA1": True, "SHA256": True}


def test_a_stream_of_unknown_length_is_uploaded_in_parts(run):
    assert run("multipart") == {"same": True, "parts": "3", "checksum": True, "unfinished": 0}


def test_pages_folders_and_deletion_of_many(run):
    assert run("listing") == {
        "pages": [["a/0", "a/1", "a/2"], ["a/3", "a/4", "a/5"], ["a/6", "b & <c>/d"]], "folders": ["a/", "b & <c>/"],
        "deleted": 8, "left": 0, "buckets": False}


def test_a_table_bucket_from_making_to_removal(run):
    assert run("tables") == {"sameArn": True, "format": "ICEBERG", "metadata": True, "createdAt": True,
                             "listed": ["orders"], "databases": ["sales"]}


def test_a_new_user_signs_and_is_denied(run, server):
    assert run("identities") == {"arn": f"arn:aws:iam::{server.account_id}:user/js/js-user",
                                 "refusal": {"name": "AccessDenied", "status": 403}}


def test_a_session_signs_with_its_token(run, server):
    answer = run("session")
    assert answer["arn"] == f"arn:aws:iam::{server.account_id}:root"
    assert 800 < answer["seconds"] <= 900


def test_lake_formation_settings_are_written_and_read(run):
    assert run("lake")["set"] is True


@pytest.mark.parametrize("case, name, status", [
    ("missing_object", "NoSuchKey", 404),
    ("missing_bucket", "NoSuchBucket", 404),
    ("missing_user", "NoSuchEntityException", 404),
    ("missing_database", "EntityNotFoundException", 400),
    ("missing_table", "NotFoundException", 404),
    ("wrong_secret", "SignatureDoesNotMatch", 403),
])
def test_the_sdk_knows_the_error(run, case, name, status):
    assert run(case) == {"error": {"name": name, "status": status}}
