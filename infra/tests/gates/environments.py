"""Staging and production are the same thing with other values: both have the same types of resources."""

from __future__ import annotations

from collections.abc import Iterator

from .invariants import allowed
from .stack import Finding, Stack


def same_types(staging: Stack, production: Stack) -> Iterator[Finding]:
    has = {"staging": {one.type for one in staging.resources}, "production": {one.type for one in production.resources}}
    for here, there in (("staging", "production"), ("production", "staging")):
        listed = allowed()[f"only-in-{here}"]
        only_here = has[here] - has[there]
        for type_ in sorted(only_here - listed.keys()):
            yield Finding(type_, f"only in {here}, and not in the list of such types")
        for type_ in sorted(listed.keys() - only_here):
            yield Finding("allowed.toml", f"{type_} is listed as only in {here}, and is not: remove it")
