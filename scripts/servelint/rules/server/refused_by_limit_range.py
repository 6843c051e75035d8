"""A LimitRange refuses pods, or the claims, of its namespace.

A maximum is the default limit as well, and a default limit below what a container requests makes a pod that the server
refuses. The workload is taken, its pods are not, and the only trace is an event.
"""

from typing import NamedTuple

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping
from ...server.semantics.names import NANO
from ...views.admission import (
    Bounds,
    Refused,
    Resources,
    limit_ranges,
    made,
    others,
    owner,
    resources,
    shown,
    total,
    widespread,
)
from ...views.amounts import billionths
from ..examples import server, together

SEVERITY = "error"
HINT = "Widen the LimitRange, or give the containers requests and limits inside it."
SOURCE = "https://kubernetes.io/docs/concepts/policy/limit-range/"

_BOUNDS = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: bounds}\nspec: {limits: [{%s}]}\n"
_POD = server(gpus=0, container="resources: {requests: {cpu: '96', memory: 1Ti}, limits: {cpu: '96'}}")
GOOD = together(_BOUNDS % "type: Container, max: {cpu: '224'}", _POD)
BAD = GOOD.replace("224", "64")


class _Broken(NamedTuple):
    """A bound that does not hold: which, in what words, and where the amount of the pod stands."""

    bounds: Bounds
    field: Pointer
    why: str
    pointer: Pointer


def check(overlay: Overlay) -> Problems:
    for namespace in dict.fromkeys(one.namespace for one in overlay.of("LimitRange")):
        pods = made(overlay, namespace)
        found = [(pod, broken) for pod in pods if (broken := _first(overlay, pod, namespace))]
        for bounds, field in dict.fromkeys((broken.bounds.pointer, broken.field) for _, broken in found):
            alike = [(pod, one) for pod, one in found if (one.bounds.pointer, one.field) == (bounds, field)]
            refused = [Refused(pod, one.why, one.pointer) for pod, one in alike]
            source = alike[0][1].bounds.resource
            if widespread(refused, pods):
                text = f"refuses the pods of {owner(refused[0].pod)}{others(refused)}: {refused[0].why}"
                yield Problem(source, (*bounds, *field), text)
                continue
            for one in refused:
                text = f"LimitRange {source.name} refuses these pods: {one.why}"
                yield Problem(one.pod.resource, one.pointer, text)
    yield from _claims(overlay)


def _first(overlay: Overlay, pod: Pod, namespace: str) -> _Broken | None:
    """The first bound that a pod breaks, in the order in which the server looks."""
    parts = resources(overlay, pod)
    ranges = [item for items in limit_ranges(overlay, namespace) for item in items]
    for part in parts:
        for name, limit in part.limits.items():
            if part.requests.get(name, 0) > limit:
                return _exceeded(part, name, limit, ranges)
    for item in ranges:
        holders = parts if item.kind == "Container" else []
        if item.kind == "Pod":
            whole_pod = Resources("", total(parts, "requests"), total(parts, "limits"), pod.pointer, True)
            holders = [whole_pod]
        for part in holders:
            if (wrong := _outside(item, part)) is not None:
                return wrong
    return None


def _exceeded(part: Resources, name: str, limit: int, ranges: list[Bounds]) -> _Broken | None:
    """A request above a limit that a LimitRange gave; what the manifest says itself the server's own rules judge."""
    for item in ranges:
        if item.kind == "Container" and item.default.get(name) == limit:
            asked = f"container {part.container} requests {shown(name, part.requests[name])} of {name}"
            source = "max" if item.most.get(name) == limit else "default"
            why = f"{asked}, and {source} makes {shown(name, limit)} its limit"
            return _Broken(item, (source, name), why, part.pointer)
    return None


def _outside(item: Bounds, part: Resources) -> _Broken | None:
    who = f"container {part.container}" if part.container else "the pod"
    for name, least in item.least.items():
        if part.requests.get(name, -1) < least or part.limits.get(name, least) < least:
            have = _said(name, part.requests.get(name), "request")
            return _Broken(item, ("min", name), f"{who} has {have}, and min is {shown(name, least)}", part.pointer)
    for name, most in item.most.items():
        if name not in part.limits or part.limits[name] > most or part.requests.get(name, 0) > most:
            have = _said(name, part.limits.get(name), "limit")
            return _Broken(item, ("max", name), f"{who} has {have}, and max is {shown(name, most)}", part.pointer)
    for name, ratio in item.ratio.items():
        request, limit = part.requests.get(name, 0), part.limits.get(name, 0)
        if not request or not limit or limit * NANO > ratio * request:
            have = f"{_said(name, limit or None, 'limit')} and {_said(name, request or None, 'request')}"
            why = f"{who} has {have}, and maxLimitRequestRatio is {ratio / NANO:g}"
            return _Broken(item, ("maxLimitRequestRatio", name), why, part.pointer)
    return None


def _said(name: str, amount: int | None, side: str) -> str:
    return f"no {side} of {name}" if amount is None else f"a {side} of {shown(name, amount)} of {name}"


def _claims(overlay: Overlay) -> Problems:
    for claim in overlay.of("PersistentVolumeClaim"):
        asked = billionths(mapping(mapping(claim.spec.get("resources")).get("requests")).get("storage"))
        ranges = [item for items in limit_ranges(overlay, claim.namespace) for item in items]
        for item in ranges if asked is not None else ():
            if item.kind == "PersistentVolumeClaim" and (wrong := _of_claim(item, asked or 0)):
                yield Problem(claim, ("spec", "resources", "requests", "storage"), _named(item.resource, wrong))


def _of_claim(item: Bounds, asked: int) -> str | None:
    most, least = item.most.get("storage"), item.least.get("storage")
    if most is not None and asked > most:
        return f"asks for {shown('storage', asked)}, and max is {shown('storage', most)}"
    if least is not None and asked < least:
        return f"asks for {shown('storage', asked)}, and min is {shown('storage', least)}"
    return None


def _named(source: Resource, why: str) -> str:
    return f"LimitRange {source.name} refuses this claim: it {why}"
