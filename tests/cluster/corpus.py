"""Mutants: manifests of the fleet, each with one thing done to it that may or may not be a mistake.

Drawn from a fixed seed, so that a run can be repeated and a verdict discussed. What the fleet does not render stands in
seeds.yaml, so that every kind that the validator knows is judged, with more fields than one object has in practice.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import fleet
import yaml

Path_ = tuple[str | int, ...]

TEXTS = (
    "", " ", "a b", "A", "-a", "a-", "a_b", "a.b", "a/b", "a" * 64, "a" * 254, "é", "1", "0", "true", "x=y", "..", "/", "~",
)  # fmt: skip
NUMBERS = (-1, 0, 1, 2, 15, 100, 1001, 65535, 65536, 2**31 - 1, 2**31, 2**63, 0.5)
QUANTITIES = ("1", "-1", "0", "1.5", "1Gi", "1 Gi", "1gb", "1e3", "100m", "1.0000000001", "Gi", "9" * 30)
OTHER_TYPES: tuple[Any, ...] = ("text", "", 7, -7, 0.5, True, None, [], ["a"], {}, {"a": "b"}, [None])
KEYS = ("", "a b", "A", "-a", "a/b/c", "a" * 64, "UPPER/x", "x_y", "spec")


class Change(NamedTuple):
    """What was done to an object, and where."""

    what: str
    at: Path_


@dataclass(frozen=True)
class Mutant:
    """An object and what was done to it, in this order."""

    body: dict[str, Any]
    changes: tuple[Change, ...]

    @property
    def kind(self) -> str:
        return str(self.body.get("kind") or "?")

    @property
    def what(self) -> str:
        return self.changes[0].what if len(self.changes) == 1 else "twice"

    @property
    def field(self) -> str:
        """The class of the field that was changed last: the field that holds it."""
        names = [str(step) for step in self.changes[-1].at if isinstance(step, str)]
        return names[-2] if len(names) > 1 else "(top)"

    def __str__(self) -> str:
        done = ", ".join(f"{what} {'.'.join(map(str, at))}" for what, at in self.changes)
        return f"{self.kind}: {done}"


def seeds(root: Path) -> list[dict[str, Any]]:
    """One object of each (apiVersion, kind): the largest that a cluster or sync folder renders, and those of seeds.yaml."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path, resources in fleet.renders(root).items():
        for resource in resources:
            body = resource.body
            if path.startswith("overlays/") and len(str(body)) < 40_000:
                key = (resource.api_version, resource.kind)
                if key not in found or len(str(body)) > len(str(found[key])):
                    found[key] = body
    return [*found.values(), *_written()]


def _written() -> list[dict[str, Any]]:
    """The objects of seeds.yaml, with the pod specs that they name."""
    pods, *bodies = yaml.safe_load_all((Path(__file__).parent / "seeds.yaml").read_text())

    def whole(value: Any) -> Any:
        if isinstance(value, str) and value[1:] in pods and value.startswith("$"):
            return whole(pods[value[1:]])
        if isinstance(value, dict):
            return {key: whole(item) for key, item in value.items()}
        return [whole(item) for item in value] if isinstance(value, list) else value

    return [whole(body) for body in bodies]


def _places(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place below an object."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from _places(inner, (*at, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield (*at, i)
            yield from _places(inner, (*at, i))


def _mutate(body: dict[str, Any], draw: random.Random) -> tuple[dict[str, Any], Change]:
    places = [place for place in _places(body) if place not in (("apiVersion",), ("kind",))]
    if not places:
        return body, Change("nothing", ())
    at = draw.choice(places)
    changed = copy.deepcopy(body)
    holder: Any = changed
    for step in at[:-1]:
        holder = holder[step]
    last, value = at[-1], holder[at[-1]]
    choices = ["drop", "retype", "unknown", "empty"]
    if isinstance(value, str):
        choices += ["text", "text", "text", "quantity"]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        choices += ["number", "number", "number"]
    if isinstance(last, str):
        choices += ["rename", "key"]
    if isinstance(holder, list):
        choices += ["duplicate", "duplicate"]
    what = draw.choice(choices)
    if what == "drop":
        del holder[last]
    elif what == "retype":
        holder[last] = draw.choice([v for v in OTHER_TYPES if v is None or type(v) is not type(value)])
    elif what == "empty":
        holder[last] = type(value)()
    elif what == "unknown":
        target = value if isinstance(value, dict) else changed
        target[draw.choice(("extra", "unknownField", "a"))] = draw.choice(("x", 1, {}))
    elif what == "text":
        holder[last] = draw.choice(TEXTS)
    elif what == "quantity":
        holder[last] = draw.choice(QUANTITIES)
    elif what == "number":
        holder[last] = draw.choice(NUMBERS)
    elif what == "rename":
        holder[f"{last}s" if draw.random() < 0.5 else str(last)[:-1]] = holder.pop(last)
    elif what == "key":
        holder[draw.choice(KEYS)] = holder.pop(last)
    elif what == "duplicate":
        holder.append(copy.deepcopy(value))
    return changed, Change(what, at)


def mutants(root: Path, count: int, seed: int) -> list[Mutant]:
    """``count`` mutants, spread evenly over the objects; every fourth is one of a mutant."""
    draw = random.Random(seed)
    bodies = sorted(seeds(root), key=lambda body: (body["apiVersion"], body["kind"], str(body)))
    found = []
    for i in range(count):
        body, changes = bodies[i % len(bodies)], []
        for _ in range(1 + (draw.random() < 0.25)):
            body, change = _mutate(body, draw)
            changes.append(change)
        found.append(Mutant(body, tuple(changes)))
    return found
