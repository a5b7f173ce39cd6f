"""docker-compose.yml, its images and its balancer against contract.toml.

On a laptop the services may share one environment, and a secret may stand in it: so variables may be more than a role's own,
but each has to be one that the contract knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .stack import Finding
from .tasks import ROLES, contract


def check(compose: Path) -> Iterator[Finding]:
    services: dict[str, Any] = yaml.safe_load(compose.read_text())["services"]
    images = (compose.parent / "docker" / "Dockerfile").read_text()
    for role in ROLES:
        if role in services:
            yield from _service(role, services[role], _set_by_image(images))
        else:
            yield Finding(compose.name, f"no service is named {role}")
    yield from _images(images)
    yield from _balancer((compose.parent / "docker" / "haproxy.cfg").read_text())


def _service(role: str, service: dict[str, Any], by_image: dict[str, str]) -> Iterator[Finding]:
    agreed, where = contract(), f"docker-compose.yml ({role})"
    image = agreed["image"].format(role=role)
    if not service.get("image", "").split(":")[0].endswith(image):
        yield Finding(where, f"runs {service.get('image')}, not {image}")
    environment = by_image | _as_map(service.get("environment") or {})
    roles = agreed["roles"].values()
    known = {name for one in roles for kind in ("required", "optional", "secrets") for name in one[kind]}
    known |= {*agreed["every"]["optional"], *agreed["laptop"]["more"]}
    for name in sorted(name for name in environment if name.startswith("TINTYPE_") and name not in known):
        yield Finding(where, f"the contract knows no {name}")
    for name in agreed["roles"][role]["required"]:
        if name not in environment and name not in agreed["laptop"]["without"]:
            yield Finding(where, f"{name} is missing")
    if role != "migrate" and environment.get("TINTYPE_LISTEN") != f"0.0.0.0:{agreed['port']}":
        yield Finding(where, f"listens on {environment.get('TINTYPE_LISTEN')}, not on port {agreed['port']}")


def _as_map(environment: dict[str, Any] | list[str]) -> dict[str, str]:
    if isinstance(environment, list):
        return dict(one.split("=", 1) for one in environment if "=" in one)
    return {name: str(value) for name, value in environment.items()}


def _set_by_image(dockerfile: str) -> dict[str, str]:
    words = [word for line in dockerfile.splitlines() if line.startswith("ENV ") for word in line.split()[1:]]
    return dict(word.split("=", 1) for word in words if word.startswith("TINTYPE_"))


def _images(dockerfile: str) -> Iterator[Finding]:
    agreed = contract()
    for role in ROLES:
        entry = f"ENTRYPOINT {json.dumps([agreed['program'], role])}"
        if entry not in dockerfile:
            yield Finding("docker/Dockerfile", f"no {entry}")
    health = json.dumps(agreed["health"]["container"][1:])
    if not any("HEALTHCHECK" in line and line.endswith(f"CMD {health}") for line in dockerfile.splitlines()):
        yield Finding("docker/Dockerfile", f"no health check by {health}")


def _balancer(config: str) -> Iterator[Finding]:
    agreed = contract()
    if f"uri {agreed['health']['ready']} " not in config:
        yield Finding("docker/haproxy.cfg", f"does not ask {agreed['health']['ready']}")
    for role, patterns in agreed["paths"].items():
        for pattern in patterns:
            rule = f"use_backend {role} if {{ path_beg {pattern.removesuffix('*')} }}"
            if rule not in config:
                yield Finding("docker/haproxy.cfg", f"no {rule}")
