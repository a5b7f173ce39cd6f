"""`python -m gates.outputs FILE`: from `terraform output -json` to the variables that the adapters' tests read.

Prints NAME=VALUE, one a line; nothing for an output that is not there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

# The tests' variable, and where an environment's outputs have it.
VARIABLES = {
    "TINTYPE_TEST_S3_BUCKET": ("buckets", "uploads"),
    "TINTYPE_TEST_SQS_QUEUE_URL": ("queue_url",),
    "TINTYPE_TEST_SQS_DEAD_LETTER_URL": ("dead_letter_queue_url",),
    "TINTYPE_TEST_SNS_TOPIC": ("events_topic_arn",),
}


def variables(outputs: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name, path in VARIABLES.items():
        value: Any = {key: one["value"] for key, one in outputs.items()}
        for step in path:
            value = value.get(step, {}) if isinstance(value, dict) else {}
        if isinstance(value, str) and value:
            found[name] = value
    return found


if __name__ == "__main__":
    for variable, text in variables(json.loads(Path(sys.argv[1]).read_text())).items():
        print(f"{variable}={text}")
