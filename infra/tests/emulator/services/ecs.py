"""ECS: what moto 5.2 forgets of a service's definition, and tasks on Fargate.

Moto adds up the memory of a task's containers to place it on an instance, and fails where a container leaves it to the task. On
Fargate there is nothing to place. Tasks run by themselves: each look at one moves it a step, until it ended with 0.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend
from moto.ecs.models import EC2ContainerServiceBackend

from ..registry import amends
from ..wire import ACCOUNT, Call, Parameters

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


def _nothing_to_place(_definition: Any) -> dict[str, Any]:
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(_nothing_to_place)


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
        # What is wanted runs: waiting for a service to be stable ends at once.
        for one in (service, *service.get("deployments", [])):
            one.update(runningCount=one.get("desiredCount", 0), pendingCount=0)
        for deployment in service.get("deployments", []):
            deployment.update(rolloutState="COMPLETED")


@amends("ecs", "DescribeTasks")
def tasks_described(call: Call, answer: Parameters) -> None:
    """Moto tells of one container without a name; here each of the definition's is told, with its end."""
    for task in answer.get("tasks", []):
        definition = get_backend("ecs")[ACCOUNT][call.region].describe_task_definition(task["taskDefinitionArn"])
        ended = {"exitCode": 0} if task["lastStatus"] == "STOPPED" else {}
        task["containers"] = [
            {"name": one["name"], "image": one["image"], "taskArn": task["taskArn"], "lastStatus": task["lastStatus"], **ended}
            for one in definition.container_definitions
        ]
