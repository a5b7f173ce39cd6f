"""The WSGI application: this layer, then moto. Keeps the list of gaps."""

from __future__ import annotations

import importlib
import pkgutil
import threading
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException, NotFound

from . import presigned, registry, services, wire
from .wire import Call, Environ, Fault, Reply

for _module in pkgutil.iter_modules(services.__path__):
    importlib.import_module(f"{services.__name__}.{_module.name}")


class Gaps:
    """What was asked and nobody could answer: in a file, one a line, as it happens."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.lines: list[str] = []
        if file is not None:
            file.write_text("")

    def add(self, environ: Environ, reason: str) -> None:
        service, _ = wire.signed_for(environ)
        operation = wire.operation_of(service, environ) if service else ""
        where = operation or f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
        line = f"{service or 'unsigned'} {where}: {reason}"
        with self._lock:
            self.lines.append(line)
            if self._file is not None:
                with self._file.open("a") as out:
                    out.write(line + "\n")


class Emulator:
    """What `werkzeug.serving` runs."""

    def __init__(self, gaps: Gaps) -> None:
        self._gaps = gaps
        self._moto = DomainDispatcherApplication(self._backend)
        self._hooked = registry.services()
        # Moto changes its dictionaries while another request walks over them, and the services here have no locks either.
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        reply = presigned.refusal(environ) or self._hooked_reply(environ)
        if reply is None:
            return self._plain(environ, start_response)
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", reply.headers)
        return [reply.body]

    def _plain(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Moto alone. Its queues have locks of their own, and whoever waits for a message must not hold up the others."""
        if wire.signed_for(environ)[0] == "sqs":
            return self._moto(environ, start_response)
        with self._one_at_a_time:
            return self._moto(environ, start_response)

    def _hooked_reply(self, environ: Environ) -> Reply | None:
        """The reply to a call that is not moto's alone."""
        service, region = wire.signed_for(environ)
        if service != "s3":
            # Objects are not held twice; everything else is small, and its name may stand in the body.
            wire.buffer_body(environ)
        if service not in self._hooked:
            return None
        operation = wire.operation_of(service, environ)
        if not registry.known(service, operation):
            return None
        wire.buffer_body(environ)
        parameters = wire.parameters(service, environ)
        call = Call(service, operation, region, environ, parameters, lambda: wire.collect(self._moto, environ))
        with self._one_at_a_time:
            return self._reply(call)

    def _reply(self, call: Call) -> Reply:
        try:
            if answer := registry.answer_to(call.service, call.operation):
                return wire.serialise(call, answer(call) or {})
            guard = registry.guard_of(call.service, call.operation)
            if guard and (instead := guard(call)) is not None:
                return wire.serialise(call, instead)
            reply = call.forward()
            if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
                return reply
            if retouch := registry.retouch_of(call.service, call.operation):
                retouch(reply)
            amendment = registry.amendment_to(call.service, call.operation)
            if amendment is None:
                return reply
            said = wire.parse_reply(call, reply)
            amendment(call, said)
            return wire.serialise(call, said)
        except Fault as fault:
            return wire.serialise(call, fault)
        except Exception as error:
            traceback.print_exc()
            self._gaps.add(call.environ, f"{type(error).__name__}: {error}")
            return wire.generic_fault(call.environ, "EmulatorFault", "the emulator failed; see its log")

    def _backend(self, service: Any) -> Flask:
        """Moto's application for one service, which says what it lacks instead of failing."""
        app = create_backend_app(service)
        # Without these handlers moto answers 500, and SDKs repeat that for minutes.
        app.register_error_handler(HTTPException, self._refused)
        app.register_error_handler(Exception, self._failed)
        return app

    def _refused(self, error: HTTPException) -> Any:
        # Moto's own refusals are subclasses of werkzeug's; the plain ones come from the router and from forms that
        # lack what moto reads.
        if not type(error).__module__.startswith("werkzeug."):
            return error
        return self._gap("no such path" if isinstance(error, NotFound) else f"{error.code} {error.name}")

    def _failed(self, error: Exception) -> Response:
        if not isinstance(error, NotImplementedError):
            traceback.print_exception(error)
        return self._gap(f"{type(error).__name__}: {error}")

    def _gap(self, reason: str) -> Response:
        environ = request.environ
        self._gaps.add(environ, reason)
        reply = wire.generic_fault(environ, "NotInEmulator", "the emulator does not know this call")
        return Response(reply.body, reply.status, reply.headers)
