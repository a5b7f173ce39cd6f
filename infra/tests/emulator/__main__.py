"""`python -m emulator --port 5599`: serves on 127.0.0.1 until it is ended."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

# Read by moto when it is imported: managed policies can be attached, certificates are valid at once.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")
# SQS purges a queue once a minute; tests that follow each other want it empty sooner.
os.environ.setdefault("MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR", "false")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="emulator", description=__doc__)
    arguments.add_argument("--port", type=int, default=0, help="0, the default: any free one")
    arguments.add_argument("--url-file", type=Path, help="file for the address, written when requests are answered")
    arguments.add_argument("--gaps", type=Path, help="file for the calls that nobody could answer")
    given = arguments.parse_args()

    # Only now: importing moto reads the environment.
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    from .server import Emulator, Gaps

    # An address and not a name: for an address every SDK puts the bucket into the path.
    server = make_server("127.0.0.1", given.port, Emulator(Gaps(given.gaps)), threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.server_port)
    if given.url_file:
        given.url_file.write_text(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


if __name__ == "__main__":
    main()
