"""What checkov finds in a plan, less the committed exceptions of checkov.toml.

Checkov reads what a plan does not know yet as not set. So a first plan is held against both lists of exceptions, and a second
plan, made when everything stands and is known, against the first list alone: what a first plan leaves undecided is decided there.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .stack import Finding

EXCEPTIONS = Path(__file__).parent / "checkov.toml"


def exceptions() -> dict[str, dict[str, dict[str, Any]]]:
    """Both lists: by the check's id, a reason, and the parts of addresses it is for (`on`; all, where there is none)."""
    return tomllib.loads(EXCEPTIONS.read_text())


def _covers(exception: dict[str, Any] | None, address: str) -> bool:
    return exception is not None and any(part in address for part in exception.get("on", [""]))


def _failed(report: Path) -> list[dict[str, Any]]:
    read = json.loads(report.read_text())
    if "results" not in read:
        raise ValueError(f"{report} is no report of a plan: {read}")
    return read["results"]["failed_checks"]


def check(report: Path, *, everything_known: bool) -> Iterator[Finding]:
    lists = exceptions()
    for one in _failed(report):
        identifier, address = one["check_id"], one["resource"]
        undecided = not everything_known and _covers(lists["undecided-before-an-apply"].get(identifier), address)
        if not undecided and not _covers(lists["not-here"].get(identifier), address):
            yield Finding(address, f"{identifier} {one['check_name']}")


def unused(reports: list[Path]) -> Iterator[Finding]:
    """Exceptions that no second plan needs any more."""
    failed = [(one["check_id"], one["resource"]) for report in reports for one in _failed(report)]
    for identifier, exception in exceptions()["not-here"].items():
        for part in [] if exception.get("sometimes") else exception.get("on", [""]):
            if not any(check == identifier and part in address for check, address in failed):
                yield Finding("checkov.toml", f"nothing needs {identifier}{f' on {part}' if part else ''}: remove it")
