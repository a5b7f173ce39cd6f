"""From HTTP to a call with a name and parameters, and back, by botocore's models of the services.

Owns the protocols (query, JSON, REST in XML and JSON), for which moto's parsers and serialisers are used.
Knows nothing of any one service but under which name it signs.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

Environ = dict[str, Any]
Parameters = dict[str, Any]

ACCOUNT = "123456789012"
_SCOPE = re.compile(r"Credential=[^/&]+/\d+/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")
# Services that sign by another name than that of their model.
_SIGNED_AS = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "email": "sesv2",
    "tagging": "resourcegroupstaggingapi",
}


class Fault(ServiceException):
    """A refusal, by the code that AWS documents for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Call:
    """One request to AWS. `forward` lets moto answer it."""

    service: str
    operation: str
    region: str
    environ: Environ
    parameters: Parameters
    forward: Callable[[], Reply]

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.parameters.get(name, default)

    def arn(self, resource: str, service: str | None = None) -> str:
        return f"arn:aws:{service or self.service}:{self.region}:{ACCOUNT}:{resource}"


def signed_for(environ: Environ) -> tuple[str, str]:
    """The service and region that a request was signed for; empty where it was not signed."""
    # A presigned URL has in its query what others have in a header.
    signature = environ.get("HTTP_AUTHORIZATION") or unquote(environ.get("QUERY_STRING", ""))
    scope = _SCOPE.search(signature)
    if scope is None:
        return "", ""
    name = scope["service"].lower()
    return _SIGNED_AS.get(name, name), scope["region"]


def buffer_body(environ: Environ) -> bytes:
    """Reads the body, unless that was done, and puts it back for whoever reads next."""
    if isinstance(environ["wsgi.input"], io.BytesIO):
        return environ["wsgi.input"].getvalue()
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def operation_of(service: str, environ: Environ) -> str:
    """The name of the operation; empty where the model knows none for this request."""
    try:
        return _match(service, environ)[0].name
    except (NotFound, NotImplementedError, LookupError):
        return ""


def _match(service: str, environ: Environ) -> tuple[Any, dict[str, Any]]:
    return get_service_router(service).match(_request(environ))


def _request(environ: Environ) -> Request:
    """The request, with a body of its own: parsing a form reads it to its end."""
    return Request({**environ, "wsgi.input": io.BytesIO(_buffered(environ))})


def _buffered(environ: Environ) -> bytes:
    body = environ["wsgi.input"]
    return body.getvalue() if isinstance(body, io.BytesIO) else b""


def parameters(service: str, environ: Environ) -> Parameters:
    operation, uri = _match(service, environ)
    request = _request(environ)
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    parser = PROTOCOL_PARSERS[protocol](operation, map_type=dict)
    parsed = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": _buffered(environ),
            "url_path": request.path,
            "url_params": uri,
        }
    )
    return parsed or {}


def parse_reply(call: Call, reply: Reply) -> Parameters:
    """What moto said, as data."""
    model = get_service_model(call.service)
    parser = create_parser(_protocol(call))
    raw = {"status_code": reply.status, "headers": {k.lower(): v for k, v in reply.headers}, "body": reply.body}
    answer = parser.parse(raw, model.operation_model(call.operation).output_shape)
    answer.pop("ResponseMetadata", None)
    return answer


def serialise(call: Call, answer: Parameters | Fault) -> Reply:
    model = get_service_model(call.service)
    serializer = get_serializer_class(model.service_name, _protocol(call))(
        operation_model=model.operation_model(call.operation), value_picker=XFormedAttributePicker()
    )
    made = serializer.serialize(answer)
    body = made["body"]
    headers = [(name, str(value)) for name, value in made["headers"].items()]
    return Reply(int(made["status_code"]), headers, body.encode() if isinstance(body, str) else body)


def _protocol(call: Call) -> str:
    return determine_request_protocol(get_service_model(call.service), call.environ.get("CONTENT_TYPE"))


def generic_fault(environ: Environ, code: str, message: str) -> Reply:
    """A refusal for a request whose operation is not known, in the two shapes that SDKs read."""
    if "json" in environ.get("CONTENT_TYPE", ""):
        text = f'{{"__type": "{code}", "message": "{message}"}}'
        return Reply(400, [("Content-Type", "application/json"), ("x-amzn-errortype", code)], text.encode())
    text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Reply(400, [("Content-Type", "text/xml")], text.encode())


def collect(app: Callable[..., Iterable[bytes]], environ: Environ) -> Reply:
    """Runs a WSGI application to its end."""
    status, headers = 0, []

    def start_response(line: str, fields: list[tuple[str, str]], _info: object = None) -> Callable[[bytes], None]:
        nonlocal status, headers
        status, headers = int(line.split(" ", 1)[0]), fields
        return lambda _chunk: None

    chunks = app(environ, start_response)
    body = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
    return Reply(status, headers, body)
