"""Claims for devices (DRA): requests, what must agree among them, and what their drivers are told.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/resource/validation
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from .cel import unreadable
from .field import Complaint, Pointer, complaint, given, mapping, named, number, objects, one_of, quoted, text, texts
from .names import domain_prefixed, label, label_key, label_value, labels, subdomain

Body = dict[str, Any]

MOST = 32
"""Requests, selectors, constraints or configurations in one list."""
ALTERNATIVES = 8
LONGEST = 10 * 1024
"""Bytes of an expression, and of the parameters for a driver."""
MODES = ("ExactCount", "All")
_C_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _driver(name: str) -> str | None:
    """Drivers are told apart without regard to case."""
    too_long = f"{quoted(name)} has {len(name)} characters; at most 63 are allowed" if len(name) > 63 else None
    return too_long or subdomain(name.lower())


def _attribute(name: str) -> str | None:
    """A domain and a C identifier. What has more slashes the server does not look at."""
    parts = name.split("/")
    if len(parts) == 1:
        return f"{quoted(name)} needs a domain, as in gpu.nvidia.com/productName"
    if len(parts) > 2:
        return None
    domain, identifier = parts
    if not domain:
        return f"{quoted(name)} has no domain"
    wrong = _driver(domain)
    if wrong:
        return wrong
    if len(identifier) > 32 or not _C_IDENTIFIER.fullmatch(identifier):
        return f"{quoted(identifier)} is not a C identifier of at most 32 letters, digits and underscores"
    return None


def _limited(value: object, at: Pointer, most: int = MOST) -> Iterator[Complaint]:
    if isinstance(value, list) and len(value) > most:
        yield complaint(at, f"has {len(value)} items; at most {most} are allowed")


def _distinct(names: list[tuple[int, str]], at: Pointer) -> Iterator[Complaint]:
    seen: set[str] = set()
    for i, name in names:
        if name in seen:
            yield complaint((*at, i), f"{quoted(name)} stands here twice")
        seen.add(name)


def _selectors(value: object, at: Pointer) -> Iterator[Complaint]:
    yield from _limited(value, at)
    for i, selector in objects(value):
        here = (*at, i, "cel")
        expression = text(mapping(selector.get("cel")).get("expression"))
        if not given(selector, "cel"):
            yield complaint(here, "is required")
        elif len(expression.encode(errors="replace")) > LONGEST:
            yield complaint((*here, "expression"), f"is longer than {LONGEST} bytes")
        elif wrong := unreadable(expression, "device"):
            yield complaint((*here, "expression"), wrong)


def _request(body: Body, at: Pointer) -> Iterator[Complaint]:
    """One kind of device: an exact request, or one of several alternatives."""
    yield from named(body, "deviceClassName", subdomain, at)
    yield from _selectors(body.get("selectors"), (*at, "selectors"))
    mode, count = text(body.get("allocationMode")), number(body, "count")
    if mode == "All" and count:
        yield complaint((*at, "count"), f"must not be set where allocationMode is All, got {count}")
    elif mode in ("", "ExactCount") and count < 0:
        yield complaint((*at, "count"), f"must be greater than zero, got {count}")
    elif mode and mode not in MODES:
        yield complaint((*at, "allocationMode"), f"must be {one_of(MODES)}, got {quoted(mode)}")
    for i, toleration in objects(body.get("tolerations")):
        yield from _toleration(toleration, (*at, "tolerations", i))


def _toleration(body: Body, at: Pointer) -> Iterator[Complaint]:
    operator, value = text(body.get("operator")) or "Equal", text(body.get("value"))
    wrong = label_key(text(body["key"])) if body.get("key") else None
    if wrong:
        yield complaint((*at, "key"), wrong)
    if operator not in ("Equal", "Exists"):
        yield complaint((*at, "operator"), f"must be Equal or Exists, got {quoted(operator)}")
    elif operator == "Exists" and value:
        yield complaint((*at, "value"), "must be empty for operator Exists")
    elif wrong := label_value(value):
        yield complaint((*at, "value"), wrong)
    if body.get("effect") and body["effect"] not in ("None", "NoSchedule", "NoExecute"):
        yield complaint((*at, "effect"), f"must be one of None, NoSchedule, NoExecute, got {quoted(body['effect'])}")


def _references(value: object, at: Pointer, known: dict[str, set[str]]) -> Iterator[Complaint]:
    """Names of requests, or of a request and one of its alternatives."""
    yield from _limited(value, at)
    yield from _distinct(texts(value), at)
    for i, name in texts(value):
        first, slash, second = name.partition("/")
        if first not in known or (slash and second not in known[first]):
            yield complaint((*at, i), f"{quoted(name)} is no request of this claim")


def _opaque(body: Body, at: Pointer) -> Iterator[Complaint]:
    opaque, here = mapping(body.get("opaque")), (*at, "opaque")
    if not given(body, "opaque"):
        yield complaint(here, "is required")
        return
    yield from named(opaque, "driver", _driver, here)
    if not given(opaque, "parameters"):
        yield complaint((*here, "parameters"), "is required")
    elif len(json.dumps(opaque["parameters"], default=str).encode()) > LONGEST:
        yield complaint((*here, "parameters"), f"are longer than {LONGEST} bytes")


def claim_spec(value: object, at: Pointer) -> Iterator[Complaint]:
    """The spec of a ResourceClaim, wherever it stands."""
    devices, here = mapping(mapping(value).get("devices")), (*at, "devices")
    requests = objects(devices.get("requests"))
    yield from _limited(devices.get("requests"), (*here, "requests"))
    yield from _distinct([(i, text(request.get("name"))) for i, request in requests], (*here, "requests"))
    known: dict[str, set[str]] = {}
    for i, request in requests:
        place, first = (*here, "requests", i), objects(request.get("firstAvailable"))
        known[text(request.get("name"))] = {text(other.get("name")) for _, other in first}
        yield from named(request, "name", label, place)
        if bool(first) == given(request, "exactly"):
            yield complaint(place, "needs either exactly or firstAvailable")
        elif first:
            listed = (*place, "firstAvailable")
            yield from _limited(request["firstAvailable"], listed, ALTERNATIVES)
            yield from _distinct([(j, text(other.get("name"))) for j, other in first], listed)
            for j, other in first:
                yield from named(other, "name", label, (*listed, j))
                yield from _request(other, (*listed, j))
        else:
            yield from _request(mapping(request["exactly"]), (*place, "exactly"))
    yield from _limited(devices.get("constraints"), (*here, "constraints"))
    for i, constraint in objects(devices.get("constraints")):
        place = (*here, "constraints", i)
        yield from _references(constraint.get("requests"), (*place, "requests"), known)
        name = next((n for n in ("matchAttribute", "distinctAttribute") if given(constraint, n)), None)
        if name is None:
            yield complaint(place, "needs either matchAttribute or distinctAttribute")
        elif wrong := _attribute(text(constraint[name])):
            yield complaint((*place, name), wrong)
    yield from _limited(devices.get("config"), (*here, "config"))
    for i, config in objects(devices.get("config")):
        yield from _references(config.get("requests"), (*here, "config", i, "requests"), known)
        yield from _opaque(config, (*here, "config", i))


def claim(body: Body, version: str) -> Iterator[Complaint]:
    """ResourceClaim."""
    yield from claim_spec(body.get("spec"), ("spec",))


def claim_template(body: Body, version: str) -> Iterator[Complaint]:
    """ResourceClaimTemplate."""
    spec = mapping(body.get("spec"))
    yield from labels(mapping(spec.get("metadata")).get("labels"), ("spec", "metadata", "labels"))
    yield from claim_spec(spec.get("spec"), ("spec", "spec"))


def device_class(body: Body, version: str) -> Iterator[Complaint]:
    """DeviceClass."""
    spec = mapping(body.get("spec"))
    yield from _selectors(spec.get("selectors"), ("spec", "selectors"))
    yield from _limited(spec.get("config"), ("spec", "config"))
    for i, config in objects(spec.get("config")):
        yield from _opaque(config, ("spec", "config", i))
    name = text(spec.get("extendedResourceName"))
    wrong = domain_prefixed(name) if given(spec, "extendedResourceName") else None
    if wrong:
        yield complaint(("spec", "extendedResourceName"), wrong)
