"""`python -m gates COMMAND ...`: prints findings; ends with 1 where there are any, with 2 where it was called wrongly."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from . import agreement, boundary, checkov, compose, drift, environments, invariants, permissions, program
from .stack import Finding, load
from .tasks import tasks


def _stack(files: list[Path]) -> Iterable[Finding]:
    """Every invariant, and the contract, on plans or states."""
    for file in files:
        stack = load(file)
        for check in invariants.CHECKS:
            for finding in check(stack):
                yield Finding(finding.address, f"{finding.problem} [{check.__name__}]")
        yield from agreement.check(stack)
        undecided = invariants.undecided(stack)
        known = f"{len(stack.resources)} resources, {len(tasks(stack))} containers known"
        print(f"{file.parent.name}: {known}, {undecided} policies not known before an apply")


def _environments(files: list[Path]) -> Iterable[Finding]:
    staging, production = files
    return environments.same_types(load(staging), load(production))


def _drift(files: list[Path]) -> Iterable[Finding]:
    for file in files:
        yield from drift.check(file)


def _permissions(files: list[Path]) -> Iterable[Finding]:
    for file in files:
        stack = load(file)
        print(f"{file.parent.name}: {permissions.decided(stack)} questions of {len(tasks(stack))} roles")
        yield from permissions.check(stack)
        yield from boundary.check(stack, file.parent / "boundary.json")


def _empty(files: list[Path]) -> Iterable[Finding]:
    """Nothing is left in a state after its destruction, and no line in a list of gaps."""
    for file in files:
        if file.suffix == ".json":
            for resource in load(file).resources:
                yield Finding(resource.address, "is left after the destruction")
        else:
            for line in sorted(set(file.read_text().splitlines())):
                yield Finding("emulator", line)


def _checkov(files: list[Path], *, everything_known: bool) -> Iterable[Finding]:
    for file in files:
        yield from checkov.check(file, everything_known=everything_known)


COMMANDS = {
    "checkov-plan": lambda files: _checkov(files, everything_known=False),
    "checkov-applied": lambda files: _checkov(files, everything_known=True),
    "checkov-list": checkov.unused,
    "stack": _stack,
    "environments": _environments,
    "drift": _drift,
    "drift-list": drift.unused,
    "permissions": _permissions,
    "empty": _empty,
    "program": lambda files: program.check(files[0]),
    "compose": lambda files: compose.check(files[0]),
}


def _purge() -> None:
    """Empties the queues that the adapters' tests are given."""
    import boto3

    sqs = boto3.client("sqs", region_name=os.environ["AWS_REGION"])
    for name in ("TINTYPE_TEST_SQS_QUEUE_URL", "TINTYPE_TEST_SQS_DEAD_LETTER_URL"):
        sqs.purge_queue(QueueUrl=os.environ[name])


def main() -> int:
    parser = argparse.ArgumentParser(prog="gates", description=__doc__)
    parser.add_argument("command", choices=[*sorted(COMMANDS), "purge"])
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    if given.command == "purge":
        _purge()
        return 0
    if given.command == "environments" and len(given.files) != 2:
        parser.error("environments takes the plan of staging, then that of production")
    findings = list(COMMANDS[given.command](given.files))
    for finding in findings:
        print(f"  {finding}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
