"""Presigned URLs: their signature and their end, which moto 5.2 does not look at.

Only the credentials that the tests sign with are known. Requests that are signed by a header are let through: no client of the
tests signs them wrongly. Source of the rules: "Authenticating Requests: Using Query Parameters" in the S3 API reference.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from .wire import Environ, Reply

SECRETS = {"test": "test"}


def refusal(environ: Environ) -> Reply | None:
    """Nothing for a request that is not presigned, or is rightly; else what S3 answers."""
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    query = dict(pairs)
    if "X-Amz-Signature" not in query:
        return None
    try:
        key, date, region, service, _ = query["X-Amz-Credential"].split("/")
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        ends = signed_at + timedelta(seconds=int(query["X-Amz-Expires"]))
        names = query["X-Amz-SignedHeaders"].split(";")
        secret = SECRETS[key]
    except (KeyError, ValueError):
        return _refused("AuthorizationQueryParametersError", "The query parameters of the signature are wrong")
    if datetime.now(UTC) > ends:
        return _refused("AccessDenied", "Request has expired")
    canonical = "\n".join(
        (
            environ["REQUEST_METHOD"],
            environ.get("RAW_URI", environ["PATH_INFO"]).split("?", 1)[0],
            "&".join(sorted(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs if name != "X-Amz-Signature")),
            *(f"{name}:{_header(environ, name)}" for name in names),
            "",
            ";".join(names),
            query.get("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((query["X-Amz-Algorithm"], query["X-Amz-Date"], f"{date}/{region}/{service}/aws4_request", digest))
    sign = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request", text):
        sign = hmac.digest(sign, part.encode(), "sha256")
    if not hmac.compare_digest(sign.hex(), query["X-Amz-Signature"]):
        return _refused("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
    return None


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    return " ".join(value.split())


def _refused(code: str, message: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(403, [("Content-Type", "application/xml")], text.encode())
