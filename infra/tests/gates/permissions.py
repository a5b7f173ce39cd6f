"""Whether each role may do what it does, on the very resources that its container is told to use, and nothing of what the
others do. The documents of an applied state are evaluated here, since no emulator enforces IAM.
"""

from __future__ import annotations

from collections.abc import Iterator

from .policy import admits, permits
from .stack import Finding, Resource, Stack
from .tasks import Task, contract, tasks

# Which kind of thing a variable names.
_KINDS = {
    "TINTYPE_BLOBS_URL": "bucket",
    "TINTYPE_BLOBS_UPLOADS_URL": "bucket",
    "TINTYPE_BLOBS_DERIVATIVES_URL": "bucket",
    "TINTYPE_QUEUE_URL": "queue",
    "TINTYPE_QUEUE_DEAD_LETTER_URL": "queue",
    "TINTYPE_EVENTS_TOPIC": "topic",
    "TINTYPE_EDGE_DISTRIBUTION": "distribution",
    "TINTYPE_CATALOG_PASSWORD_SECRET": "secret",
}
_USES_OF_A_KEY = {
    "s3:GetObject": ["kms:Decrypt"],
    "s3:PutObject": ["kms:GenerateDataKey"],
    "sqs:SendMessage": ["kms:GenerateDataKey", "kms:Decrypt"],
    "sqs:ReceiveMessage": ["kms:Decrypt"],
    "sns:Publish": ["kms:GenerateDataKey", "kms:Decrypt"],
    "secretsmanager:GetSecretValue": ["kms:Decrypt"],
}

Permission = tuple[str, str, str]  # variable, action, ARN


def check(stack: Stack) -> Iterator[Finding]:
    if not stack.complete:
        raise ValueError("permissions are decided on a state: apply first")
    found = {task.role: task for task in tasks(stack)}
    names = {variable: value for task in found.values() for variable, value in task.environment.items()}
    needs = {role: list(_needs(stack, task.role, names)) for role, task in found.items()}
    everything = {permission for some in needs.values() for permission in some}
    for role, task in found.items():
        documents = list(_documents(stack, task))
        if not documents and needs[role]:
            yield Finding(task.address, "its task role has no policy")
        for variable, action, arn in needs[role]:
            if not permits(documents, action, arn):
                yield Finding(task.address, f"may not {action} on {variable} ({arn})")
            yield from _key(stack, task, documents, variable, action, names)
        for variable, action, arn in sorted(everything - set(needs[role])):
            if permits(documents, action, arn):
                yield Finding(task.address, f"may {action} on {variable} ({arn}), which is another role's work")
        for variable, action, arn in _never(stack, names):
            if permits(documents, action, arn):
                yield Finding(task.address, f"may {action} on {variable} ({arn}), which no role needs")
        yield from _can_start(stack, task)


def decided(stack: Stack) -> int:
    """How many questions `check` asks: reported, so that a run that asked none is seen."""
    found = {task.role: task for task in tasks(stack)}
    names = {variable: value for task in found.values() for variable, value in task.environment.items()}
    everything = {permission for role in found for permission in _needs(stack, role, names)}
    return len(found) * (len(everything) + len(list(_never(stack, names))))


def _needs(stack: Stack, role: str, names: dict[str, str]) -> Iterator[Permission]:
    for grant in contract()["roles"][role]["may"]:
        variable = grant["on"]
        arn = _arn(stack, variable, names.get(variable, ""))
        for action in grant["actions"]:
            for target in [f"{arn}/{key}" for key in grant["objects"]] if "objects" in grant else [arn]:
                yield variable, action, target


def _never(stack: Stack, names: dict[str, str]) -> Iterator[Permission]:
    never = contract()["never"]
    for variable, kind in _KINDS.items():
        arn = _arn(stack, variable, names.get(variable, ""))
        for action in never[kind]:
            yield variable, action, arn
        if kind == "bucket":
            for action in never["objects"]:
                yield variable, action, f"{arn}/originals/0198"


