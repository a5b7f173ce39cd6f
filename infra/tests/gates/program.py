"""The program's own configuration against contract.toml: it refuses to start with a variable that it does not know."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .stack import Finding
from .tasks import contract


def check(defaults: Path) -> Iterator[Finding]:
    known = {f"TINTYPE_{key.upper().replace('.', '_')}" for key in _keys(tomllib.loads(defaults.read_text()))}
    agreed = contract()
    named = {name for role in agreed["roles"].values() for kind in ("required", "optional", "secrets") for name in role[kind]}
    for name in sorted({*named, *agreed["every"]["optional"], *agreed["laptop"]["more"]} - known):
        yield Finding(str(defaults.name), f"the program has no key for {name}, and would refuse to start with it")


def _keys(table: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"
