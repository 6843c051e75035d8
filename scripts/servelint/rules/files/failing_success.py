"""Under `set -e` a command that does its work reports a failure and ends the script.

`((i++))` has the value that i had before: from 0 its status is 1, and the launcher is gone without a word before the
engine starts. The same holds for `let` with the value 0 and for `read -d ''`, which ends at the end of its input. The
arithmetic is reported where the variable is 0 or unset as far as the script shows.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

from ...model import Overlay, Problem, Problems
from ...views.shell import BRANCHES, LOOPS, Script, above, excused, once, scripts, source, words
from ...views.syntax import Node
from ..examples import bash

SEVERITY = "error"
HINT = "Write the arithmetic as i=$((i + 1)), and put `|| true` behind a read that ends with its input."
SOURCE = "https://www.shellcheck.net/wiki/SC2219"
COVERS = ("ROL-11",)


def _set(body: str, start: str = "set -euo pipefail\n") -> str:
    return bash(f'{start}{body}\nexec python3 -m sglang.launch_server "$@"')


_LOOP = "index=0\nwhile [ $index -lt $# ]; do\n  STEP\ndone"
GOOD = _set(_LOOP.replace("STEP", "index=$((index + 1))"))
BAD = _set(_LOOP.replace("STEP", "((index++))"))

STEP = re.compile(r"([A-Za-z_]\w*)\s*(?:\+\+|--)")
SETTERS = ("variable_assignment", "command", "for_statement", "postfix_expression", "unary_expression")
MOST_STEPS = 50
"""Settings of one variable that are looked back at; it counts as unknown beyond."""
ZERO = re.compile(r"([A-Za-z_]\w*)\s*=\s*0+|0+")


def check(overlay: Overlay) -> Problems:
    for script in scripts(overlay):
        for node in script.root.tree.of("compound_statement", "command"):
            why = _fails(script, node)
            if why and script.on("e", node) and not excused(node) and not node.has_error:
                message = f"{script.place(node)}{why}, which ends the script under set -e"
                yield Problem(script.resource, script.at(node.row), message)


def _fails(script: Script, node: Node) -> str | None:
    shown = " ".join(source(node).split())[:60]
    if shown.startswith("(("):
        return f"{shown} has the status 1" if _zero(script, node, shown.removeprefix("((").removesuffix("))")) else None
    given = words(node)
    if given[0:1] == ["let"] and len(given) > 1:
        return f"{shown} has the status 1" if _zero(script, node, given[-1]) else None
    if given[0:1] == ["read"] and re.search(r"\s-\w*d\s*(''|\"\")", source(node)):
        return f"{shown} reads to the end of its input and has the status 1"
    return None


def _zero(script: Script, node: Node, expression: str) -> bool:
    """Whether the last of the expressions is 0 for certain, or counts on from a variable that is 0."""
    last = expression.rpartition(",")[2].strip()
    if ZERO.fullmatch(last):
        return True
    step = STEP.fullmatch(last)
    return step is not None and _is_zero(script, node, step[1])


class Setting(NamedTuple):
    """A place where a variable may get a value. ``value``: what it gets, None if the script does not show it.

    ``step``: arithmetic that changes it.
    """

    node: Node
    value: str | None
    step: bool = False


def _settings(root: Node) -> dict[str, list[Setting]]:
    """Every setting by variable, in the order of the text; under the empty name what may set any variable."""
    found: dict[str, list[Setting]] = {}
    for node in root.tree.of(*SETTERS):
        if node.type == "variable_assignment":
            left, right = node.child_by_field_name("name"), node.child_by_field_name("value")
            if left is not None:
                value = source(right).strip("\"'") if right is not None else "0"
                found.setdefault(source(left), []).append(Setting(node, value))
        elif node.type == "command":
            given = words(node) or [""]
            everything = [""] if given[0] in ("source", ".", "eval") else []
            named = (re.split(r"\W", word)[0] for word in given[1:])
            for name in (*everything, *filter(None, named)):  # read, getopts, printf -v, let
                found.setdefault(name, []).append(Setting(node, None))
        elif node.type == "for_statement":
            variable = node.child_by_field_name("variable")
            if variable is not None:
                found.setdefault(source(variable), []).append(Setting(node, None))
        else:
            for name in set(re.findall(r"[A-Za-z_]\w*", source(node))):
                found.setdefault(name, []).append(Setting(node, None, step=True))
    return found


def _is_zero(script: Script, node: Node, name: str) -> bool:
    """Whether a variable is 0 or unset where a node runs, by the last setting above it."""
    settings = once(Node(node.tree, 0), _settings)
    everything = settings.get("", [])
    foreign = bisect_left(everything, node.id, key=_position)
    since = everything[foreign - 1].node.id if foreign else -1
    own = settings.get(name, [])
    before = bisect_left(own, node.id, key=_position)
    for setting in own[max(0, before - MOST_STEPS) : before][::-1]:
        if setting.node.id < since:
            return False
        if not setting.step:
            return setting.value is not None and re.fullmatch(r"0*", setting.value) is not None
        if _surely_before(setting.node, node):
            return False
    return before < MOST_STEPS and since < 0 and not (script.container and name in script.container.env)


def _position(setting: Setting) -> int:
    return setting.node.id


def _surely_before(step: Node, node: Node) -> bool:
    """Whether an arithmetic step has been made where a node runs: it stands in no branch that the node is not in."""
    around = {parent.id for parent, _ in above(node)}
    return step.end_byte <= node.start_byte and all(
        parent.id in around for parent, _ in above(step) if parent.type in (*BRANCHES, "if_statement", *LOOPS)
    )
