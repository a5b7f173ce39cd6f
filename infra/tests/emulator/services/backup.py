"""AWS Backup: selections, recovery points (there are never any), and tags of vaults and plans.

Moto 5.2 keeps plans and vaults; it has no selections, refuses the question that deleting a vault begins with, and
loses tags.
"""

from __future__ import annotations

from ..registry import amends, answers
from ..shelf import Shelf, Tags, now, number
from ..wire import Call, Parameters

_selections = Shelf("ResourceNotFoundException")
_policies = Shelf("ResourceNotFoundException")
_notifications = Shelf("ResourceNotFoundException")
_tags = Tags()


@amends("backup", "CreateBackupVault")
def vault_created(call: Call, answer: Parameters) -> None:
    _tags.add(answer["BackupVaultArn"], call.get("BackupVaultTags"))


@amends("backup", "CreateBackupPlan")
def plan_created(call: Call, answer: Parameters) -> None:
    _tags.add(answer["BackupPlanArn"], call.get("BackupPlanTags"))


@answers("backup", "ListTags")
def list_tags(call: Call) -> Parameters:
    return {"Tags": _tags.of(call["ResourceArn"])}


@answers("backup", "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["ResourceArn"], call["Tags"])
    return {}


@answers("backup", "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["ResourceArn"], call["TagKeyList"])
    return {}


@answers("backup", "CreateBackupSelection")
def create_selection(call: Call) -> Parameters:
    made = {
        "SelectionId": f"00000000-0000-4000-b000-{number():012d}",
        "BackupPlanId": call["BackupPlanId"],
        "CreationDate": now(),
    }
    _selections.put((call["BackupPlanId"], made["SelectionId"]), {**made, "BackupSelection": call["BackupSelection"]})
    return made


@answers("backup", "GetBackupSelection")
def get_selection(call: Call) -> Parameters:
    return _selections.get((call["BackupPlanId"], call["SelectionId"]))


@answers("backup", "ListBackupSelections")
def list_selections(call: Call) -> Parameters:
    mine = [selection for selection in _selections.all() if selection["BackupPlanId"] == call["BackupPlanId"]]
    return {"BackupSelectionsList": [{**one, "SelectionName": one["BackupSelection"]["SelectionName"]} for one in mine]}


@answers("backup", "DeleteBackupSelection")
def delete_selection(call: Call) -> Parameters:
    _selections.take((call["BackupPlanId"], call["SelectionId"]))
    return {}


@answers("backup", "ListRecoveryPointsByBackupVault")
def list_recovery_points(_call: Call) -> Parameters:
    return {"RecoveryPoints": []}


@answers("backup", "PutBackupVaultAccessPolicy")
def put_vault_policy(call: Call) -> Parameters:
    _policies.put(call["BackupVaultName"], call["Policy"])
    return {}


@answers("backup", "GetBackupVaultAccessPolicy")
def get_vault_policy(call: Call) -> Parameters:
    policy = _policies.get(call["BackupVaultName"])
    return {"BackupVaultName": call["BackupVaultName"], "BackupVaultArn": _vault_arn(call), "Policy": policy}


@answers("backup", "DeleteBackupVaultAccessPolicy")
def delete_vault_policy(call: Call) -> Parameters:
    _policies.take(call["BackupVaultName"])
    return {}


@answers("backup", "PutBackupVaultNotifications")
def put_notifications(call: Call) -> Parameters:
    _notifications.put(call["BackupVaultName"], dict(call.parameters))
    return {}


@answers("backup", "GetBackupVaultNotifications")
def get_notifications(call: Call) -> Parameters:
    return {**_notifications.get(call["BackupVaultName"]), "BackupVaultArn": _vault_arn(call)}


@answers("backup", "DeleteBackupVaultNotifications")
def delete_notifications(call: Call) -> Parameters:
    _notifications.take(call["BackupVaultName"])
    return {}


def _vault_arn(call: Call) -> str:
    return call.arn(f"backup-vault:{call['BackupVaultName']}")
