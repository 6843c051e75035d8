"""What the webhook of LeaderWorkerSet refuses, beyond its schema.

Source: generalValidate in pkg/webhooks/leaderworkerset_webhook.go of https://github.com/kubernetes-sigs/lws, read at
v0.9.0.
"""

from collections.abc import Iterator
from typing import Any

from .field import Complaint, Key, Pointer, complaint, given, mapping, number, text
from .names import int_or_percent
from .workloads import not_negative, share

MOST_REPLICAS = 1_000_000
MOST_PODS = 2**31 - 1
SUBGROUPED = "leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology"


def leader_worker_set(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """LeaderWorkerSet."""
    spec = mapping(body.get("spec"))
    template, at = mapping(spec.get("leaderWorkerTemplate")), ("spec", "leaderWorkerTemplate")
    replicas, size = number(spec, "replicas", 1), number(template, "size", 1)
    yield from not_negative(spec, ("spec",), "replicas")
    if size < 1:
        yield complaint((*at, "size"), f"must be at least 1, got {size}")
    if replicas > MOST_REPLICAS:
        yield complaint(("spec", "replicas"), f"must be at most {MOST_REPLICAS}, got {replicas}")
    elif replicas * size > MOST_PODS:
        yield complaint(("spec", "replicas"), f"makes {replicas * size} pods, and at most {MOST_PODS} are allowed")
    yield from _rollout(mapping(spec.get("rolloutStrategy")), replicas)
    annotations = mapping(mapping(body.get("metadata")).get("annotations"))
    if given(template, "subGroupPolicy"):
        yield from _subgroups(mapping(template["subGroupPolicy"]), (*at, "subGroupPolicy"), size)
    elif SUBGROUPED in annotations:
        yield complaint(("metadata", "annotations", Key(SUBGROUPED)), "needs a subGroupPolicy with a subGroupSize")


def _rollout(strategy: dict[str, Any], replicas: int) -> Iterator[Complaint]:
    if not given(strategy, "rollingUpdateConfiguration"):
        return
    at: Pointer = ("spec", "rolloutStrategy", "rollingUpdateConfiguration")
    rolling = mapping(strategy["rollingUpdateConfiguration"])
    yield from share(rolling, "maxUnavailable", at)
    yield from share(rolling, "maxSurge", at)
    yield from not_negative(rolling, at, "partition")
    # A surge is rounded up, and what may be missing down.
    gone, more = _count(rolling, "maxUnavailable", 1, replicas), _count(rolling, "maxSurge", 0, replicas)
    if replicas and gone == 0 and more == 0:
        yield complaint((*at, "maxUnavailable"), "must not be 0 where maxSurge is 0")


def _count(rolling: dict[str, Any], name: str, default: int, replicas: int) -> int | None:
    """Replicas that a number or a percentage stands for; None where it is neither."""
    found = int_or_percent(rolling[name]) if given(rolling, name) else (default, False)
    if found is None or not found[1]:
        return None if found is None else found[0]
    part = found[0] * replicas
    return -(-part // 100) if name == "maxSurge" else part // 100


def _subgroups(policy: dict[str, Any], at: Pointer, size: int) -> Iterator[Complaint]:
    if not given(policy, "subGroupSize"):
        return
    part, here = number(policy, "subGroupSize"), (*at, "subGroupSize")
    if part < 1:
        yield complaint(here, f"must be at least 1, got {part}")
    elif size < part:
        yield complaint(here, f"must be at most the size of the group, {size}, got {part}")
    elif size % part and (size - 1) % part:
        yield complaint(here, f"must divide the size of the group, {size}, or that less its leader, got {part}")
    elif text(policy.get("subGroupPolicyType")) == "LeaderExcluded" and (size - 1) % part:
        yield complaint(here, f"must divide the workers of a group, {size - 1}, without its leader, got {part}")
