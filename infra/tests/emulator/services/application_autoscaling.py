"""Application Auto Scaling: tags of scalable targets, which moto 5.2 lacks and the provider asks for at every read."""

from __future__ import annotations

from ..registry import amends, answers
from ..shelf import Tags
from ..wire import Call, Parameters

_SERVICE = "application-autoscaling"
_tags = Tags()


@amends(_SERVICE, "RegisterScalableTarget")
def registered(call: Call, answer: Parameters) -> None:
    _tags.add(answer.get("ScalableTargetARN", ""), call.get("Tags"))


@answers(_SERVICE, "ListTagsForResource")
def list_tags(call: Call) -> Parameters:
    return {"Tags": _tags.of(call["ResourceARN"])}


@answers(_SERVICE, "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["ResourceARN"], call["Tags"])
    return {}


@answers(_SERVICE, "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["ResourceARN"], call["TagKeys"])
    return {}
