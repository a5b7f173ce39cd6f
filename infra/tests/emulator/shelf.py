"""What several services keep: things by name, and tags by ARN."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from .wire import Fault

_numbers = itertools.count(1)


def number() -> int:
    """Another number each time: ids and entity tags are made from it."""
    return next(_numbers)


def now() -> datetime:
    return datetime.now(UTC)


class Shelf:
    """Things by their key; whatever is not there is refused by the code that the service documents."""

    def __init__(self, missing: str) -> None:
        self._missing = missing
        self._things: dict[Any, Any] = {}

    def put(self, key: Any, thing: Any) -> Any:
        self._things[key] = thing
        return thing

    def get(self, key: Any) -> Any:
        if key not in self._things:
            raise Fault(self._missing, f"{key} does not exist")
        return self._things[key]

    def take(self, key: Any) -> Any:
        thing = self.get(key)
        del self._things[key]
        return thing

    def find(self, key: Any, default: Any = None) -> Any:
        return self._things.get(key, default)

    def all(self) -> list[Any]:
        return list(self._things.values())

    def __contains__(self, key: Any) -> bool:
        return key in self._things


class Tags:
    """Tags by ARN, from and to the several shapes in which services write them."""

    def __init__(self, key: str = "Key", value: str = "Value") -> None:
        self._key, self._value = key, value
        self._tags: dict[str, dict[str, str]] = {}

    def add(self, arn: str, tags: list[dict[str, str]] | dict[str, str] | None) -> None:
        pairs = tags if isinstance(tags, dict) else {tag[self._key]: tag.get(self._value, "") for tag in tags or []}
        self._tags.setdefault(arn, {}).update(pairs)

    def remove(self, arn: str, keys: list[str]) -> None:
        for key in keys:
            self._tags.get(arn, {}).pop(key, None)

    def forget(self, arn: str) -> None:
        self._tags.pop(arn, None)

    def of(self, arn: str) -> dict[str, str]:
        return dict(self._tags.get(arn, {}))

    def list_of(self, arn: str) -> list[dict[str, str]]:
        return [{self._key: key, self._value: value} for key, value in self.of(arn).items()]
