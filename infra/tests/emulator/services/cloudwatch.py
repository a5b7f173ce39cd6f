"""CloudWatch: composite alarms, which moto 5.2 lacks. Alarms are stored and never evaluated."""

from __future__ import annotations

from ..registry import amends, answers
from ..shelf import Shelf, Tags, now
from ..wire import Call, Parameters

_composite = Shelf("ResourceNotFound")
_tags = Tags()


@answers("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(call: Call) -> Parameters:
    arn = call.arn(f"alarm:{call['AlarmName']}")
    alarm = {key: value for key, value in call.parameters.items() if key != "Tags"}
    alarm.setdefault("ActionsEnabled", True)
    _composite.put(
        call["AlarmName"], {**alarm, "AlarmArn": arn, "StateValue": "INSUFFICIENT_DATA", "StateUpdatedTimestamp": now()}
    )
    _tags.add(arn, call.get("Tags"))
    return {}


@amends("cloudwatch", "DescribeAlarms")
def described(call: Call, answer: Parameters) -> None:
    names, prefix = call.get("AlarmNames"), call.get("AlarmNamePrefix", "")
    if "CompositeAlarm" not in call.get("AlarmTypes", ["MetricAlarm"] if not names else ["CompositeAlarm"]):
        return
    answer["CompositeAlarms"] = [
        alarm
        for alarm in _composite.all()
        if (not names or alarm["AlarmName"] in names) and alarm["AlarmName"].startswith(prefix)
    ]


@amends("cloudwatch", "DeleteAlarms")
def deleted(call: Call, _answer: Parameters) -> None:
    for name in call["AlarmNames"]:
        if name in _composite:
            _tags.forget(_composite.take(name)["AlarmArn"])


@amends("cloudwatch", "ListTagsForResource")
def list_tags(call: Call, answer: Parameters) -> None:
    answer["Tags"] = answer.get("Tags") or _tags.list_of(call["ResourceARN"])
