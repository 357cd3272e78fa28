"""The Iceberg project's REST compatibility kit against the firn face.

Marked long: a JVM runs 148 cases, about a minute, and the first run fetches the kit.
"""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "rck"))
import kit  # noqa: E402
from firn_server import FirnServer  # noqa: E402

pytestmark = pytest.mark.long

# What the kit itself leaves out against its own server, each for a reason the kit gives.
ABORTED_BY_THE_KIT = 9


def firn_properties(server: FirnServer) -> dict[str, str]:
    key, secret = server.root_key()
    return {
        "uri": f"{server.aws_endpoint}/iceberg",
        "warehouse": "warehouse",
        "credential": f"{key}:{secret}",
        "scope": "catalog",
        "oauth2-server-uri": f"{server.aws_endpoint}/iceberg/v1/oauth/tokens",
        # The kit replaces tables at places in the local file system, which the client itself writes to.
        "io-impl": "org.apache.iceberg.io.ResolvingFileIO",
        "header.X-Iceberg-Access-Delegation": "vended-credentials",
        "requires-namespace-create": "true",
        # The kit asks for places in the local file system; the face chooses one in the warehouse instead.
        "overrides-requested-location": "true",
    }


def test_the_firn_face_passes_the_kit(tmp_path):
    server = FirnServer(tmp_path / "data").start()
    try:
        outcome = kit.run(firn_properties(server))
    finally:
        server.stop()
    assert outcome.failed == {}
    assert len(outcome.aborted) <= ABORTED_BY_THE_KIT, sorted(outcome.aborted)
    assert len(outcome.passed) >= 139
