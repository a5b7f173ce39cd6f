"""The containers that a root runs, by role: environment, secrets, role."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .stack import UNKNOWN, Resource, Stack

ROLES = ("web", "api", "delivery", "worker", "migrate")


@cache
def contract() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent.parent / "contract.toml").read_text())


@dataclass
class Task:
    role: str
    definition: Resource
    container: dict[str, Any]
    others: list[dict[str, Any]]

    @property
    def address(self) -> str:
        return f"{self.definition.address} ({self.role})"

    @property
    def environment(self) -> dict[str, str]:
        return {one["name"]: one["value"] for one in self.container.get("environment") or []}

    @property
    def secrets(self) -> dict[str, str]:
        return {one["name"]: one["valueFrom"] for one in self.container.get("secrets") or []}


def tasks(stack: Stack) -> list[Task]:
    """Those that are known: in a plan of an empty account the definitions hold addresses that nobody knows yet."""
    found = []
    for definition in stack.of("aws_ecs_task_definition"):
        text = definition.get("container_definitions")
        if text is UNKNOWN:
            continue
        containers = json.loads(text)
        for container in containers:
            role = container["name"]
            if role in ROLES:
                others = [one for one in containers if one is not container]
                found.append(Task(role, definition, container, others))
    return found
