"""ECS: what moto 5.2 forgets of a service's definition."""

from __future__ import annotations

from ..registry import amends
from ..wire import Call, Parameters

_FIELDS = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "networkConfiguration",
    "platformVersion",
    "propagateTags",
    "serviceConnectConfiguration",
    "serviceRegistries",
)
_written: dict[str, Parameters] = {}


def _overlay(service: Parameters) -> None:
    service.update(_written.get(service["serviceArn"], {}))
    if service.get("capacityProviderStrategy"):
        service.pop("launchType", None)
    elif service.get("launchType") == "FARGATE":
        service.setdefault("platformVersion", "LATEST")


@amends("ecs", "CreateService", "UpdateService")
def written(call: Call, answer: Parameters) -> None:
    service = answer["service"]
    known = _written.setdefault(service["serviceArn"], {}) if call.operation == "UpdateService" else {}
    known.update({name: call[name] for name in _FIELDS if name in call.parameters})
    _written[service["serviceArn"]] = known
    _overlay(service)


@amends("ecs", "DescribeServices")
def described(_call: Call, answer: Parameters) -> None:
    for service in answer.get("services", []):
        _overlay(service)
