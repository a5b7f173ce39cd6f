"""IAM policy documents, read and evaluated as AWS documents it.

Owns: identity and resource policies of one account: explicit denials, then permissions, wildcards in actions and resources, and
the few condition operators that this project uses. Refuses: to guess. An operator that it does not know is an error.
Source of the rules: "Policy evaluation logic" in the IAM user guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from typing import Any


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, text: str, *, case: bool) -> bool:
    # In IAM only * and ? are special; fnmatch would read [ as a class.
    flags = 0 if case else re.IGNORECASE
    return re.match(translate(pattern.replace("[", "[[]")), text, flags) is not None


@dataclass(frozen=True)
class Statement:
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Any
    conditions: dict[str, dict[str, Any]]
    sid: str

    def concerns(self, action: str, resource: str) -> bool:
        if self.actions:
            acts = any(_matches(one, action, case=False) for one in self.actions)
        else:
            acts = not any(_matches(one, action, case=False) for one in self.not_actions)
        if self.resources:
            on = any(_matches(one, resource, case=True) for one in self.resources)
        else:
            on = not any(_matches(one, resource, case=True) for one in self.not_resources)
        return acts and on

    def holds(self, context: dict[str, str]) -> bool:
        return all(
            _condition(operator, key, _listed(wanted), context)
            for operator, keys in self.conditions.items()
            for key, wanted in keys.items()
        )


def _condition(operator: str, key: str, wanted: list[Any], context: dict[str, str]) -> bool:
    found = context.get(key.lower())
    base = operator.removesuffix("IfExists")
    if found is None:
        # A negated operator holds for what is not there, `IfExists` for every absence.
        return base != operator or base in ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike")
    values = [str(value) for value in wanted]
    match base:
        case "StringEquals" | "ArnEquals":
            return found in values
        case "StringNotEquals" | "ArnNotEquals":
            return found not in values
        case "StringLike" | "ArnLike":
            return any(_matches(value, found, case=True) for value in values)
        case "StringNotLike" | "ArnNotLike":
            return not any(_matches(value, found, case=True) for value in values)
        case "Bool":
            return found.lower() in [value.lower() for value in values]
        case "NumericLessThan":
            return any(float(found) < float(value) for value in values)
        case _:
            raise ValueError(f"the evaluator does not know the condition operator {operator}: add it in {__name__}")


def statements(document: str | dict[str, Any]) -> list[Statement]:
    read = json.loads(document) if isinstance(document, str) else document
    return [
        Statement(
            allows=one["Effect"] == "Allow",
            actions=tuple(_listed(one.get("Action"))),
            not_actions=tuple(_listed(one.get("NotAction"))),
            resources=tuple(_listed(one.get("Resource"))),
            not_resources=tuple(_listed(one.get("NotResource"))),
            principals=one.get("Principal"),
            conditions=one.get("Condition", {}),
            sid=one.get("Sid", ""),
        )
        for one in _listed(read["Statement"])
    ]


def permits(documents: Iterable[str | dict[str, Any]], action: str, resource: str, **context: str) -> bool:
    """Whether identity policies together permit an action: one allows it, and none denies it."""
    known = {key.lower(): value for key, value in context.items()}
    concerned = [
        one for document in documents for one in statements(document) if one.concerns(action, resource) and one.holds(known)
    ]
    return any(one.allows for one in concerned) and all(one.allows for one in concerned)


def admits(document: str | dict[str, Any], principal: str, action: str, resource: str, context: dict[str, str]) -> bool:
    """Whether a resource's own policy admits a principal (an ARN, or a service's name)."""
    return verdict(document, principal, action, resource, context) is True


def verdict(document: str | dict[str, Any], principal: str, action: str, resource: str, context: dict[str, str]) -> bool | None:
    """What a resource's policy says: denied, admitted, or nothing, which leaves it to the identity's policies."""
    known = {key.lower(): value for key, value in context.items()}
    concerned = [
        one
        for one in statements(document)
        if one.concerns(action, resource) and _is(one.principals, principal) and one.holds(known)
    ]
    return all(one.allows for one in concerned) if concerned else None


def _is(principals: Any, principal: str) -> bool:
    if principals == "*":
        return True
    named = [str(one) for kind in (principals or {}).values() for one in _listed(kind)]
    return "*" in named or principal in named
