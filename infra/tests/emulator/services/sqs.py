"""SQS: attributes of queues as they were written.

Moto 5.2 drops `RedriveAllowPolicy`, rewrites the JSON of `RedrivePolicy`, and forgets the policy at every change of
another attribute. It also answers the creation time with a fraction, where SQS answers whole seconds, takes receipts for good
whose lease has ended, and hands a message to two who ask at once.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from moto.backends import get_backend
from moto.sqs.models import Message, SQSBackend

from ..registry import amends, answers, guards
from ..wire import ACCOUNT, Call, Fault, Parameters

# Those that are answered as they were written; moto knows the others.
_KEPT = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")
_written: dict[tuple[str, str], dict[str, str]] = {}


def _key(call: Call, url: str) -> tuple[str, str]:
    return call.region, url.rsplit("/", 1)[1]


def _keep(key: tuple[str, str], attributes: dict[str, str]) -> None:
    kept = _written.setdefault(key, {})
    for name in _KEPT:
        if name in attributes:
            kept[name] = attributes[name]
        if not kept.get(name):
            kept.pop(name, None)


@amends("sqs", "CreateQueue")
def created(call: Call, answer: Parameters) -> None:
    _keep(_key(call, answer["QueueUrl"]), call.get("Attributes", {}))


@amends("sqs", "SetQueueAttributes")
def changed(call: Call, _answer: Parameters) -> None:
    _keep(_key(call, call["QueueUrl"]), call["Attributes"])


@amends("sqs", "DeleteQueue")
def deleted(call: Call, _answer: Parameters) -> None:
    _written.pop(_key(call, call["QueueUrl"]), None)


@answers("sqs", "GetQueueAttributes")
def attributes(call: Call) -> Parameters:
    region, name = _key(call, call["QueueUrl"])
    backend = get_backend("sqs")[ACCOUNT][region]
    if name not in backend.queues:
        raise Fault("QueueDoesNotExist", "The specified queue does not exist.")
    known = {key: value for key, value in backend.get_queue_attributes(name, ["All"]).items() if key not in _KEPT}
    known |= _written.get((region, name), {})
    for time in ("CreatedTimestamp", "LastModifiedTimestamp"):
        known[time] = int(float(known[time]))
    asked = call.get("AttributeNames", [])
    return {"Attributes": {key: str(value) for key, value in known.items() if "All" in asked or key in asked}}


@guards("sqs", "ChangeMessageVisibility")
def lease_stands(call: Call) -> None:
    if _lost(call):
        raise Fault("MessageNotInflight", "The specified message isn't in flight.")


@guards("sqs", "DeleteMessage")
def delete_by_the_last_receipt(call: Call) -> Parameters | None:
    """By an older receipt SQS says yes and keeps the message."""
    return {} if _lost(call, visible=False) else None


def _lost(call: Call, *, visible: bool = True) -> bool:
    """Whether a receipt's message was received again since, or (if that counts) can be: its lease has ended."""
    region, name = _key(call, call["QueueUrl"])
    queue = get_backend("sqs")[ACCOUNT][region].queues.get(name)
    for message in queue._messages if queue else ():
        if message.had_receipt_handle(call["ReceiptHandle"]):
            return message.receipt_handle != call["ReceiptHandle"] or (visible and message.visible)
    return False


# Moto sees that a message is free and takes it in two steps; each look at a queue is one, here.
_looking = threading.Lock()
_look = SQSBackend.receive_message


def _receive(
    self: SQSBackend, queue_name: str, count: int, wait_seconds_timeout: int, *rest: Any, **named: Any
) -> list[Message]:
    until = time.monotonic() + wait_seconds_timeout
    while True:
        with _looking:
            found = _look(self, queue_name, count, 0, *rest, **named)
        if found or time.monotonic() >= until:
            return found
        time.sleep(0.02)


SQSBackend.receive_message = _receive
