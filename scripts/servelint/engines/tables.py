"""The tables in ``refusals/``: what an engine's own argument code refuses, found by probing it (``make oracle``).

A row holds where every argument of ``with`` is stated so, on the facts of model and GPU in ``for``, as long as nothing
of ``unless`` may be so; there ``"*"`` is any value. A version without a table is judged by the nearest older one of its
minor release, or the nearest newer where none is older, and never with certainty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .versions import before, order

if TYPE_CHECKING:
    from packaging.version import Version

    from ..catalogue.facts import Model
    from .kind import Told

STORE = Path(__file__).parent / "refusals"
ON = ("true", "1")
ANY = "*"
"""Stands in ``unless`` for every value."""
SHOWN = 3
"""More ways out than these are not told."""


@lru_cache(maxsize=16)
def stored(family: str) -> tuple[str, ...]:
    """Versions with a table, oldest first."""
    found = [path.stem.partition("-")[2] for path in STORE.glob(f"{family}-*.json")]
    return tuple(sorted(found, key=_order))


def _order(version: str) -> Version:
    found = order(version)
    if found is None:
        raise ValueError(f"{version} in the name of a table is no version")
    return found


@lru_cache(maxsize=16)
def rows(family: str, version: str) -> tuple[dict[str, Any], ...]:
    """The rows of a table."""
    content = json.loads((STORE / f"{family}-{version}.json").read_text(encoding="utf-8"))
    return tuple(content["rows"])


def nearest(family: str, wanted: str | None) -> str | None:
    """The version of the table that judges another one; None if its minor release has none, or nobody knows it."""
    mine = order(wanted or "")
    near = [v for v in stored(family) if mine is not None and _order(v).release[:2] == mine.release[:2]]
    older = [version for version in near if not before(wanted, version)]
    return older[-1] if older else next(iter(near), None)


def weights(model: Model) -> str:
    """How a checkpoint's weights are stored, as far as engines tell it apart: who quantised them chose the method where
    several are called so."""
    several = model.native_precision == "nvfp4" or (model.native_precision == "fp8" and not model.weight_block)
    by = f" by {model.id.partition('/')[0]}" if several else ""
    return f"{model.native_precision}{' in blocks' if model.weight_block else ''}{by}"


def refused(family: str, told: Told) -> Iterator[tuple[str, str, bool]]:
    """The argument to edit, why, to be read on behind its name and value, and whether the table is of this version."""
    version = nearest(family, told.version)
    for row in rows(family, version) if version else ():
        if _stated(row["with"], told) and _applies(row.get("for"), told) and not _perhaps_cured(row, told):
            yield _named(row), _why(row, told, f"{family} {version}"), order(version or "") == order(told.version or "")


def _stated(wanted: Mapping[str, list[str]], told: Told) -> bool:
    return all(_is(told.value(name), values) for name, values in wanted.items())


def _is(value: str | None, values: list[str]) -> bool:
    """Whether a value is known, and one of these."""
    return bool(value) and (value in values or (values == ["true"] and str(value).lower() in ON))


def _applies(facts: Mapping[str, list[Any]] | None, told: Told) -> bool:
    """Whether what is known of model and GPU is among what a row was seen with."""
    if not facts:
        return True
    known: dict[str, Any] = {"major": next(iter(told.majors)) if len(told.majors) == 1 else None}
    if told.model is not None:
        known |= {"architecture": told.model.architecture, "weights": weights(told.model)}
    return [known.get(name) for name in facts["facts"]] in facts["are"]


def _perhaps_cured(row: Mapping[str, Any], told: Told) -> bool:
    """Whether something may be so that makes the engine accept it."""
    if told.variables & set(row.get("variables", ())):
        return True
    return any(all(_perhaps(told.value(name), value) for name, value in cure.items()) for cure in row.get("unless", ()))


def _perhaps(value: str | None, wanted: str) -> bool:
    if value is None:
        return True
    return value != "" if wanted == ANY else _is(value, [wanted])


def _named(row: Mapping[str, Any]) -> str:
    """The argument of a row that a reader would change: one with a choice before a switch, a size last."""
    wanted: dict[str, list[str]] = row["with"]
    return min(wanted, key=lambda name: (name.endswith("-size"), wanted[name] == ["true"], name))


def _why(row: Mapping[str, Any], told: Told, version: str) -> str:
    first = _named(row)
    others = [f"{n}{'' if v == ['true'] else f' {told.value(n)}'}" for n, v in row["with"].items() if n != first]
    beside = f" together with {' and '.join(others)}" if others else ""
    facts = row.get("for") or {"facts": []}
    known = {
        "architecture": f"for {told.model.architecture}" if told.model else "",
        "weights": f"for weights in {weights(told.model)}" if told.model else "",
        "major": f"on compute capability {max(told.majors, default=0)}",
    }
    where = "".join(f" {known[name]}" for name in facts["facts"])
    cures = [
        " and ".join(f"{n}{'' if v in (ANY, 'true') else f' {v}'}" for n, v in c.items()) for c in row.get("unless", ())
    ]
    out = f"; with {' or with '.join(cures)} it may not be" if 0 < len(cures) <= SHOWN else ""
    place = row["where"].rpartition("/")[2]
    return f"is refused{beside}{where} by {version} ({place}){out}"
