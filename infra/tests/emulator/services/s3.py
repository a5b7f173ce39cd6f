"""S3: policies of buckets, as far as the account itself and S3's logging service are concerned.

Moto 5.2 takes every statement with a condition for a denial: a bucket that refuses plain HTTP refuses everything. And access
logging fails where the target's policy has a statement for everybody. Here policies are evaluated, for a caller of the account
who speaks TLS, since on AWS all do.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from gates.policy import admits, verdict

from ..registry import answers
from ..wire import ACCOUNT, Call, Fault, Parameters

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
