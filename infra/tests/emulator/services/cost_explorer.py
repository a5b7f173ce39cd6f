"""Cost Explorer: anomaly monitors and subscriptions, which moto 5.2 lacks."""

from __future__ import annotations

from ..registry import answers
from ..shelf import Shelf, Tags, number
from ..wire import ACCOUNT, Call, Parameters

_monitors = Shelf("UnknownMonitorException")
_subscriptions = Shelf("UnknownSubscriptionException")
_tags = Tags()


def _arn(kind: str) -> str:
    return f"arn:aws:ce::{ACCOUNT}:{kind}/00000000-0000-4000-c000-{number():012d}"


@answers("ce", "CreateAnomalyMonitor")
def create_monitor(call: Call) -> Parameters:
    arn = _arn("anomalymonitor")
    _monitors.put(arn, {**call["AnomalyMonitor"], "MonitorArn": arn})
    _tags.add(arn, call.get("ResourceTags"))
    return {"MonitorArn": arn}


@answers("ce", "GetAnomalyMonitors")
def get_monitors(call: Call) -> Parameters:
    asked = call.get("MonitorArnList")
    return {"AnomalyMonitors": [_monitors.get(arn) for arn in asked] if asked else _monitors.all()}


@answers("ce", "UpdateAnomalyMonitor")
def update_monitor(call: Call) -> Parameters:
    _monitors.get(call["MonitorArn"]).update(call.parameters)
    return {"MonitorArn": call["MonitorArn"]}


@answers("ce", "DeleteAnomalyMonitor")
def delete_monitor(call: Call) -> Parameters:
    _monitors.take(call["MonitorArn"])
    return {}


@answers("ce", "CreateAnomalySubscription")
def create_subscription(call: Call) -> Parameters:
    arn = _arn("anomalysubscription")
    _subscriptions.put(arn, {**call["AnomalySubscription"], "SubscriptionArn": arn, "AccountId": ACCOUNT})
    _tags.add(arn, call.get("ResourceTags"))
    return {"SubscriptionArn": arn}


@answers("ce", "GetAnomalySubscriptions")
def get_subscriptions(call: Call) -> Parameters:
    asked = call.get("SubscriptionArnList")
    return {"AnomalySubscriptions": [_subscriptions.get(arn) for arn in asked] if asked else _subscriptions.all()}


@answers("ce", "UpdateAnomalySubscription")
def update_subscription(call: Call) -> Parameters:
    _subscriptions.get(call["SubscriptionArn"]).update(call.parameters)
    return {"SubscriptionArn": call["SubscriptionArn"]}


@answers("ce", "DeleteAnomalySubscription")
def delete_subscription(call: Call) -> Parameters:
    _subscriptions.take(call["SubscriptionArn"])
    return {}


@answers("ce", "ListTagsForResource")
def list_tags(call: Call) -> Parameters:
    return {"ResourceTags": _tags.list_of(call["ResourceArn"])}


@answers("ce", "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["ResourceArn"], call["ResourceTags"])
    return {}


@answers("ce", "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["ResourceArn"], call["ResourceTagKeys"])
    return {}
