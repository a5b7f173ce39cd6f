"""EC2: descriptions of security group rules that name another group or a prefix list, which moto 5.2 loses."""

from __future__ import annotations

from typing import Any

from ..registry import amends
from ..wire import Call, Parameters

_descriptions: dict[str, str] = {}


@amends("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorised(call: Call, answer: Parameters) -> None:
    given = [description for permission in call.get("IpPermissions", []) for description in _of(permission)]
    for rule, description in zip(answer.get("SecurityGroupRules", []), given, strict=False):
        if description:
            _descriptions[rule["SecurityGroupRuleId"]] = description
    _describe(answer)


def _of(permission: dict[str, Any]) -> list[str]:
    lists = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
    return [source.get("Description", "") for name in lists for source in permission.get(name, [])]


@amends("ec2", "DescribeSecurityGroupRules")
def described(_call: Call, answer: Parameters) -> None:
    _describe(answer)


def _describe(answer: Parameters) -> None:
    for rule in answer.get("SecurityGroupRules", []):
        rule["Description"] = rule.get("Description") or _descriptions.get(rule["SecurityGroupRuleId"], "")


@amends("ec2", "ModifySecurityGroupRules")
def modified(call: Call, _answer: Parameters) -> None:
    for change in call["SecurityGroupRules"]:
        _descriptions[change["SecurityGroupRuleId"]] = change["SecurityGroupRule"].get("Description", "")
