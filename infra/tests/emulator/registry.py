"""Which calls this layer answers itself, and which of moto's answers it mends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .wire import Call, Parameters

Answer = Callable[[Call], Parameters | None]
Amendment = Callable[[Call, Parameters], None]

_answers: dict[tuple[str, str], Answer] = {}
_amendments: dict[tuple[str, str], Amendment] = {}


def answers(service: str, *operations: str) -> Callable[[Answer], Answer]:
    """The function answers these operations in moto's place."""

    def register(function: Answer) -> Answer:
        for operation in operations:
            _add(_answers, service, operation, function)
        return function

    return register


def amends(service: str, *operations: str) -> Callable[[Amendment], Amendment]:
    """The function sees the call and moto's answer to it, and changes the answer where moto forgot something."""

    def register(function: Amendment) -> Amendment:
        for operation in operations:
            _add(_amendments, service, operation, function)
        return function

    return register


def _add(table: dict[tuple[str, str], Any], service: str, operation: str, function: Any) -> None:
    if (service, operation) in _answers or (service, operation) in _amendments:
        raise ValueError(f"{service} {operation} has two answers")
    table[(service, operation)] = function


def services() -> set[str]:
    return {service for service, _ in (*_answers, *_amendments)}


def answer_to(service: str, operation: str) -> Answer | None:
    return _answers.get((service, operation))


def amendment_to(service: str, operation: str) -> Amendment | None:
    return _amendments.get((service, operation))
