"""X-Ray: groups and sampling rules, whole. Moto 5.2 has only segments and traces."""

from __future__ import annotations

from ..registry import answers
from ..shelf import Shelf, Tags, now
from ..wire import Call, Fault, Parameters

# The code that X-Ray answers for whatever is not there.
_MISSING = "InvalidRequestException"
_groups = Shelf(_MISSING)
_rules = Shelf(_MISSING)
_tags = Tags()


@answers("xray", "CreateGroup")
def create_group(call: Call) -> Parameters:
    arn = call.arn(f"group/{call['GroupName']}/EMULATED")
    group = {"FilterExpression": "", **_without_tags(call), "GroupARN": arn}
    _tags.add(arn, call.get("Tags"))
    return {"Group": _groups.put(arn, group)}


@answers("xray", "GetGroup")
def get_group(call: Call) -> Parameters:
    return {"Group": _group(call)}


@answers("xray", "GetGroups")
def get_groups(_call: Call) -> Parameters:
    return {"Groups": _groups.all()}


@answers("xray", "UpdateGroup")
def update_group(call: Call) -> Parameters:
    group = _group(call)
    group.update(_without_tags(call))
    return {"Group": group}


@answers("xray", "DeleteGroup")
def delete_group(call: Call) -> Parameters:
    _groups.take(_group(call)["GroupARN"])
    return {}


def _group(call: Call) -> Parameters:
    for group in _groups.all():
        if call.get("GroupARN") == group["GroupARN"] or call.get("GroupName") == group["GroupName"]:
            return group
    raise Fault(_MISSING, "Group not found")


def _without_tags(call: Call) -> Parameters:
    return {key: value for key, value in call.parameters.items() if key != "Tags"}


@answers("xray", "CreateSamplingRule")
def create_rule(call: Call) -> Parameters:
    rule = call["SamplingRule"]
    rule["RuleARN"] = call.arn(f"sampling-rule/{rule['RuleName']}")
    _tags.add(rule["RuleARN"], call.get("Tags"))
    return {"SamplingRuleRecord": _rules.put(rule["RuleName"], {"SamplingRule": rule, "CreatedAt": now(), "ModifiedAt": now()})}


@answers("xray", "GetSamplingRules")
def get_rules(_call: Call) -> Parameters:
    return {"SamplingRuleRecords": _rules.all()}


@answers("xray", "UpdateSamplingRule")
def update_rule(call: Call) -> Parameters:
    change = call["SamplingRuleUpdate"]
    record = _rules.get(change.get("RuleName") or change["RuleARN"].rsplit("/", 1)[1])
    record["SamplingRule"].update(change)
    return {"SamplingRuleRecord": record}


@answers("xray", "DeleteSamplingRule")
def delete_rule(call: Call) -> Parameters:
    return {"SamplingRuleRecord": _rules.take(call.get("RuleName") or call["RuleARN"].rsplit("/", 1)[1])}


@answers("xray", "ListTagsForResource")
def list_tags(call: Call) -> Parameters:
    return {"Tags": _tags.list_of(call["ResourceARN"])}


@answers("xray", "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["ResourceARN"], call["Tags"])
    return {}


@answers("xray", "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["ResourceARN"], call["TagKeys"])
    return {}
