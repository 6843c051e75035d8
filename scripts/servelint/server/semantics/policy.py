"""NetworkPolicy, PodDisruptionBudget, PriorityClass, HorizontalPodAutoscaler, ResourceQuota and LimitRange.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/networking/validation,
https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/policy/validation,
https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/scheduling/validation,
https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/autoscaling/validation
and https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidateLimitRange
"""

from collections.abc import Iterator
from typing import Any

from .containers import container_resource, is_extended, may_overcommit
from .field import (
    Complaint,
    Key,
    Pointer,
    checked,
    choice,
    chosen,
    complaint,
    elsewhere,
    given,
    integer,
    mapping,
    named,
    number,
    objects,
    one_of,
    pairs,
    quoted,
    required,
    since,
    text,
    texts,
    within,
)
from .names import NANO, is_whole, label, label_selector, path_segment, qualified, quantity
from .service import PROTOCOLS, bad_network, network, port
from .workloads import share

LARGEST = 2**31 - 1

# --- NetworkPolicy --------------------------------------------------------------------------------


def _policy_port(item: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    yield from choice(item, "protocol", PROTOCOLS, at, empty=False)
    first, last = item.get("port"), integer(item.get("endPort"))
    if first is not None:
        yield from port(first, (*at, "port"))
    if last is None:
        return
    low = integer(first)
    if low is None:
        yield complaint((*at, "endPort"), "needs a port that is a number")
    elif last < low:
        yield complaint((*at, "endPort"), f"must not be less than port {low}, got {last}")
    else:
        yield from port(last, (*at, "endPort"))


def _ip_block(block: dict[str, Any], at: Pointer, version: str) -> Iterator[Complaint]:
    yield from named(block, "cidr", lambda cidr: bad_network(cidr, version), at)
    whole = network(text(block.get("cidr")))
    for i, item in texts(block.get("except")) if whole else ():
        part, here = network(item), (*at, "except", i)
        wrong = bad_network(item, version)
        if wrong:
            yield complaint(here, wrong)
        inside = part and whole and part.version == whole.version and part.network_address in whole
        if part and whole and (not inside or part.prefixlen <= whole.prefixlen):
            yield complaint(here, f"{quoted(item)} must be a part of {whole}")


def _peer(peer: dict[str, Any], at: Pointer, version: str) -> Iterator[Complaint]:
    for name in ("podSelector", "namespaceSelector"):
        yield from label_selector(peer.get(name), (*at, name))
    if given(peer, "ipBlock"):
        yield from _ip_block(mapping(peer["ipBlock"]), (*at, "ipBlock"), version)
        if given(peer, "podSelector") or given(peer, "namespaceSelector"):
            yield complaint(at, "ipBlock excludes podSelector and namespaceSelector")
    elif not given(peer, "podSelector") and not given(peer, "namespaceSelector"):
        yield complaint(at, "needs podSelector, namespaceSelector or ipBlock")


def network_policy(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """NetworkPolicy."""
    spec = mapping(body.get("spec"))
    yield from label_selector(spec.get("podSelector"), ("spec", "podSelector"))
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for i, rule in objects(spec.get(way)):
            for j, item in objects(rule.get("ports")):
                yield from _policy_port(item, ("spec", way, i, "ports", j))
            for j, peer in objects(rule.get(peers)):
                yield from _peer(peer, ("spec", way, i, peers, j), version)
    types, allowed = texts(spec.get("policyTypes")), ("Ingress", "Egress")
    if len(types) > len(allowed):
        yield complaint(("spec", "policyTypes"), f"at most {len(allowed)} are allowed, got {len(types)}")
    for i, kind in types[: len(allowed)]:
        if kind not in allowed:
            yield complaint(("spec", "policyTypes", i), f"must be {one_of(allowed)}, got {quoted(kind)}")


# --- PodDisruptionBudget and PriorityClass --------------------------------------------------------


def disruption_budget(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """PodDisruptionBudget."""
    spec, at = mapping(body.get("spec")), ("spec",)
    if given(spec, "minAvailable") and given(spec, "maxUnavailable"):
        yield complaint(at, "minAvailable and maxUnavailable exclude each other")
    for name in ("minAvailable", "maxUnavailable"):
        yield from share(spec, name, at)
    yield from label_selector(spec.get("selector"), ("spec", "selector"))
    yield from choice(spec, "unhealthyPodEvictionPolicy", ("AlwaysAllow", "IfHealthyBudget"), at, empty=False)


LARGEST_PRIORITY = 10**9
SYSTEM_PRIORITIES = {"system-cluster-critical": 2 * 10**9, "system-node-critical": 2 * 10**9 + 1000}


def priority_class(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """PriorityClass."""
    name, value = text(mapping(body.get("metadata")).get("name")), number(body, "value")
    if name.startswith("system-"):
        if SYSTEM_PRIORITIES.get(name) != value or body.get("globalDefault"):
            yield complaint(("metadata", "name"), 'names that start with "system-" are those of Kubernetes itself')
    elif value > LARGEST_PRIORITY:
        yield complaint(("value",), f"must be at most {LARGEST_PRIORITY}, got {value}")
    yield from choice(body, "preemptionPolicy", ("PreemptLowerPriority", "Never"), (), empty=False)


# --- HorizontalPodAutoscaler ----------------------------------------------------------------------

LONGEST_WINDOW = 3600
LONGEST_PERIOD = 1800
METRICS = {
    "Object": "object", "Pods": "pods", "Resource": "resource", "External": "external",
    "ContainerResource": "containerResource",
}  # fmt: skip


def _scaled(ref: dict[str, Any], at: Pointer, version: str, needs_group: bool) -> Iterator[Complaint]:
    yield from named(ref, "kind", path_segment, at)
    yield from named(ref, "name", path_segment, at)
    written = text(ref.get("apiVersion"))
    if not since(version, "1.34"):
        return
    if written.count("/") > 1:
        yield complaint((*at, "apiVersion"), f"{quoted(written)} is not an API version such as apps/v1")
    elif needs_group and "/" not in written.lstrip("/"):
        yield complaint((*at, "apiVersion"), "must name the API group, as in apps/v1")


def _target(target: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    yield from chosen(target, "type", ("Utilization", "Value", "AverageValue"), at)
    for name in ("value", "averageValue"):
        amount = quantity(target[name]) if given(target, name) else None
        if amount is not None and amount <= 0:
            yield complaint((*at, name), "must be greater than zero")
    yield from within(target, "averageUtilization", 1, LARGEST, at)


def _metric(metric: dict[str, Any], at: Pointer, version: str) -> Iterator[Complaint]:
    kind = text(metric.get("type"))
    yield from chosen(metric, "type", tuple(METRICS), at)
    found = [name for name in METRICS.values() if given(metric, name)]
    wanted = METRICS.get(kind)
    if wanted and wanted not in found:
        yield complaint((*at, wanted), f"is required for a metric of type {kind}")
    for name in found:
        if name != wanted and len(found) > 1:
            yield complaint((*at, name), "is another type of metric")
    if wanted is None or found != [wanted]:
        return
    source, here = mapping(metric[wanted]), (*at, wanted)
    target = mapping(source.get("target"))
    has = {name for name in ("value", "averageValue", "averageUtilization") if given(target, name)}
    yield from _target(target, (*here, "target"))
    if wanted in ("object", "pods", "external"):
        yield from named(mapping(source.get("metric")), "name", path_segment, (*here, "metric"))
    if wanted == "object":
        yield from _scaled(mapping(source.get("describedObject")), (*here, "describedObject"), version, False)
    if wanted in ("object", "external") and not {"value", "averageValue"} & has:
        yield complaint((*here, "target", "averageValue"), "value or averageValue is required")
    if wanted == "external" and {"value", "averageValue"} <= has:
        yield complaint((*here, "target", "value"), "excludes averageValue")
    if wanted == "pods" and "averageValue" not in has:
        yield complaint((*here, "target", "averageValue"), "is required")
    if wanted in ("resource", "containerResource"):
        yield from required(source, here, "name")
        if len({"averageValue", "averageUtilization"} & has) != 1:
            both = "averageValue" in has
            where = (*here, "target", "averageValue" if both else "averageUtilization")
            yield complaint(where, "either averageValue or averageUtilization must be given, not both")
    if wanted == "containerResource":
        yield from named(source, "container", label, here)
        yield from checked(source, "name", container_resource, here)


def _scaling(rules: dict[str, Any], at: Pointer, version: str) -> Iterator[Complaint]:
    yield from within(rules, "stabilizationWindowSeconds", 0, LONGEST_WINDOW, at)
    yield from choice(rules, "selectPolicy", ("Max", "Min", "Disabled"), at, empty=False)
    if rules.get("policies") == []:
        yield complaint((*at, "policies"), "at least one policy is required")
    for i, policy in objects(rules.get("policies")):
        yield from chosen(policy, "type", ("Pods", "Percent"), (*at, "policies", i))
        yield from within(policy, "value", 1, LARGEST, (*at, "policies", i), default=0)
        yield from within(policy, "periodSeconds", 1, LONGEST_PERIOD, (*at, "policies", i), default=0)
    tolerance = quantity(rules["tolerance"]) if given(rules, "tolerance") else None
    if tolerance is not None and tolerance < 0 and since(version, "1.35"):
        yield complaint((*at, "tolerance"), "must not be negative")


def autoscaler(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """HorizontalPodAutoscaler, of autoscaling/v1 and v2."""
    spec, at = mapping(body.get("spec")), ("spec",)
    zero = since(version, "1.37")
    yield from within(spec, "minReplicas", 0 if zero else 1, LARGEST, at)
    low, high = number(spec, "minReplicas", 1), number(spec, "maxReplicas")
    if high < 1 or high < low:
        yield complaint(("spec", "maxReplicas"), f"must be at least {max(1, low)}, got {high}")
    target = mapping(spec.get("scaleTargetRef"))
    yield from _scaled(target, (*at, "scaleTargetRef"), version, target.get("kind") != "ReplicationController")
    if body.get("apiVersion") == "autoscaling/v1":
        wrong = list(within(spec, "targetCPUUtilizationPercentage", 1, LARGEST, at))
        path = (*at, "metrics", 0, "resource", "target", "averageUtilization")
        yield from (elsewhere(item.pointer, path, item.message) for item in wrong)
        return
    metrics = objects(spec.get("metrics"))
    for i, metric in metrics:
        yield from _metric(metric, (*at, "metrics", i), version)
    if zero and low == 0 and not any(metric.get("type") in ("Object", "External") for _, metric in metrics):
        yield complaint((*at, "metrics"), "minReplicas 0 needs a metric of type Object or External")
    for way in ("scaleUp", "scaleDown"):
        yield from _scaling(mapping(mapping(spec.get("behavior")).get(way)), (*at, "behavior", way), version)


# --- ResourceQuota and LimitRange -----------------------------------------------------------------

POD_QUOTAS = frozenset({"pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
COUNTED = frozenset({
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
    "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
})  # fmt: skip
QUOTAS = POD_QUOTAS | COUNTED | frozenset({
    "ephemeral-storage", "requests.storage", "requests.ephemeral-storage", "limits.ephemeral-storage",
})  # fmt: skip
CLAIM_QUOTAS = frozenset({"persistentvolumeclaims", "requests.storage"})
SCOPES: dict[str, frozenset[str]] = {
    "Terminating": POD_QUOTAS, "NotTerminating": POD_QUOTAS, "NotBestEffort": POD_QUOTAS,
    "PriorityClass": POD_QUOTAS, "CrossNamespacePodAffinity": POD_QUOTAS, "BestEffort": frozenset({"pods"}),
    "VolumeAttributesClass": CLAIM_QUOTAS,
}  # fmt: skip
"""Scopes of a quota, and the resources that each can limit."""
OPPOSITES = (frozenset({"BestEffort", "NotBestEffort"}), frozenset({"Terminating", "NotTerminating"}))
LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")


def _quota_resource(name: str) -> str | None:
    """What is wrong with the name of a resource that a quota limits."""
    if "/" in name or name in QUOTAS or name.startswith(("hugepages-", "requests.hugepages-")):
        return qualified(name)
    return f"{quoted(name)} is neither a resource of Kubernetes that fits here nor has it a domain"


def _any_resource(name: str) -> str | None:
    """The same in a limit for neither pods nor containers."""
    return None if name == "storage" else _quota_resource(name)


def _scopes(names: list[str], hard: dict[str, Any], at: Pointer, field: Pointer, version: str) -> Iterator[Complaint]:
    """Scopes and what they limit. field: what the server prints for a scope that it does not know."""
    known = SCOPES if since(version, "1.34") else {k: v for k, v in SCOPES.items() if k != "VolumeAttributesClass"}
    for name in names:
        if name not in known:
            yield elsewhere(at, field, f"must be {one_of(tuple(known))}, got {quoted(name)}")
            continue
        for resource in sorted(QUOTAS & hard.keys() - known[name]):
            yield complaint(at, f"scope {name} does not go with {resource}")
    for pair in OPPOSITES:
        if pair <= set(names):
            yield complaint(at, f"{' and '.join(sorted(pair))} exclude each other")


def resource_quota(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """ResourceQuota."""
    spec = mapping(body.get("spec"))
    hard = dict(pairs(spec.get("hard")))
    for name, written in hard.items():
        at = ("spec", "hard", Key(name))
        wrong = _quota_resource(name)
        if wrong:
            yield complaint(at, wrong)
        amount = quantity(written)
        if amount is not None and amount < 0:
            yield complaint(at, f"must not be negative, got {quoted(written)}")
        elif amount is not None and (name in COUNTED or is_extended(name)) and not is_whole(amount):
            yield complaint(at, f"must be a whole number, got {quoted(written)}")
    scopes: Pointer = ("spec", "scopes")
    yield from _scopes([name for _, name in texts(spec.get("scopes"))], hard, scopes, scopes, version)
    if not given(spec, "scopeSelector"):
        return
    expressions = objects(mapping(spec["scopeSelector"]).get("matchExpressions"))
    path = ("spec", "scopeSelector", "matchExpressions")  # the server names no item
    names = [text(item.get("scopeName")) for _, item in expressions]
    yield from _scopes(names, hard, path, (*path, "scopeName"), version)
    for i, item in expressions:
        operator, scope, values = text(item.get("operator")), text(item.get("scopeName")), texts(item.get("values"))
        if scope in SCOPES and scope not in ("PriorityClass", "VolumeAttributesClass") and operator != "Exists":
            yield elsewhere((*path, i, "operator"), (*path, "operator"), f"must be Exists for scope {scope}")
        if operator in ("In", "NotIn") and not values:
            yield elsewhere((*path, i), (*path, "values"), f"operator {operator} needs values")
        elif operator in ("Exists", "DoesNotExist") and values:
            yield elsewhere((*path, i, "values"), (*path, "values"), f"operator {operator} takes no values")
        elif operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            yield elsewhere((*path, i), (*path, "operator"), f"{quoted(operator)} is no operator")


ORDER = (
    ("min", "max", "min"), ("min", "defaultRequest", "defaultRequest"), ("defaultRequest", "max", "defaultRequest"),
    ("defaultRequest", "default", "defaultRequest"), ("min", "default", "default"), ("default", "max", "default"),
)  # fmt: skip
"""What may not exceed what in a limit, and the field that the server then names."""


def _limit(limit: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    kind = text(limit.get("type"))
    resource = container_resource if kind in ("Pod", "Container") else _any_resource
    amounts: dict[str, dict[str, int]] = {}
    for bag in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
        if kind == "Pod" and bag.startswith("default"):
            if pairs(limit.get(bag)):
                yield complaint((*at, bag), "is not for limits of type Pod")
            continue
        for name, written in pairs(limit.get(bag)):
            wrong = resource(name)
            if wrong:
                yield complaint((*at, bag, Key(name)), wrong)
            amounts.setdefault(name, {})[bag] = quantity(written) or 0
    if kind == "PersistentVolumeClaim" and not {"min", "max"} & amounts.get("storage", {}).keys():
        yield elsewhere(at, (*at, "limits"), "min or max of storage is required")
    for name, have in amounts.items():
        for low, high, named_field in ORDER:
            if low in have and high in have and have[low] > have[high]:
                yield complaint((*at, named_field, Key(name)), f"{low} exceeds {high}")
        ratio = have.get("maxLimitRequestRatio", NANO)
        if ratio < NANO:
            yield complaint((*at, "maxLimitRequestRatio", Key(name)), "must be at least 1")
        elif {"min", "max", "maxLimitRequestRatio"} <= have.keys() and ratio * have["min"] > have["max"] * NANO:
            yield complaint((*at, "maxLimitRequestRatio", Key(name)), "exceeds max divided by min")
        both = {"default", "defaultRequest"} <= have.keys() and not may_overcommit(name)
        if both and have["default"] != have["defaultRequest"]:
            yield complaint((*at, "defaultRequest", Key(name)), "must be the same as default")


def limit_range(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """LimitRange."""
    seen = set()
    for i, limit in objects(mapping(body.get("spec")).get("limits")):
        at, kind = ("spec", "limits", i), text(limit.get("type"))
        wrong = qualified(kind)
        if wrong or ("/" not in kind and kind not in LIMIT_TYPES):
            yield complaint((*at, "type"), wrong or f"must be {one_of(LIMIT_TYPES)}, got {quoted(kind)}")
        if kind in seen:
            yield complaint((*at, "type"), f"{quoted(kind)} stands here twice")
        seen.add(kind)
        yield from _limit(limit, at)
