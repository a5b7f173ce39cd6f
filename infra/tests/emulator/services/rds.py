"""RDS: ids of instances, and what moto 5.2 forgets of them.

In moto every instance has the same resource id, by which the provider finds it; monitoring and Performance Insights
are not kept; a replica takes them from its primary, where RDS takes what the call says; and a parameter group's
parameters are read back empty.
"""

from __future__ import annotations

from moto.backends import get_backend

from ..registry import amends, answers
from ..shelf import number
from ..wire import ACCOUNT, Call, Fault, Parameters

_KEPT = {
    "MonitoringInterval": ("MonitoringInterval", 0),
    "MonitoringRoleArn": ("MonitoringRoleArn", None),
    "EnablePerformanceInsights": ("PerformanceInsightsEnabled", False),
    "PerformanceInsightsKMSKeyId": ("PerformanceInsightsKMSKeyId", None),
    "PerformanceInsightsRetentionPeriod": ("PerformanceInsightsRetentionPeriod", None),
    "EnableIAMDatabaseAuthentication": ("IAMDatabaseAuthenticationEnabled", False),
    "MaxAllocatedStorage": ("MaxAllocatedStorage", None),
    "EnableCloudwatchLogsExports": ("EnabledCloudwatchLogsExports", []),
}
_written: dict[str, Parameters] = {}
_parameters: dict[str, dict[str, Parameters]] = {}


@amends("rds", "CreateDBInstance", "CreateDBInstanceReadReplica")
def created(call: Call, answer: Parameters) -> None:
    name = call["DBInstanceIdentifier"]
    instance = get_backend("rds")[ACCOUNT][call.region].databases[name]
    instance.dbi_resource_id = f"db-{number():026d}"
    answer["DBInstance"]["DbiResourceId"] = instance.dbi_resource_id
    _written[name] = {shown: default for shown, default in _KEPT.values()}
    _keep(call, answer["DBInstance"])


@amends("rds", "ModifyDBInstance")
def modified(call: Call, answer: Parameters) -> None:
    exports = call.get("CloudwatchLogsExportConfiguration")
    if exports:
        kept = set(_written[call["DBInstanceIdentifier"]]["EnabledCloudwatchLogsExports"])
        kept = (kept | set(exports.get("EnableLogTypes", []))) - set(exports.get("DisableLogTypes", []))
        _written[call["DBInstanceIdentifier"]]["EnabledCloudwatchLogsExports"] = sorted(kept)
    _keep(call, answer["DBInstance"])


def _keep(call: Call, instance: Parameters) -> None:
    kept = _written.setdefault(call["DBInstanceIdentifier"], {})
    kept.update({shown: call[given] for given, (shown, _) in _KEPT.items() if given in call.parameters})
    _overlay(instance)


def _overlay(instance: Parameters) -> None:
    for name, value in _written.get(instance["DBInstanceIdentifier"], {}).items():
        if value is None:
            instance.pop(name, None)
        else:
            instance[name] = value


@amends("rds", "DescribeDBInstances")
def described(_call: Call, answer: Parameters) -> None:
    for instance in answer.get("DBInstances", []):
        _overlay(instance)


@amends("rds", "ModifyDBParameterGroup")
def parameters_written(call: Call, _answer: Parameters) -> None:
    group = _parameters.setdefault(call["DBParameterGroupName"], {})
    for parameter in call["Parameters"]:
        group[parameter["ParameterName"]] = {"Source": "user", "IsModifiable": True, **parameter}


@amends("rds", "ResetDBParameterGroup")
def parameters_reset(call: Call, _answer: Parameters) -> None:
    for parameter in call.get("Parameters", []):
        _parameters.get(call["DBParameterGroupName"], {}).pop(parameter["ParameterName"], None)


@amends("rds", "CreateDBParameterGroup")
def group_created(call: Call, _answer: Parameters) -> None:
    _parameters.pop(call["DBParameterGroupName"], None)


@answers("rds", "DescribeDBParameters")
def parameters(call: Call) -> Parameters:
    name = call["DBParameterGroupName"]
    if name not in get_backend("rds")[ACCOUNT][call.region].db_parameter_groups:
        raise Fault("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    return {"Parameters": list(_parameters.get(name, {}).values())}
