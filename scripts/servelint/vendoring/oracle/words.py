"""What the engine's own parser says of an argument where reading its source does not tell: its word counts.

Kept apart from the lists, in ``arguments/spoken/``, and laid over them when they are made: so the lists stay what can
be read without running anything, and each word that was heard has its file, its version and its day in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..extraction import Arguments

KINDS = {None: "str", "str": "str", "int": "int", "float": "float"}
"""Types of argparse that say what a value looks like."""
HEARD = ("choices", "type", "many", "hidden")


def heard(options: Iterable[Mapping[str, Any]], listed: Arguments) -> dict[str, dict[str, Any]]:
    """Where a parser says more than a list, or something else: by first name, what to lay over it."""
    by_name = {name: (key, argument) for key, argument in listed.items() for name in argument["names"]}
    found: dict[str, dict[str, Any]] = {}
    for option in options:
        names = [name for name in option["names"] if not name.startswith("no-")]
        key, argument = by_name.get(names[0], (names[0], {"names": names, "type": "any"}))
        said = {name: value for name, value in _said(option, argument).items() if value != argument.get(name)}
        if said or key not in listed:
            found[key] = said if key in listed else {"names": names, "type": "any", **said}
    return found


def _said(option: Mapping[str, Any], argument: Mapping[str, Any]) -> dict[str, Any]:
    """What a parser says in the words of a list, where it can be said."""
    said: dict[str, Any] = {}
    kind = "switch" if option["nargs"] == 0 else KINDS.get(option["type"])
    if kind is not None and argument["type"] == "any" and (kind != "str" or option["action"].startswith("Deprecated")):
        said["type"] = kind
    if option["choices"] and all(isinstance(choice, (str, int)) for choice in option["choices"]):
        said["choices"] = option["choices"]
    if option["nargs"] in ("+", "*", "?"):
        said["many"] = True
    if option["hidden"]:
        said["hidden"] = True
    return said


def missing(options: Iterable[Mapping[str, Any]], listed: Arguments) -> list[str]:
    """Names of a list that the parser does not know."""
    known = {name for option in options for name in option["names"]}
    return sorted(key for key, argument in listed.items() if not known & set(argument["names"]))
