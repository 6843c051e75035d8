"""The rows of a search as the table that the rules look up: see ``engines.tables`` for its form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...engines.tables import ANY
from .prober import Context, Setting
from .probing import WIDE, Options, Site, silencing
from .search import Row, holds_for


def tabled(
    rows: Iterable[Row], contexts: Sequence[Context], options: Options, sites: Mapping[str, Site]
) -> list[dict[str, Any]]:
    """Rows that differ in the value of one option are one. Left out is what follows no fact of model and GPU, and what
    depends on tensor parallelism, which every probe was given: a relation between numbers, which is transcribed. A row
    with ``becomes`` tells of no refusal but of an ``argument`` that gets that value."""
    found: list[dict[str, Any]] = []
    for row in rows:
        facts = holds_for(row, contexts)
        if facts is not None:
            entry: dict[str, Any] = {
                "with": {n: [v] for n, v in _words(row.setting, options).items()},
                "where": row.where,
            }
            if row.effect.field:
                entry |= {"argument": options.name(row.effect.field), "becomes": row.effect.becomes}
            site = sites.get(row.where)
            if facts:
                entry["for"] = facts
            elif site is None or site.of_the_model:
                tried = {contexts[i].model.architecture for i in row.seen}
                entry["for"] = {"facts": ["architecture"], "are": [[one] for one in sorted(map(str, tried))]}
            if row.unless:
                entry["unless"] = sorted((_words(cure, options) for cure in row.unless), key=str)
            if site is not None and site.variables:
                entry["variables"] = sorted(site.variables)
            if (sure := cautious(entry, site, options)) is not None:
                found.append(sure)
    merged = [_of_every_value(entry, options) for entry in _merged(found)]
    return sorted(merged, key=lambda entry: (entry["where"], json.dumps(entry, sort_keys=True)))


def cautious(entry: dict[str, Any], site: Site | None, options: Options) -> dict[str, Any] | None:
    """A row that claims no more than its place in the source lets it: silent where another argument is stated that its
    conditions read; where it looks at the checkpoint, for the architectures that were tried; None where it looks at
    what is installed or at tensor parallelism, or where nobody sees its conditions."""
    read = silencing(site, options)
    if read is None:
        return None
    named = {options.name(name) for name in read}
    free = [{name: ANY} for name in sorted(named - entry["with"].keys())]
    learnt = [cure for cure in entry.get("unless", ()) if not cure.keys() & named]
    unless = [*free, *learnt]
    if any(options.name(options.width) in cure for cure in learnt):
        return None
    return {k: v for k, v in entry.items() if k != "unless"} | ({"unless": unless} if unless else {})


def _of_every_value(entry: dict[str, Any], options: Options) -> dict[str, Any]:
    """A number that becomes the same whatever it was of those that were tried does so whatever it is."""
    name = entry.get("argument", "")
    if name and set(WIDE) - {entry["becomes"]} <= set(entry["with"][name]):
        entry["with"][name] = [ANY]
    return entry


def _words(setting: Setting, options: Options) -> dict[str, str]:
    return {options.name(name): value if value is not None else "true" for name, value in sorted(setting, key=str)}


def _merged(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for entry in entries:
        twin = next((other for other in found if _alike(entry, other)), None)
        if twin is None:
            found.append(entry)
        else:
            for name, values in entry["with"].items():
                twin["with"][name] = sorted({*twin["with"][name], *values})
    return found


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two rows are the same but for the values of one option."""
    if {**one, "with": 0} != {**other, "with": 0} or one["with"].keys() != other["with"].keys():
        return False
    differing = [name for name in one["with"] if one["with"][name] != other["with"][name]]
    return len(differing) == 1


def file(engine: str, version: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A row a line."""
    head = f'{{"engine": {json.dumps(engine)}, "version": {json.dumps(version)}, "rows": [\n'
    return (head + ",\n".join(json.dumps(row, sort_keys=True) for row in rows) + "\n]}\n").encode()