def _resource(stack: Stack, variable: str, value: str) -> Resource | None:
    """The resource that a variable's value names."""
    match _KINDS[variable]:
        case "bucket":
            return stack.by("aws_s3_bucket", "bucket", value.removeprefix("s3://").split("/")[0])
        case "queue":
            return stack.by("aws_sqs_queue", "url", value)
        case "topic":
            return stack.by("aws_sns_topic", "arn", value)
        case "distribution":
            return stack.by("aws_cloudfront_distribution", "id", value)
        case _:
            return stack.by("aws_secretsmanager_secret", "arn", value)


def _arn(stack: Stack, variable: str, value: str) -> str:
    resource = _resource(stack, variable, value)
    if resource is not None:
        return resource.get("arn")
    if _KINDS[variable] == "secret" and value.startswith("arn:"):
        return value  # RDS keeps the password's secret itself
    raise ValueError(f"{variable} is {value!r}, which names nothing in this state")


def _documents(stack: Stack, task: Task) -> Iterator[str]:
    yield from role_documents(stack, task.definition.get("task_role_arn", ""))


def role_documents(stack: Stack, arn: str) -> Iterator[str]:
    """The policies of a role, but for those that AWS itself manages."""
    role = stack.by("aws_iam_role", "arn", arn)
    if role is None:
        return
    for inline in stack.of("aws_iam_role_policy"):
        if inline.get("role") in (role.get("id"), role.get("name")):
            yield inline.get("policy")
    for attached in stack.of("aws_iam_role_policy_attachment"):
        if attached.get("role") in (role.get("id"), role.get("name")):
            managed = stack.by("aws_iam_policy", "arn", attached.get("policy_arn"))
            if managed is not None:
                yield managed.get("policy")


def _key_of(stack: Stack, resource: Resource | None) -> str:
    if resource is None:
        return ""
    if resource.type == "aws_s3_bucket":
        for one in stack.beside(resource, "aws_s3_bucket_server_side_encryption_configuration"):
            rule = one.block("rule").get("apply_server_side_encryption_by_default") or [{}]
            return rule[0].get("kms_master_key_id") or ""
    return resource.get("kms_master_key_id") or resource.get("kms_key_id") or ""


def _key(stack: Stack, task: Task, documents: list[str], variable: str, action: str, names: dict[str, str]) -> Iterator[Finding]:
    """The key's policy and the role's together: both, or the key's alone where it names the role."""
    resource = _resource(stack, variable, names.get(variable, ""))
    named = _key_of(stack, resource)
    key = stack.by("aws_kms_key", "arn", named) or stack.by("aws_kms_key", "key_id", named)
    if key is None:
        return
    arn, role = key.get("arn"), task.definition.get("task_role_arn")
    service, region, account = action.split(":")[0], arn.split(":")[3], arn.split(":")[4]
    context = {"kms:ViaService": f"{service}.{region}.amazonaws.com", "kms:CallerAccount": account}
    for use in _USES_OF_A_KEY.get(action, []):
        directly = admits(key.get("policy"), role, use, arn, context)
        delegated = admits(key.get("policy"), f"arn:aws:iam::{account}:root", use, arn, context)
        if not directly and not (delegated and permits(documents, use, arn, **context)):
            yield Finding(task.address, f"may not {use} by {key.address}, with which {variable} is encrypted")


def _can_start(stack: Stack, task: Task) -> Iterator[Finding]:
    """ECS itself reads secrets and images, by the execution role."""
    documents = list(role_documents(stack, task.definition.get("execution_role_arn", "")))
    for name, source in task.secrets.items():
        # ARN:JSON_KEY:STAGE:VERSION names one field of a secret.
        arn = ":".join(source.split(":")[:7])
        if not permits(documents, "secretsmanager:GetSecretValue", arn):
            yield Finding(task.address, f"its execution role may not read {name}")
    for repository in stack.of("aws_ecr_repository"):
        if f"/{repository.get('name')}:" in task.container["image"] or f"/{repository.get('name')}@" in task.container["image"]:
            for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
                if not permits(documents, action, repository.get("arn")):
                    yield Finding(task.address, f"its execution role may not {action} on {repository.get('name')}")
