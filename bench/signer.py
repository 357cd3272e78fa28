"""SigV4, for requests that are signed before the clock starts."""

import datetime
import hashlib
import hmac
import urllib.parse

REGION = "us-east-1"


def sign(method: str, host: str, path: str, query: str, service: str, key: tuple[str, str], payload_sha256: str,
         headers: dict[str, str]) -> bytes:
    """The head of a request, signed, to the empty line."""
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    fields = {"host": host, "x-amz-content-sha256": payload_sha256, "x-amz-date": stamp, **headers}
    names = sorted(fields)
    # S3 signs the path as it is sent; every other service signs it encoded once more.
    canonical_path = path if service == "s3" else urllib.parse.quote(path, safe="/~-_.")
    canonical = "\n".join([
        method, canonical_path, query, "".join(f"{name}:{fields[name]}\n" for name in names), ";".join(names),
        payload_sha256])
    scope = f"{day}/{REGION}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = ("AWS4" + key[1]).encode()
    for part in (day, REGION, service, "aws4_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, to_sign.encode(), hashlib.sha256).hexdigest()
    fields["authorization"] = (f"AWS4-HMAC-SHA256 Credential={key[0]}/{scope}, SignedHeaders={';'.join(names)}, "
                               f"Signature={signature}")
    target = path + (f"?{query}" if query else "")
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode()
