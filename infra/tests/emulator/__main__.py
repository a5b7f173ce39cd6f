"""`python -m emulator --port 5599 --gaps FILE`: serves on 127.0.0.1 until it is ended."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

# Read by moto when it is imported: managed policies can be attached, certificates are valid at once.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="emulator", description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--gaps", type=Path, help="file for the calls that nobody could answer")
    given = arguments.parse_args()
    os.environ["MOTO_PORT"] = str(given.port)

    # Only now: importing moto reads the environment.
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import run_simple

    from .server import Emulator, Gaps

    run_simple("127.0.0.1", given.port, Emulator(Gaps(given.gaps)), threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
