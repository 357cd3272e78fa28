"""The AWS SDK for Java 2 on its own, with its default checksums and retries: S3 (both HTTP clients), S3 Tables, Glue, STS, IAM.

Long: it fetches 30 MB of jars and compiles a program. The AWS SDK for Go was not tried: Debian 12's Go is older than its modules
ask for.
"""

import os
import pathlib
import subprocess

import pytest

SDK = pathlib.Path(os.environ.get("FIRN_JVM_SDK_JARS", "/nowhere"))


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_java_sdk(server, tmp_path):
    done = subprocess.run(
        ["java", "-cp", f"{SDK}/*", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", str(pathlib.Path(__file__).parent / "AwsSdk.java"),
         server.aws_endpoint, *server.root_key()], capture_output=True, text=True, cwd=tmp_path, timeout=280)
    assert done.returncode == 0 and done.stdout.split() == ["objects", "asynchronously", "tables", "identities", "done"], done.stdout + done.stderr[-4000:]
