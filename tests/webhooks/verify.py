#!/usr/bin/env python3
"""Verifies messages of Tintype's webhooks with the standard library alone, and checks that every test vector holds.

Copy `verify` into a receiver of yours; docs/webhooks.md tells what it does and why.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import time

TOLERANCE_S = 5 * 60


class Refused(Exception):
    """Why, as the vectors name it."""


def verify(secret, headers, body, now_s=None):
    """`secret` is whsec_…; `headers` have names in lower case; `body` is the bytes as they came, before any parsing."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    try:
        sent_s = int(timestamp)
    except ValueError:
        raise Refused("timestamp") from None
    if abs((time.time() if now_s is None else now_s) - sent_s) > TOLERANCE_S:
        raise Refused("too-old-or-too-new")
    expected = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(expected).decode()
    # There may be several, of which one must fit: while a secret is being changed, say.
    signatures = headers["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(expected.encode(), found.encode()) for found in signatures):
        raise Refused("signature")


def main():
    vectors = json.loads(pathlib.Path(__file__).with_name("vectors.json").read_text("utf-8"))
    for case in vectors["messages"]:
        headers = {f"webhook-{name}": case[name] for name in ("id", "timestamp", "signature")}
        try:
            verify(case["secret"], headers, case["body"].encode(), case["now_s"])
        except Refused as refused:
            assert str(refused) == case["refused"], (case, str(refused))
        else:
            assert case["refused"] is None, f"not refused: {case}"
    print(f"every vector holds: {len(vectors['messages'])} messages")


if __name__ == "__main__":
    main()
