"""The infrastructure against contract.toml: names, ports, paths, environment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .stack import UNKNOWN, Finding, Resource, Stack
from .tasks import ROLES, Task, contract, tasks

# Names under which a value should not be readable by whoever may describe a task.
_SECRET_NAME = re.compile(r"(PASSWORD|SECRET|TOKEN|SIGNING_KEYS)")
_REFERENCE = ("TINTYPE_CATALOG_PASSWORD_SECRET",)


def check(stack: Stack) -> Iterator[Finding]:
    known = tasks(stack)
    if stack.complete:
        for role in sorted(set(ROLES) - {task.role for task in known}):
            yield Finding("aws_ecs_task_definition", f"no container is named {role}")
    for task in known:
        yield from _container(task)
        yield from _environment(task.address, task.role, task.environment, task.secrets)
    for group in stack.of("aws_lb_target_group"):
        yield from _target_group(group)
    yield from _paths(stack)


def _container(task: Task) -> Iterator[Finding]:
    agreed, container = contract(), task.container
    image = agreed["image"].format(role=task.role)
    if image not in container["image"]:
        yield Finding(task.address, f"runs {container['image']}, not {image}")
    if not container.get("readonlyRootFilesystem"):
        yield Finding(task.address, "may write to its own file system")
    if container.get("privileged"):
        yield Finding(task.address, "is privileged")
    if (container.get("logConfiguration") or {}).get("logDriver") not in ("awslogs", "awsfirelens"):
        yield Finding(task.address, "logs nowhere")
    if task.definition.block("runtime_platform").get("cpu_architecture") != "ARM64":
        yield Finding(task.address, "is not for ARM64")
    entry = container.get("entryPoint")
    if entry and entry != [agreed["program"], task.role]:
        yield Finding(task.address, f"starts {entry}, not {agreed['program']} {task.role}")
    if task.role == "migrate":
        return
    ports = [one["containerPort"] for one in container.get("portMappings") or []]
    if ports != [agreed["port"]]:
        yield Finding(task.address, f"listens on {ports}, not on {agreed['port']}")
    health = (container.get("healthCheck") or {}).get("command")
    if health != agreed["health"]["container"]:
        yield Finding(task.address, f"asks for its health by {health}")
    if (container.get("stopTimeout") or 30) < 30:
        yield Finding(task.address, "is killed before it could drain")


def _environment(where: str, role: str, plain: dict[str, str], secret: dict[str, str]) -> Iterator[Finding]:
    agreed = contract()["roles"][role]
    for name in agreed["required"]:
        if not plain.get(name):
            yield Finding(where, f"{name} is missing")
    for name in agreed["secrets"]:
        if name not in secret:
            yield Finding(where, f"{name} has to arrive as a secret")
    agreed_names = {*agreed["required"], *agreed["optional"], *agreed["secrets"], *contract()["every"]["optional"]}
    for name in sorted({*plain, *secret} - agreed_names):
        if name.startswith("TINTYPE_"):
            yield Finding(where, f"{name} is not in the contract for {role}")
    for name in sorted(plain):
        if _SECRET_NAME.search(name) and name not in _REFERENCE:
            yield Finding(where, f"{name} stands in plain text")
    url = plain.get("TINTYPE_CATALOG_URL", "")
    if re.match(r"mysql://[^/@]*:[^/@]*@", url):
        yield Finding(where, "TINTYPE_CATALOG_URL holds a password")
    if (listen := plain.get("TINTYPE_LISTEN")) and listen != f"0.0.0.0:{contract()['port']}":
        yield Finding(where, f"TINTYPE_LISTEN is {listen}")


def _target_group(group: Resource) -> Iterator[Finding]:
    agreed = contract()
    if group.get("port") != agreed["port"]:
        yield Finding(group.address, f"sends to port {group.get('port')}, not to {agreed['port']}")
    check_block = group.block("health_check")
    if check_block.get("path") != agreed["health"]["ready"]:
        yield Finding(group.address, f"asks {check_block.get('path')} for health, not {agreed['health']['ready']}")
    if group.get("target_type") != "ip":
        yield Finding(group.address, "Fargate's targets are addresses")


def _paths(stack: Stack) -> Iterator[Finding]:
    """Each agreed pattern is a listener rule's; whether it leads to the right role is told by the rule's address."""
    seen: dict[str, list[str]] = {}
    for rule in stack.of("aws_lb_listener_rule"):
        conditions = rule.get("condition", [])
        for condition in conditions if conditions is not UNKNOWN else []:
            for pattern in condition.get("path_pattern") or []:
                for path in pattern["values"]:
                    seen.setdefault(path, []).append(rule.address)
    for role, patterns in contract()["paths"].items():
        for pattern in patterns:
            rules = seen.get(pattern, [])
            if not any(role in rule for rule in rules):
                yield Finding("aws_lb_listener_rule", f"{pattern} does not lead to {role} (rules: {rules or 'none'})")
