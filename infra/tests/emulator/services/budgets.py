"""Budgets, whole: moto 5.2 cannot say who is told of a budget, which the provider asks at every read."""

from __future__ import annotations

from typing import Any

from ..registry import answers
from ..shelf import Shelf, Tags
from ..wire import Call, Parameters

_budgets = Shelf("NotFoundException")
_tags = Tags()


def _notifications(call: Call) -> list[dict[str, Any]]:
    return _budgets.get(call["BudgetName"])["notifications"]


def _notification(call: Call, name: str = "Notification") -> dict[str, Any]:
    for known in _notifications(call):
        if known["Notification"] == call[name]:
            return known
    return {"Notification": call[name], "Subscribers": []}


@answers("budgets", "CreateBudget")
def create(call: Call) -> Parameters:
    budget = call["Budget"]
    _budgets.put(budget["BudgetName"], {"budget": budget, "notifications": call.get("NotificationsWithSubscribers", [])})
    _tags.add(_arn(budget["BudgetName"], call), call.get("ResourceTags"))
    return {}


def _arn(name: str, call: Call) -> str:
    return f"arn:aws:budgets::{call['AccountId']}:budget/{name}"


@answers("budgets", "DescribeBudget")
def describe(call: Call) -> Parameters:
    budget = _budgets.get(call["BudgetName"])["budget"]
    spent = {"ActualSpend": {"Amount": "0", "Unit": "USD"}}
    return {"Budget": {"CalculatedSpend": spent, **budget}}


@answers("budgets", "UpdateBudget")
def update(call: Call) -> Parameters:
    _budgets.get(call["NewBudget"]["BudgetName"])["budget"] = call["NewBudget"]
    return {}


@answers("budgets", "DeleteBudget")
def delete(call: Call) -> Parameters:
    _budgets.take(call["BudgetName"])
    return {}


@answers("budgets", "DescribeNotificationsForBudget")
def describe_notifications(call: Call) -> Parameters:
    return {"Notifications": [known["Notification"] for known in _notifications(call)]}


@answers("budgets", "DescribeSubscribersForNotification")
def describe_subscribers(call: Call) -> Parameters:
    return {"Subscribers": _notification(call)["Subscribers"]}


@answers("budgets", "CreateNotification")
def create_notification(call: Call) -> Parameters:
    _notifications(call).append({"Notification": call["Notification"], "Subscribers": call["Subscribers"]})
    return {}


@answers("budgets", "DeleteNotification")
def delete_notification(call: Call) -> Parameters:
    known = _notifications(call)
    known[:] = [one for one in known if one["Notification"] != call["Notification"]]
    return {}


@answers("budgets", "ListTagsForResource")
def list_tags(call: Call) -> Parameters:
    return {"ResourceTags": _tags.list_of(call["ResourceARN"])}


@answers("budgets", "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["ResourceARN"], call["ResourceTags"])
    return {}


@answers("budgets", "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["ResourceARN"], call["ResourceTagKeys"])
    return {}
