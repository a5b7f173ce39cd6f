"""What tests need that ask the emulator: one in this process, and clients for it."""

from __future__ import annotations

import os
import threading
import unittest
from typing import Any

# An emulator needs neither real credentials nor certificates; botocore would read these files although nothing speaks TLS.
for _name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
    os.environ.pop(_name, None)
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

from emulator.server import Emulator, Gaps  # noqa: E402


class _Quiet(MotoRequestHandler):
    def log(self, *_: Any) -> None:
        """Requests are not worth a line in a test."""


class EmulatorTest(unittest.TestCase):
    """Has no tests of its own. Moto's state is the process's: names differ from test to test."""

    gaps: Gaps
    url: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.gaps = Gaps(None)
        handler: type[WSGIRequestHandler] = _Quiet
        cls._server = make_server("127.0.0.1", 0, Emulator(cls.gaps), threaded=True, request_handler=handler)
        cls.url = f"http://127.0.0.1:{cls._server.server_port}"
        threading.Thread(target=cls._server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls._server.shutdown()

    def client(self, service: str, **config: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}, **config),
        )

    def refusal(self, call: Any, **arguments: Any) -> str:
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        return raised.exception.response["Error"]["Code"]
