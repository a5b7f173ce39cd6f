"""Whether every role is within the boundary that bootstrap makes, and the boundary leaves it what it is given.

Without the first the continuous deployment could not make the role; without the second it would be refused at run time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from .permissions import role_documents
from .policy import permits, statements
from .stack import Finding, Stack

# What a request tells of itself, where the boundary asks for it.
_CONTEXT = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}


def check(stack: Stack, file: Path) -> Iterator[Finding]:
    boundary = json.loads(file.read_text())
    for role in stack.of("aws_iam_role"):
        if role.get("permissions_boundary") != boundary["arn"]:
            yield Finding(role.address, "has not bootstrap's boundary: the continuous deployment could not make it")
        if not str(role.get("name")).startswith("tintype-"):
            yield Finding(role.address, f"{role.get('name')} is without the prefix tintype-: the deployment could not make it")
        for document in role_documents(stack, role.get("arn")):
            for statement in statements(document):
                for action, resource in ((action, one) for action in statement.actions for one in statement.resources):
                    if statement.allows and not permits([boundary["document"]], action, resource, **_CONTEXT):
                        yield Finding(role.address, f"is given {action} on {resource}, which the boundary does not leave it")
