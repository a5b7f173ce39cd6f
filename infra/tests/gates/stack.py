"""A plan or a state, as a flat list of resources.

In a plan of an empty account much is not known yet (ARNs above all): such an attribute reads as `UNKNOWN`, and checks say
how much they could not decide. In a state everything is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("ask `is UNKNOWN` before using a value of a plan")


UNKNOWN: Any = _Unknown()


@dataclass(frozen=True)
class Finding:
    address: str
    problem: str

    def __str__(self) -> str:
        return f"{self.address}: {self.problem}"


@dataclass
class Resource:
    """One instance of a resource. Those of one module instance share `module`; `index` is its key or number, if any."""

    address: str
    type: str
    module: str
    index: str | int | None
    values: dict[str, Any]
    unknown: Any = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute; `UNKNOWN` where the plan does not know it, the default where it is not set."""
        if isinstance(self.unknown, dict) and self.unknown.get(name) is True:
            return UNKNOWN
        value = self.values.get(name)
        return default if value is None else value

    def block(self, name: str) -> dict[str, Any]:
        """The only block of this name; empty where there is none."""
        blocks = self.get(name, [])
        return blocks[0] if blocks is not UNKNOWN and blocks else {}


@dataclass
class Stack:
    """`complete` says that every value is known."""

    resources: list[Resource]
    outputs: dict[str, Any]
    complete: bool

    def of(self, *types: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type in types]

    def beside(self, resource: Resource, type_: str) -> list[Resource]:
        """Those of a type that belong to a resource: of the same module instance and with the same key."""
        shared = (None, 0, resource.index)
        return [other for other in self.of(type_) if other.module == resource.module and other.index in shared]

    def by(self, type_: str, attribute: str, value: Any) -> Resource | None:
        return next((one for one in self.of(type_) if one.get(attribute) is not UNKNOWN and one.get(attribute) == value), None)


def load(file: Path) -> Stack:
    document = json.loads(file.read_text())
    if "resource_changes" in document:
        return _plan(document)
    return _state(document)


def _plan(document: dict[str, Any]) -> Stack:
    resources = [
        Resource(
            one["address"],
            one["type"],
            one.get("module_address", ""),
            one.get("index"),
            one["change"]["after"] or {},
            one["change"].get("after_unknown") or {},
        )
        for one in document["resource_changes"]
        if one["mode"] == "managed" and one["change"]["actions"] != ["delete"]
    ]
    outputs = {name: one.get("value", UNKNOWN) for name, one in document["planned_values"].get("outputs", {}).items()}
    return Stack(resources, outputs, complete=False)


def _state(document: dict[str, Any]) -> Stack:
    values = document.get("values", {})
    outputs = {name: one.get("value") for name, one in values.get("outputs", {}).items()}
    return Stack(list(_resources(values.get("root_module", {}))), outputs, complete=True)


def _resources(module: dict[str, Any]) -> Iterator[Resource]:
    for one in module.get("resources", []):
        if one["mode"] == "managed":
            yield Resource(one["address"], one["type"], module.get("address", ""), one.get("index"), one["values"])
    for child in module.get("child_modules", []):
        yield from _resources(child)
