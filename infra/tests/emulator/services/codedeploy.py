"""CodeDeploy, whole: applications, deployment configurations, groups, and deployments that run to their end.

Moto 5.2 has no deployment configurations, loses a group's alarms, and leaves a deployment at `Created` for ever. Here
one moves a step each time it is looked at: InProgress, Ready (where the group waits for approval), Succeeded.
"""

from __future__ import annotations

from ..registry import answers
from ..shelf import Shelf, Tags, now, number
from ..wire import Call, Fault, Parameters

_applications = Shelf("ApplicationDoesNotExistException")
_configs = Shelf("DeploymentConfigDoesNotExistException")
_groups = Shelf("DeploymentGroupDoesNotExistException")
_deployments = Shelf("DeploymentDoesNotExistException")
_tags = Tags()


@answers("codedeploy", "CreateApplication")
def create_application(call: Call) -> Parameters:
    name = call["applicationName"]
    if name in _applications:
        raise Fault("ApplicationAlreadyExistsException", f"{name} exists")
    application = {
        "applicationId": f"00000000-0000-4000-8000-{number():012d}",
        "applicationName": name,
        "createTime": now(),
        "linkedToGitHub": False,
        "computePlatform": call.get("computePlatform", "Server"),
    }
    _tags.add(call.arn(f"application:{name}"), call.get("tags"))
    return {"applicationId": _applications.put(name, application)["applicationId"]}


@answers("codedeploy", "GetApplication")
def get_application(call: Call) -> Parameters:
    return {"application": _applications.get(call["applicationName"])}


@answers("codedeploy", "ListApplications")
def list_applications(_call: Call) -> Parameters:
    return {"applications": [application["applicationName"] for application in _applications.all()]}


@answers("codedeploy", "DeleteApplication")
def delete_application(call: Call) -> Parameters:
    _applications.take(call["applicationName"])
    return {}


@answers("codedeploy", "CreateDeploymentConfig")
def create_deployment_config(call: Call) -> Parameters:
    name = call["deploymentConfigName"]
    if name in _configs:
        raise Fault("DeploymentConfigAlreadyExistsException", f"{name} exists")
    made = {"deploymentConfigId": f"00000000-0000-4000-9000-{number():012d}", "createTime": now()}
    _configs.put(name, {"computePlatform": "Server", **call.parameters, **made})
    return made


@answers("codedeploy", "GetDeploymentConfig")
def get_deployment_config(call: Call) -> Parameters:
    return {"deploymentConfigInfo": _configs.get(call["deploymentConfigName"])}


@answers("codedeploy", "DeleteDeploymentConfig")
def delete_deployment_config(call: Call) -> Parameters:
    name = call["deploymentConfigName"]
    if any(group.get("deploymentConfigName") == name for group in _groups.all()):
        raise Fault("DeploymentConfigInUseException", f"{name} is in use")
    _configs.take(name)
    return {}


@answers("codedeploy", "CreateDeploymentGroup")
def create_deployment_group(call: Call) -> Parameters:
    application, name = call["applicationName"], call["deploymentGroupName"]
    _known(call)
    if (application, name) in _groups:
        raise Fault("DeploymentGroupAlreadyExistsException", f"{name} exists")
    group = {key: value for key, value in call.parameters.items() if key != "tags"}
    group["deploymentGroupId"] = f"00000000-0000-4000-a000-{number():012d}"
    group["computePlatform"] = _applications.get(application)["computePlatform"]
    group.setdefault("deploymentConfigName", "CodeDeployDefault.OneAtATime")
    group.setdefault("triggerConfigurations", [])
    _tags.add(call.arn(f"deploymentgroup:{application}/{name}"), call.get("tags"))
    return {"deploymentGroupId": _groups.put((application, name), group)["deploymentGroupId"]}


@answers("codedeploy", "UpdateDeploymentGroup")
def update_deployment_group(call: Call) -> Parameters:
    application, name = call["applicationName"], call["currentDeploymentGroupName"]
    group = _groups.take((application, name))
    _known(call)
    skipped = ("currentDeploymentGroupName", "newDeploymentGroupName")
    group.update({key: value for key, value in call.parameters.items() if key not in skipped})
    group["deploymentGroupName"] = call.get("newDeploymentGroupName") or name
    _groups.put((application, group["deploymentGroupName"]), group)
    return {"hooksNotCleanedUp": []}


def _known(call: Call) -> None:
    """A group's configuration must exist; AWS brings those whose name begins with CodeDeployDefault."""
    name = call.get("deploymentConfigName")
    if name and not name.startswith("CodeDeployDefault."):
        _configs.get(name)


@answers("codedeploy", "GetDeploymentGroup")
def get_deployment_group(call: Call) -> Parameters:
    _applications.get(call["applicationName"])
    return {"deploymentGroupInfo": _groups.get((call["applicationName"], call["deploymentGroupName"]))}


@answers("codedeploy", "ListDeploymentGroups")
def list_deployment_groups(call: Call) -> Parameters:
    name = call["applicationName"]
    groups = [group["deploymentGroupName"] for group in _groups.all() if group["applicationName"] == name]
    return {"applicationName": name, "deploymentGroups": groups}


@answers("codedeploy", "DeleteDeploymentGroup")
def delete_deployment_group(call: Call) -> Parameters:
    _groups.take((call["applicationName"], call["deploymentGroupName"]))
    return {"hooksNotCleanedUp": []}


@answers("codedeploy", "CreateDeployment")
def create_deployment(call: Call) -> Parameters:
    group = _groups.get((call["applicationName"], call["deploymentGroupName"]))
    identifier = f"d-{number():09d}"
    options = group.get("blueGreenDeploymentConfiguration", {}).get("deploymentReadyOption", {})
    steps = ["InProgress", "Succeeded"]
    if options.get("actionOnTimeout") == "STOP_DEPLOYMENT":
        steps.insert(1, "Ready")
    _deployments.put(identifier, {**call.parameters, "deploymentId": identifier, "createTime": now(), "steps": steps})
    return {"deploymentId": identifier}


@answers("codedeploy", "GetDeployment")
def get_deployment(call: Call) -> Parameters:
    deployment = _deployments.get(call["deploymentId"])
    steps = deployment["steps"]
    info = {key: value for key, value in deployment.items() if key != "steps"} | {"status": steps[0]}
    # `Ready` waits for somebody; the last step stays.
    if len(steps) > 1 and steps[0] != "Ready":
        steps.pop(0)
    return {"deploymentInfo": info}


@answers("codedeploy", "ContinueDeployment")
def continue_deployment(call: Call) -> Parameters:
    deployment = _deployments.get(call["deploymentId"])
    if deployment["steps"][0] != "Ready":
        raise Fault("DeploymentIsNotInReadyStateException", f"{call['deploymentId']} does not wait")
    deployment["steps"].pop(0)
    return {}


@answers("codedeploy", "StopDeployment")
def stop_deployment(call: Call) -> Parameters:
    deployment = _deployments.get(call["deploymentId"])
    if deployment["steps"][0] in ("Succeeded", "Stopped"):
        raise Fault("DeploymentAlreadyCompletedException", f"{call['deploymentId']} is over")
    deployment["steps"] = ["Stopped"]
    return {"status": "Succeeded", "statusMessage": "stopped"}


@answers("codedeploy", "ListTagsForResource")
def list_tags(call: Call) -> Parameters:
    return {"Tags": _tags.list_of(call["ResourceArn"])}


@answers("codedeploy", "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["ResourceArn"], call["Tags"])
    return {}


@answers("codedeploy", "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["ResourceArn"], call["TagKeys"])
    return {}
