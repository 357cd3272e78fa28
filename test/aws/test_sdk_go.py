"""The AWS SDK for Go v2 with its own defaults: objects with checksums and parts, table buckets, STS, Glue.

Long: it fetches Go modules and compiles a program, which takes a minute. Debian 12's Go (1.19) is older than the SDK asks
for, so a machine without a newer one skips it.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).parent / "go"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go 1.24 or later on the PATH; Debian 12's is older")
def test_sdk_for_go(server, tmp_path):
    client = tmp_path / "client"
    subprocess.run(["go", "build", "-mod=readonly", "-o", str(client), "."], cwd=FOLDER, check=True, timeout=600)
    key, secret = server.root_key()
    done = subprocess.run([str(client), server.aws_endpoint], capture_output=True, text=True, timeout=60,
                          env=os.environ | {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret})
    assert done.returncode == 0 and done.stdout.split("\n")[:-1] == ["s3", "s3tables", "sts glue"], done.stdout + done.stderr
