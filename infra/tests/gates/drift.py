"""The second plan must be empty.

Owns the list of what may differ all the same: attributes that the emulator does not keep, never faults of the product.
An entry that no plan needs any more is a finding too, so that the list does not outlive its reasons.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .stack import Finding


def allow_list() -> dict[str, str]:
    return tomllib.loads((Path(__file__).parent / "drift.toml").read_text())


def differences(plan: Path) -> Iterator[tuple[str, str, str]]:
    """Address, type and attribute of all that a plan would change; the attribute is the action where nothing is updated."""
    for one in json.loads(plan.read_text()).get("resource_changes", []):
        change = one["change"]
        if one["mode"] != "managed" or change["actions"] in (["no-op"], ["read"]):
            continue
        if "create" in change["actions"] or "delete" in change["actions"]:
            yield one["address"], one["type"], "-".join(change["actions"])
            continue
        for name in _changed(change["before"], change["after"], change.get("after_unknown") or {}):
            yield one["address"], one["type"], name


def _changed(before: dict[str, Any], after: dict[str, Any], unknown: dict[str, Any]) -> list[str]:
    names = sorted(before.keys() | after.keys() | unknown.keys())
    return [name for name in names if unknown.get(name) is True or before.get(name) != after.get(name)]


def check(plan: Path) -> Iterator[Finding]:
    known = allow_list()
    for address, type_, attribute in differences(plan):
        if f"{type_}.{attribute}" not in known:
            yield Finding(address, f"{attribute} would change in a second plan")


def unused(plans: list[Path]) -> Iterator[Finding]:
    seen = {f"{type_}.{attribute}" for plan in plans for _, type_, attribute in differences(plan)}
    for name in sorted(allow_list().keys() - seen):
        yield Finding("drift.toml", f"no plan needs {name}: remove it")
