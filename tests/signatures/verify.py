#!/usr/bin/env python3
"""Signs and verifies delivery paths of Tintype with the standard library alone, and checks that every test vector holds.

Copy `sign` into a program of yours; docs/signing.md tells what it does and why.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import urllib.parse


class Refused(Exception):
    """Why, as the vectors name it."""


def split(path):
    """The id, the options and the name of a path, as they are meant: cut at the slashes first, decoded then."""
    segments = path.split("/")
    if path[:3] != "/i/" or len(segments) not in (4, 5) or "" in segments[1:] or re.search("[?#]", path):
        raise Refused("not-a-delivery-path")
    segments = [decode(segment) for segment in segments[2:]]
    options = segments[1].split(",")
    for name in ("exp=", "kid=", "sig="):
        if sum(option.startswith(name) for option in options) > 1:
            raise Refused("repeated")
    return segments[0], options, segments[2:]


def decode(segment):
    if re.search("%(?![0-9A-Fa-f]{2})", segment):
        raise Refused("percent-encoding")
    try:
        decoded = urllib.parse.unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise Refused("percent-encoding") from None
    if "/" in decoded:
        raise Refused("percent-encoding")
    return decoded


def encode(segment):
    return urllib.parse.quote(segment, safe="-._~!$&'()*+,;=:@")


def join(image_id, options, name, spelled=str):
    return "/i/" + "/".join(spelled(segment) for segment in [image_id, ",".join(options), *name])


def mac(secret, message):
    secret = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    return hmac.new(secret, message.encode(), hashlib.sha256).digest()


def sign(path, kid, secret, expires_at=None):
    image_id, options, name = split(path)
    replaced = ("kid=", "sig=") if expires_at is None else ("exp=", "kid=", "sig=")
    options = [option for option in options if not option.startswith(replaced)]
    if expires_at is not None:
        options.append(f"exp={expires_at}")
    options.append(f"kid={kid}")
    sig = base64.urlsafe_b64encode(mac(secret, join(image_id, options, name))).decode().rstrip("=")
    return join(image_id, [*options, f"sig={sig}"], name, encode)


def verify(path, keys):
    image_id, options, name = split(path)
    signatures = [option for option in options if option.startswith("sig=")]
    if not signatures:
        raise Refused("missing")
    if options.pop() != signatures[0]:
        raise Refused("not-last")
    if not re.fullmatch("sig=[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", signatures[0]):
        raise Refused("malformed")
    kid = next((option[4:] for option in options if option.startswith("kid=")), None)
    if kid not in keys:
        raise Refused("unknown-key")
    found = base64.urlsafe_b64decode(signatures[0][4:] + "=")
    if not hmac.compare_digest(found, mac(keys[kid], join(image_id, options, name))):
        raise Refused("wrong")


def main():
    vectors = json.loads(pathlib.Path(__file__).with_name("vectors.json").read_text("utf-8"))
    keys = vectors["keys"]
    for case in vectors["signed"]:
        signed = sign(case["path"], case["kid"], keys[case["kid"]], case["expires_at"])
        assert signed == case["signed"], (case, signed)
        image_id, options, name = split(signed)
        assert join(image_id, options[:-1], name) == case["message"], case
        verify(signed, keys)
    for case in vectors["refused"]:
        try:
            verify(case["path"], keys)
        except Refused as refused:
            assert str(refused) == case["reason"], (case, str(refused))
        else:
            raise AssertionError(f"not refused: {case}")
    print(f"every vector holds: {len(vectors['signed'])} signed, {len(vectors['refused'])} refused")


if __name__ == "__main__":
    main()
