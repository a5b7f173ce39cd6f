"""Which calls this layer answers itself, and which of moto's answers it mends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .wire import Call, Parameters, Reply

Answer = Callable[[Call], Parameters | None]
Amendment = Callable[[Call, Parameters], None]
Guard = Callable[[Call], Parameters | None]
Retouch = Callable[[Reply], None]

_answers: dict[tuple[str, str], Answer] = {}
_amendments: dict[tuple[str, str], Amendment] = {}
_guards: dict[tuple[str, str], Guard] = {}
_retouches: dict[tuple[str, str], Retouch] = {}


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


def guards(service: str, *operations: str) -> Callable[[Guard], Guard]:
    """The function sees the call before moto does, and may refuse it, or answer it; None leaves it to moto."""

    def register(function: Guard) -> Guard:
        for operation in operations:
            _add(_guards, service, operation, function)
        return function

    return register


def retouches(service: str, *operations: str) -> Callable[[Retouch], Retouch]:
    """The function changes moto's reply as it stands, without reading it by the model: for objects, whose body is no document."""

    def register(function: Retouch) -> Retouch:
        for operation in operations:
            _add(_retouches, service, operation, function)
        return function

    return register


def _add(table: dict[tuple[str, str], Any], service: str, operation: str, function: Any) -> None:
    if known(service, operation):
        raise ValueError(f"{service} {operation} has two functions")
    table[(service, operation)] = function


def services() -> set[str]:
    return {service for table in (_answers, _amendments, _guards, _retouches) for service, _ in table}


def known(service: str, operation: str) -> bool:
    return any((service, operation) in table for table in (_answers, _amendments, _guards, _retouches))


def answer_to(service: str, operation: str) -> Answer | None:
    return _answers.get((service, operation))


def amendment_to(service: str, operation: str) -> Amendment | None:
    return _amendments.get((service, operation))


def guard_of(service: str, operation: str) -> Guard | None:
    return _guards.get((service, operation))


def retouch_of(service: str, operation: str) -> Retouch | None:
    return _retouches.get((service, operation))
