"""T24: a disk that fills up refuses writes before the ledger is hit, and the server is well again once there is space.

The data folder is on a tmpfs of 64 MiB, whose reserve is 5 % (3.2 MiB); mounting one needs root.
"""

import os
import subprocess

import pytest
from botocore.exceptions import ClientError

from firn_server import FirnServer, wait_until

DISK_BYTES = 64 << 20


@pytest.fixture()
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)])
    if mounted.returncode != 0:
        pytest.skip("mount is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def free_bytes(folder) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def test_refuses_before_the_ledger_and_recovers(small_disk):
    server = FirnServer(small_disk / "data").start()
    try:
        s3 = server.aws("s3")
        s3.create_bucket(Bucket="full")
        body = os.urandom(4 << 20)
        stored = []
        for cycle in range(3):
            with pytest.raises(ClientError) as caught:
                for number in range(DISK_BYTES // len(body) + 1):
                    key = f"{cycle}/{number}"
                    s3.put_object(Bucket="full", Key=key, Body=body)
                    stored.append(key)
            answer = caught.value.response
            assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("SlowDown", 503)
            assert "reserve" in answer["Error"]["Message"]
            assert free_bytes(small_disk) >= DISK_BYTES // 20 - (1 << 20)
            # One that claims more than there is is refused before its first byte; one claiming little, cut by space, likewise.
            with pytest.raises(ClientError):
                s3.put_object(Bucket="full", Key="large", Body=bytes(DISK_BYTES))
            # The ledger works on: names can go, names can be read, other services write.
            assert len(s3.list_objects_v2(Bucket="full")["Contents"]) == len(stored)
            server.aws("iam").create_user(UserName=f"user-{cycle}")
            assert s3.get_object(Bucket="full", Key=stored[-1])["Body"].read() == body
            for key in stored:
                s3.delete_object(Bucket="full", Key=key)
            stored.clear()
            # Files of deleted objects go after 30 seconds, or at the next start.
            server.stop()
            server.start()
            s3 = server.aws("s3")
            wait_until(lambda: free_bytes(small_disk) > DISK_BYTES // 2, what="space")
            s3.put_object(Bucket="full", Key="again", Body=body)
            s3.delete_object(Bucket="full", Key="again")
    finally:
        server.stop()
