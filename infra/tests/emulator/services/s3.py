"""S3: policies of buckets, as far as the account itself and S3's logging service are concerned; parts and their checksums.

Moto 5.2 takes every statement with a condition for a denial: a bucket that refuses plain HTTP refuses everything. And access
logging fails where the target's policy has a statement for everybody. Here policies are evaluated, for a caller of the account
who speaks TLS, since on AWS all do.

Moto also lists parts in a way that the Rust SDK cannot read, and gives the checksum of an object's parts as that of the whole.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from moto.backends import get_backend
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from gates.policy import admits, verdict

from ..registry import amends, answers, guards, retouches
from ..wire import ACCOUNT, Call, Fault, Parameters, Reply

_ALGORITHMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_OVER_TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:PrincipalAccount": ACCOUNT}
_MEANS = {True: PermissionResult.PERMITTED, False: PermissionResult.DENIED, None: PermissionResult.NEUTRAL}


def _permission(bucket: Any, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    return _MEANS[verdict(bucket.policy.decode(), f"arn:aws:iam::{ACCOUNT}:root", action, resource, _OVER_TLS)]


FakeBucket.get_permission = _permission


def _bucket(name: str) -> Any:
    found = get_backend("s3")[ACCOUNT]["aws"].buckets.get(name)
    if found is None:
        raise Fault("NoSuchBucket", f"The specified bucket does not exist: {name}")
    return found


@answers("s3", "PutBucketLogging")
def put_logging(call: Call) -> Parameters:
    bucket, wanted = _bucket(call["Bucket"]), (call.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
    if wanted and not _may_log(wanted, call["Bucket"]):
        raise Fault("InvalidTargetBucketForLogging", f"{wanted['TargetBucket']} does not admit S3's logging service")
    bucket.logging = wanted or {}
    return {}


def _may_log(wanted: Parameters, source: str) -> bool:
    target = _bucket(wanted["TargetBucket"])
    context = {"aws:SourceArn": f"arn:aws:s3:::{source}", "aws:SourceAccount": ACCOUNT, **_OVER_TLS}
    key = f"arn:aws:s3:::{wanted['TargetBucket']}/{wanted.get('TargetPrefix', '')}2026-01-01"
    policy = (target.policy or b"").decode()
    by_policy = bool(policy) and admits(policy, "logging.s3.amazonaws.com", "s3:PutObject", key, context)
    grants = target.acl.grants if target.acl else []
    return by_policy or any(grantee.uri == _LOG_DELIVERY for grant in grants for grantee in grant.grantees)


@retouches("s3", "ListParts")
def list_parts(reply: Reply) -> None:
    reply.body = reply.body.replace(b"ListPartsResponse", b"ListPartsResult")
    reply.headers[:] = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]


@retouches("s3", "GetObject", "HeadObject")
def of_parts(reply: Reply) -> None:
    """A checksum of checksums ends in the number of parts, as the entity tag does; a part of an object has none, nor has a copy
    whose parts are not known any more. Clients hold every other one against the body.
    """
    headers = {name.lower(): value for name, value in reply.headers}
    _, dash, parts = headers.get("etag", "").strip('"').partition("-")
    kind = headers.get("x-amz-checksum-type", "COMPOSITE" if dash else "")
    of_parts = kind == "COMPOSITE"
    sums = {
        name for name in headers if name.startswith("x-amz-checksum-") and name.removeprefix("x-amz-checksum-") in _ALGORITHMS
    }
    if reply.status == HTTPStatus.PARTIAL_CONTENT or (of_parts and not dash):
        reply.headers[:] = [(name, value) for name, value in reply.headers if not name.lower().startswith("x-amz-checksum-")]
    elif of_parts:
        reply.headers[:] = [
            (name, f"{value}-{parts}" if name.lower() in sums and "-" not in value else value) for name, value in reply.headers
        ]


@amends("s3", "CopyObject")
def copied(call: Call, answer: Parameters) -> None:
    """Of a source in parts moto copies the checksum of checksums, and forgets that it is one. S3 would make a new one."""
    copy = _bucket(call["Bucket"]).keys[call["Key"]]
    copy.checksum_algorithm = copy.checksum_value = None
    for name in [name for name in answer.get("CopyObjectResult", {}) if name.startswith("Checksum")]:
        del answer["CopyObjectResult"][name]


@guards("s3", "UploadPart", "UploadPartCopy")
def the_upload_stands(call: Call) -> None:
    if call["UploadId"] not in _bucket(call["Bucket"]).multiparts:
        raise Fault(
            "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or it was aborted or completed."
        )
