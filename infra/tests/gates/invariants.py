"""What must hold of every root: least privilege, TLS, encryption, nothing public."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .policy import statements
from .stack import UNKNOWN, Finding, Resource, Stack

Check = Callable[[Stack], Iterator[Finding]]
ANYWHERE = ("0.0.0.0/0", "::/0")


@cache
def allowed() -> dict[str, dict[str, str]]:
    """The committed exceptions, each with its reason."""
    return tomllib.loads((Path(__file__).parent / "allowed.toml").read_text())


def identity_policies(stack: Stack) -> Iterator[tuple[Resource, Any]]:
    for resource in stack.of("aws_iam_role_policy", "aws_iam_policy", "aws_iam_user_policy", "aws_iam_group_policy"):
        yield resource, resource.get("policy")


def _documents(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource, document in identity_policies(stack):
        if document is not UNKNOWN and document:
            yield resource, document


def no_wildcard_resources(stack: Stack) -> Iterator[Finding]:
    reasons = allowed()["wildcard-resource"]
    for resource, document in _documents(stack):
        for statement in statements(document):
            if not statement.allows:
                continue
            if statement.not_actions or statement.not_resources:
                yield Finding(resource.address, f"{statement.sid}: NotAction and NotResource allow what nobody listed")
            for action in statement.actions:
                if "*" in action and action not in allowed()["wildcard-action"]:
                    yield Finding(resource.address, f"{statement.sid}: allows {action}; name the actions")
                elif "*" in statement.resources and action not in reasons:
                    yield Finding(resource.address, f"{statement.sid}: allows {action} on every resource")


def no_users_and_no_foreign_trust(stack: Stack) -> Iterator[Finding]:
    for resource in stack.of("aws_iam_user", "aws_iam_access_key", "aws_iam_group"):
        yield Finding(resource.address, "people and programs use roles, never a user's keys")
    for role in stack.of("aws_iam_role"):
        document = role.get("assume_role_policy")
        if document is UNKNOWN:
            continue
        for statement in statements(document):
            if statement.principals == "*" or (statement.principals or {}).get("AWS") == "*":
                yield Finding(role.address, "anybody may take this role")


def _policy_of(stack: Stack, bucket: Resource) -> Any:
    found = stack.beside(bucket, "aws_s3_bucket_policy")
    return found[0].get("policy") if found else None


def buckets_refuse_plain_http(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of("aws_s3_bucket"):
        document = _policy_of(stack, bucket)
        if document is UNKNOWN:
            continue
        if not document or not any(_refuses_plain_http(one) for one in statements(document)):
            yield Finding(bucket.address, "no policy that denies s3:* where aws:SecureTransport is false")


def _refuses_plain_http(statement: Any) -> bool:
    everybody = statement.principals == "*" or (statement.principals or {}).get("AWS") == "*"
    secure = str(statement.conditions.get("Bool", {}).get("aws:SecureTransport", "")).lower() == "false"
    return not statement.allows and everybody and secure and "s3:*" in statement.actions and len(statement.resources) > 1


def buckets_are_private(stack: Stack) -> Iterator[Finding]:
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    for bucket in stack.of("aws_s3_bucket"):
        blocks = stack.beside(bucket, "aws_s3_bucket_public_access_block")
        if not blocks or not all(blocks[0].get(switch) is True for switch in switches):
            yield Finding(bucket.address, "public access is not blocked in all four ways")
        document = _policy_of(stack, bucket)
        if document is UNKNOWN or not document:
            continue
        for statement in statements(document):
            if statement.allows and (statement.principals == "*" or (statement.principals or {}).get("AWS") == "*"):
                yield Finding(bucket.address, f"{statement.sid}: allows everybody")


def buckets_are_encrypted_and_versioned(stack: Stack) -> Iterator[Finding]:
    unversioned = allowed()["unversioned-bucket"]
    for bucket in stack.of("aws_s3_bucket"):
        if not stack.beside(bucket, "aws_s3_bucket_server_side_encryption_configuration"):
            yield Finding(bucket.address, "no encryption configuration")
        versions = stack.beside(bucket, "aws_s3_bucket_versioning")
        enabled = versions and versions[0].block("versioning_configuration").get("status") == "Enabled"
        if not enabled and not any(role in bucket.address for role in unversioned):
            yield Finding(bucket.address, "not versioned, and not in the list of buckets that need not be")
        if not stack.beside(bucket, "aws_s3_bucket_lifecycle_configuration"):
            yield Finding(bucket.address, "no lifecycle: parts of broken uploads would stay for ever")


def _set(resource: Resource, name: str) -> bool:
    value = resource.get(name)
    return value is UNKNOWN or bool(value)


# What must be set, or true, for what is stored to be encrypted.
_ENCRYPTED: dict[str, tuple[str, ...]] = {
    "aws_sqs_queue": ("kms_master_key_id", "sqs_managed_sse_enabled"),
    "aws_sns_topic": ("kms_master_key_id",),
    "aws_db_instance": ("storage_encrypted",),
    "aws_rds_cluster": ("storage_encrypted",),
    "aws_secretsmanager_secret": ("kms_key_id",),
    "aws_backup_vault": ("kms_key_arn",),
    "aws_kms_key": ("enable_key_rotation",),
    "aws_ebs_volume": ("encrypted",),
    "aws_efs_file_system": ("encrypted",),
    "aws_cloudwatch_log_group": ("kms_key_id",),
}


def everything_is_encrypted(stack: Stack) -> Iterator[Finding]:
    for type_, names in _ENCRYPTED.items():
        for resource in stack.of(type_):
            if not any(_set(resource, name) for name in names):
                yield Finding(resource.address, f"not encrypted by a key of ours: set {' or '.join(names)}")
    for repository in stack.of("aws_ecr_repository"):
        if repository.block("encryption_configuration").get("encryption_type") != "KMS":
            yield Finding(repository.address, "images are not encrypted by a key of ours")
        if repository.get("image_tag_mutability") != "IMMUTABLE":
            yield Finding(repository.address, "a tag could be moved to another image")


def only_the_front_door_is_public(stack: Stack) -> Iterator[Finding]:
    doors = allowed()["open-to-the-internet"]
    for rule in stack.of("aws_vpc_security_group_ingress_rule"):
        wide = rule.get("cidr_ipv4") in ANYWHERE or rule.get("cidr_ipv6") in ANYWHERE
        if wide and not any(door in rule.address for door in doors):
            yield Finding(rule.address, "lets the whole internet in")
    for group in stack.of("aws_security_group"):
        for block in group.get("ingress", []) if group.get("ingress") is not UNKNOWN else []:
            if set(block.get("cidr_blocks") or []) & set(ANYWHERE):
                yield Finding(group.address, "lets the whole internet in")
    for database in stack.of("aws_db_instance"):
        if database.get("publicly_accessible"):
            yield Finding(database.address, "can be reached from the internet")


def nothing_speaks_plain_http(stack: Stack) -> Iterator[Finding]:
    for listener in stack.of("aws_lb_listener"):
        if listener.get("protocol") == "HTTPS":
            policy = listener.get("ssl_policy", "")
            if policy is not UNKNOWN and not policy.startswith("ELBSecurityPolicy-TLS13-1-2"):
                yield Finding(listener.address, f"ssl_policy {policy or 'is not set'}: older TLS than 1.2")
        elif listener.block("default_action").get("type") != "redirect":
            yield Finding(listener.address, "answers plain HTTP with more than a redirect")
    for distribution in stack.of("aws_cloudfront_distribution"):
        yield from _distribution_speaks_tls(distribution)
    for group in stack.of("aws_db_parameter_group"):
        given = {one["name"]: str(one["value"]) for one in group.get("parameter", [])}
        if given.get("require_secure_transport", "").upper() not in ("ON", "1"):
            yield Finding(group.address, "require_secure_transport is not ON: clients could speak without TLS")


def _distribution_speaks_tls(distribution: Resource) -> Iterator[Finding]:
    behaviours = [*distribution.get("default_cache_behavior", []), *distribution.get("ordered_cache_behavior", [])]
    for behaviour in behaviours:
        if behaviour["viewer_protocol_policy"] not in ("redirect-to-https", "https-only"):
            yield Finding(distribution.address, f"{behaviour.get('path_pattern', 'the rest')} is served over plain HTTP")
    certificate = distribution.block("viewer_certificate")
    if not str(certificate.get("minimum_protocol_version", "")).startswith("TLSv1.2"):
        yield Finding(distribution.address, "viewers may use older TLS than 1.2")
    if not _set(distribution, "web_acl_id"):
        yield Finding(distribution.address, "no web ACL before it")
    for origin in distribution.get("origin", []):
        for custom in origin.get("custom_origin_config") or []:
            if custom.get("origin_protocol_policy") != "https-only":
                yield Finding(distribution.address, f"asks the origin {origin.get('origin_id')} over plain HTTP")


def dead_letters_are_kept(stack: Stack) -> Iterator[Finding]:
    fourteen_days = 14 * 24 * 3600
    for queue in stack.of("aws_sqs_queue"):
        redrive = queue.get("redrive_policy", "")
        if redrive is UNKNOWN:
            continue
        if redrive:
            if json.loads(redrive).get("maxReceiveCount") != 12:
                yield Finding(queue.address, "maxReceiveCount is not 12: the worker would not be the first to bury a job")
            if queue.get("visibility_timeout_seconds", 0) < 60:
                yield Finding(queue.address, "visible again before the worker extends it: 60 s at least")
        elif queue.get("message_retention_seconds") != fourteen_days:
            yield Finding(queue.address, "dead letters are not kept 14 days")


CHECKS: tuple[Check, ...] = (
    no_wildcard_resources,
    no_users_and_no_foreign_trust,
    buckets_refuse_plain_http,
    buckets_are_private,
    buckets_are_encrypted_and_versioned,
    everything_is_encrypted,
    only_the_front_door_is_public,
    nothing_speaks_plain_http,
    dead_letters_are_kept,
)


def undecided(stack: Stack) -> int:
    """How many policy documents a plan does not know yet; none in a state."""
    return sum(document is UNKNOWN for _, document in identity_policies(stack))
