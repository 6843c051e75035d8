"""The tables in ``refusals/``: what an engine's own argument code refuses and what it overrides, found by probing it
(``make oracle``).

A row holds where every argument of ``with`` is stated so, on the facts of model and GPU in ``for``, as long as nothing
of ``unless`` may be so; ``"*"`` is any value. With ``becomes`` it tells of no refusal but of an ``argument`` that gets
that value instead of the one that is stated. A version without a table is judged by the nearest older one of its
minor release, or the nearest newer where none is older, and never with certainty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model import whole
from .versions import before, order

if TYPE_CHECKING:
    from packaging.version import Version

    from ..catalogue.facts import Model
    from .kind import Told

STORE = Path(__file__).parent / "refusals"
ON = ("true", "1")
ANY = "*"
"""Stands for every value."""
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
    for row, version, exact in _held(family, told):
        if "becomes" not in row:
            yield _named(row), f"is refused{_beside(row, told, _named(row))} by {_told(row, version)}", exact


def overridden(family: str, told: Told) -> Iterator[tuple[str, str, bool]]:
    """The argument that the engine gives another value, and which, likewise."""
    for row, version, exact in _held(family, told):
        name = row.get("argument")
        if name and not same(told.value(name), row["becomes"]):
            yield name, f"{becomes(row['becomes'])}{_beside(row, told, name)} in {_told(row, version)}", exact


def same(stated: str | None, final: str) -> bool:
    """Whether a stated value is the one that comes out."""
    return stated is not None and (stated.lower() == final.lower() or (whole(stated) or stated) == whole(final))


def becomes(final: str) -> str:
    """What happens to an argument that gets a value, in words."""
    said = {"True": "is switched on", "False": "is switched off", "None": "is dropped"}
    return said.get(final, f"becomes {final}")


def _held(family: str, told: Told) -> Iterator[tuple[Mapping[str, Any], str, bool]]:
    """The rows that hold, of which version, and whether that is the one that is run."""
    version = nearest(family, told.version)
    for row in rows(family, version) if version else ():
        if _stated(row["with"], told) and _applies(row.get("for"), told) and not _perhaps_cured(row, told):
            yield row, f"{family} {version}", order(version or "") == order(told.version or "")


def _stated(wanted: Mapping[str, list[str]], told: Told) -> bool:
    return all(_is(told.value(name), values) for name, values in wanted.items())


def _is(value: str | None, values: list[str]) -> bool:
    """Whether a value is known, and one of these."""
    return bool(value) and (value in values or values == [ANY] or (values == ["true"] and str(value).lower() in ON))


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


def _beside(row: Mapping[str, Any], told: Told, first: str) -> str:
    """What a row stands on besides its first argument: the others, model and GPU."""
    others = [f"{n}{'' if v == ['true'] else f' {told.value(n)}'}" for n, v in row["with"].items() if n != first]
    facts = row.get("for") or {"facts": []}
    known = {
        "architecture": f"for {told.model.architecture}" if told.model else "",
        "weights": f"for weights in {weights(told.model)}" if told.model else "",
        "major": f"on compute capability {max(told.majors, default=0)}",
    }
    where = "".join(f" {known[name]}" for name in facts["facts"])
    return (f" together with {' and '.join(others)}" if others else "") + where


def _told(row: Mapping[str, Any], version: str) -> str:
    """Whose word it is, and what may be another way out."""
    cures = [
        " and ".join(f"{n}{'' if v in (ANY, 'true') else f' {v}'}" for n, v in c.items()) for c in row.get("unless", ())
    ]
    out = f"; with {' or with '.join(cures)} it may not be" if 0 < len(cures) <= SHOWN else ""
    place = row["where"].rpartition("/")[2]
    return f"{version} ({place}){out}"
