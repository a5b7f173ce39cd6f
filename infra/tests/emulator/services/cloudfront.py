"""CloudFront, whole: distributions, origin access, policies, functions, VPC origins, invalidations, tags.

Moto 5.2 has no policies and no VPC origins, and what it reads back of a distribution is not what was written (functions
are lost, `ForwardedValues` are invented). Here a configuration is kept as it came. Everything is deployed at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..registry import answers
from ..shelf import Shelf, Tags, now, number
from ..wire import ACCOUNT, Call, Fault, Parameters

_tags = Tags()


def _arn(kind: str, identifier: str) -> str:
    # CloudFront is global: the region's field is empty.
    return f"arn:aws:cloudfront::{ACCOUNT}:{kind}/{identifier}"


def _tag_items(call_tags: Any) -> list[dict[str, str]]:
    return (call_tags or {}).get("Items", [])


@dataclass
class Stored:
    identifier: str
    config: Parameters
    etag: str
    more: Parameters

    def changed(self, config: Parameters) -> None:
        self.config = config
        self.etag = _etag()
        self.more["LastModifiedTime"] = now()


def _etag() -> str:
    return f"E{number():013d}"


def _matching(stored: Stored, call: Call) -> Stored:
    if call.get("IfMatch") != stored.etag:
        raise Fault("PreconditionFailed", "The If-Match version is missing or not the latest")
    return stored


class Kind:
    """Create, get, update, delete of a thing that has a configuration and an entity tag."""

    def __init__(self, name: str, config: str, missing: str, prefix: str) -> None:
        self.name, self.config, self.prefix = name, config, prefix
        self.shelf = Shelf(missing)
        answers("cloudfront", f"Create{name}")(self.create)
        answers("cloudfront", f"Get{name}")(lambda call: self.shown(self.shelf.get(call["Id"])))
        answers("cloudfront", f"Update{name}")(self.update)
        answers("cloudfront", f"Delete{name}")(self.delete)

    def more(self, _identifier: str, _config: Parameters) -> Parameters:
        return {"LastModifiedTime": now()}

    def shown(self, stored: Stored) -> Parameters:
        thing = {"Id": stored.identifier, self.config: stored.config, **stored.more}
        return {self.name: thing, "ETag": stored.etag, "Location": f"https://cloudfront.amazonaws.com/{stored.identifier}"}

    def made(self, config: Parameters) -> Stored:
        identifier = f"{self.prefix}{number():012d}"
        return self.shelf.put(identifier, Stored(identifier, config, _etag(), self.more(identifier, config)))

    def create(self, call: Call) -> Parameters:
        return self.shown(self.made(call[self.config]))

    def update(self, call: Call) -> Parameters:
        stored = _matching(self.shelf.get(call["Id"]), call)
        stored.changed(call[self.config])
        return self.shown(stored)

    def delete(self, call: Call) -> Parameters:
        _matching(self.shelf.get(call["Id"]), call)
        self.shelf.take(call["Id"])
        return {}


class ConfiguredKind(Kind):
    """Those whose configuration can also be read alone."""

    def __init__(self, name: str, config: str, missing: str, prefix: str) -> None:
        super().__init__(name, config, missing, prefix)
        answers("cloudfront", f"Get{name}Config")(self.config_alone)

    def config_alone(self, call: Call) -> Parameters:
        stored = self.shelf.get(call["Id"])
        return {self.config: stored.config, "ETag": stored.etag}


class Policies(ConfiguredKind):
    """Policies that distributions name by their id: one in use is not deleted."""

    def __init__(self, name: str, missing: str, in_use: str) -> None:
        super().__init__(name, f"{name}Config", missing, name.lower()[:4])
        self._in_use = in_use

    def delete(self, call: Call) -> Parameters:
        if any(_mentions(stored.config, call["Id"]) for stored in _distributions.shelf.all()):
            raise Fault(self._in_use, f"{call['Id']} is attached to a distribution")
        return super().delete(call)


def _mentions(value: Any, what: str) -> bool:
    if isinstance(value, dict):
        return any(_mentions(item, what) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, what) for item in value)
    return value == what


class AccessControls(Policies):
    def more(self, _identifier: str, _config: Parameters) -> Parameters:
        return {}


class VpcOrigins(Kind):
    def more(self, identifier: str, _config: Parameters) -> Parameters:
        return {"Arn": _arn("vpcorigin", identifier), "Status": "Deployed", "CreatedTime": now(), "LastModifiedTime": now()}

    def create(self, call: Call) -> Parameters:
        shown = super().create(call)
        _tags.add(shown["VpcOrigin"]["Arn"], _tag_items(call.get("Tags")))
        return shown

    def delete(self, call: Call) -> Parameters:
        shown = self.shown(self.shelf.get(call["Id"]))
        super().delete(call)
        return shown


class Distributions(ConfiguredKind):
    def more(self, identifier: str, _config: Parameters) -> Parameters:
        return {
            "ARN": _arn("distribution", identifier),
            "Status": "Deployed",
            "LastModifiedTime": now(),
            "DomainName": f"{identifier.lower()}.cloudfront.net",
            "InProgressInvalidationBatches": 0,
            "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0},
            "ActiveTrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        }

    def create_with_tags(self, call: Call) -> Parameters:
        given = call["DistributionConfigWithTags"]
        shown = self.shown(self.made(given["DistributionConfig"]))
        _tags.add(shown["Distribution"]["ARN"], _tag_items(given.get("Tags")))
        return shown

    def delete(self, call: Call) -> Parameters:
        if self.shelf.get(call["Id"]).config.get("Enabled"):
            raise Fault("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
        return super().delete(call)


_distributions = Distributions("Distribution", "DistributionConfig", "NoSuchDistribution", "E")
answers("cloudfront", "CreateDistributionWithTags")(_distributions.create_with_tags)
Policies("CachePolicy", "NoSuchCachePolicy", "CachePolicyInUse")
Policies("OriginRequestPolicy", "NoSuchOriginRequestPolicy", "OriginRequestPolicyInUse")
Policies("ResponseHeadersPolicy", "NoSuchResponseHeadersPolicy", "ResponseHeadersPolicyInUse")
AccessControls("OriginAccessControl", "NoSuchOriginAccessControl", "OriginAccessControlInUse")
VpcOrigins("VpcOrigin", "VpcOriginEndpointConfig", "EntityNotFound", "vo_")


@answers("cloudfront", "ListDistributions")
def list_distributions(_call: Call) -> Parameters:
    items = [_distributions.shown(stored)["Distribution"] for stored in _distributions.shelf.all()]
    summaries = [{**item, **item["DistributionConfig"]} for item in items]
    return {"DistributionList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(items), "Items": summaries}}


# --- Functions: a draft (DEVELOPMENT) and what was published of it (LIVE).


@dataclass
class Function:
    name: str
    config: Parameters
    code: bytes
    etag: str
    live: tuple[Parameters, bytes, str] | None = None

    def shown(self, stage: str) -> Parameters:
        config, _, etag = self.at(stage)
        summary = {
            "Name": self.name,
            "Status": "DEPLOYED" if self.live else "UNPUBLISHED",
            "FunctionConfig": config,
            "FunctionMetadata": {
                "FunctionARN": _arn("function", self.name),
                "Stage": stage,
                "CreatedTime": now(),
                "LastModifiedTime": now(),
            },
        }
        return {"FunctionSummary": summary, "ETag": etag}

    def at(self, stage: str) -> tuple[Parameters, bytes, str]:
        if stage != "LIVE":
            return self.config, self.code, self.etag
        if self.live is None:
            raise Fault("NoSuchFunctionExists", f"{self.name} is not published")
        return self.live


_functions = Shelf("NoSuchFunctionExists")


@answers("cloudfront", "CreateFunction")
def create_function(call: Call) -> Parameters:
    if call["Name"] in _functions:
        raise Fault("FunctionAlreadyExists", f"{call['Name']} exists")
    function = Function(call["Name"], call["FunctionConfig"], call["FunctionCode"], _etag())
    return _functions.put(call["Name"], function).shown("DEVELOPMENT")


@answers("cloudfront", "UpdateFunction")
def update_function(call: Call) -> Parameters:
    function = _drafted(call)
    function.config, function.code, function.etag = call["FunctionConfig"], call["FunctionCode"], _etag()
    return function.shown("DEVELOPMENT")


@answers("cloudfront", "PublishFunction")
def publish_function(call: Call) -> Parameters:
    function = _drafted(call)
    function.live = (function.config, function.code, function.etag)
    return function.shown("LIVE")


@answers("cloudfront", "DescribeFunction")
def describe_function(call: Call) -> Parameters:
    return _functions.get(call["Name"]).shown(call.get("Stage", "DEVELOPMENT"))


@answers("cloudfront", "GetFunction")
def get_function(call: Call) -> Parameters:
    _, code, etag = _functions.get(call["Name"]).at(call.get("Stage", "DEVELOPMENT"))
    return {"FunctionCode": code, "ETag": etag, "ContentType": "application/octet-stream"}


@answers("cloudfront", "DeleteFunction")
def delete_function(call: Call) -> Parameters:
    function = _drafted(call)
    if any(_mentions(stored.config, _arn("function", function.name)) for stored in _distributions.shelf.all()):
        raise Fault("FunctionInUse", f"{function.name} is attached to a distribution")
    _functions.take(call["Name"])
    return {}


def _drafted(call: Call) -> Function:
    function = _functions.get(call["Name"])
    if call.get("IfMatch") != function.etag:
        raise Fault("PreconditionFailed", "The If-Match version is missing or not the latest")
    return function


# --- Invalidations are complete at once.

_invalidations = Shelf("NoSuchInvalidation")


@answers("cloudfront", "CreateInvalidation")
def create_invalidation(call: Call) -> Parameters:
    _distributions.shelf.get(call["DistributionId"])
    invalidation = {
        "Id": f"I{number():013d}",
        "Status": "Completed",
        "CreateTime": now(),
        "InvalidationBatch": call["InvalidationBatch"],
    }
    _invalidations.put((call["DistributionId"], invalidation["Id"]), invalidation)
    return {"Location": "https://cloudfront.amazonaws.com/", "Invalidation": invalidation}


@answers("cloudfront", "GetInvalidation")
def get_invalidation(call: Call) -> Parameters:
    return {"Invalidation": _invalidations.get((call["DistributionId"], call["Id"]))}


@answers("cloudfront", "ListInvalidations")
def list_invalidations(call: Call) -> Parameters:
    items = [item for item in _invalidations.all() if _invalidations.find((call["DistributionId"], item["Id"]))]
    return {"InvalidationList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(items), "Items": items}}


# --- Metrics that cost extra are switched on for a distribution.

_subscriptions = Shelf("NoSuchMonitoringSubscription")


@answers("cloudfront", "CreateMonitoringSubscription")
def create_monitoring_subscription(call: Call) -> Parameters:
    return {"MonitoringSubscription": _subscriptions.put(call["DistributionId"], call["MonitoringSubscription"])}


@answers("cloudfront", "GetMonitoringSubscription")
def get_monitoring_subscription(call: Call) -> Parameters:
    return {"MonitoringSubscription": _subscriptions.get(call["DistributionId"])}


@answers("cloudfront", "DeleteMonitoringSubscription")
def delete_monitoring_subscription(call: Call) -> Parameters:
    _subscriptions.take(call["DistributionId"])
    return {}


@answers("cloudfront", "ListTagsForResource")
def list_tags(call: Call) -> Parameters:
    return {"Tags": {"Items": _tags.list_of(call["Resource"])}}


@answers("cloudfront", "TagResource")
def tag(call: Call) -> Parameters:
    _tags.add(call["Resource"], _tag_items(call["Tags"]))
    return {}


@answers("cloudfront", "UntagResource")
def untag(call: Call) -> Parameters:
    _tags.remove(call["Resource"], call["TagKeys"].get("Items", []))
    return {}
