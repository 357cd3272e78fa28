"""Certificates of a test's own authority, made with the openssl command line."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess


@dataclasses.dataclass(frozen=True)
class Certificates:
    authority: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def issue(folder: pathlib.Path, host_names: list[str]) -> Certificates:
    """A new authority, and a certificate of it for `host_names` (which may have wildcards) and the loopback address."""
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    request, key, certificate = folder / "server.csr", folder / "server.key", folder / "server.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *curve, "-keyout", str(authority_key), "-out", str(authority), "-days", "2",
            "-subj", "/CN=Firn test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-new", *curve, "-keyout", str(key), "-out", str(request), "-subj", "/CN=firn")
    extensions = folder / "extensions.cnf"
    names = ",".join([*(f"DNS:{name}" for name in host_names), "IP:127.0.0.1"])
    extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", str(request), "-CA", str(authority), "-CAkey", str(authority_key), "-CAcreateserial",
            "-out", str(certificate), "-days", "2", "-extfile", str(extensions))
    return Certificates(authority, certificate, key)
