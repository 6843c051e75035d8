"""Under `set -e` a command that does its work reports a failure and ends the script.

`((i++))` has the value that i had before: from 0 its status is 1, and the launcher is gone without a word before the
engine starts. The same holds for `let` with the value 0 and for `read -d ''`, which ends at the end of its input. The
arithmetic is reported where the variable is 0 or unset as far as the script shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ..model import Overlay, Problem
from ..views.shell import BRANCHES, LOOPS, Script, above, excused, scripts, source, walk, words

SEVERITY = "error"
HINT = "Write the arithmetic as i=$((i + 1)), and put `|| true` behind a read that ends with its input."
SOURCE = "https://www.shellcheck.net/wiki/SC2219"
COVERS = ("ROL-11",)

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: launcher}
data:
  launch.sh: |
    #!/bin/bash
    set -euo pipefail
    index=0
    while [ $index -lt $# ]; do
      index=$((index + 1))
    done
    exec python3 -m sglang.launch_server "$@"
"""
BAD = GOOD.replace("index=$((index + 1))", "((index++))")

STEP = re.compile(r"([A-Za-z_]\w*)\s*(?:\+\+|--)")
ZERO = re.compile(r"([A-Za-z_]\w*)\s*=\s*0+|0+")


def check(overlay: Overlay) -> Iterator[Problem]:
    for script in scripts(overlay):
        for node in walk(script.root):
            why = _fails(script, node)
            if why and script.on("e", node) and not excused(node) and not node.has_error:
                message = f"{script.place(node)}{why}, which ends the script under set -e"
                yield Problem(script.resource, script.at(node.start_point[0]), message)


def _fails(script: Script, node: Node) -> str | None:
    shown = " ".join(source(node).split())[:60]
    if node.type == "compound_statement" and shown.startswith("(("):
        return f"{shown} has the status 1" if _zero(script, node, shown.removeprefix("((").removesuffix("))")) else None
    if node.type != "command":
        return None
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


def _is_zero(script: Script, node: Node, name: str) -> bool:
    """Whether a variable is 0 or unset where a node runs, by the last assignment above it."""
    value = None if script.container and name in script.container.env else "0"
    for other in walk(script.root):
        if other.start_byte >= node.start_byte:
            break
        if other.type == "variable_assignment" and (left := other.child_by_field_name("name")) and source(left) == name:
            right = other.child_by_field_name("value")
            value = source(right).strip("\"'") if right else "0"
        elif other.type == "command":
            given = words(other) or [""]
            if given[0] in ("source", ".", "eval") or name in given[1:]:  # read, getopts, printf -v
                value = None
        elif other.type == "for_statement" and _loops_over(other, name):
            value = None
        elif other.type in ("postfix_expression", "unary_expression") and _surely_before(other, node):
            value = None if name in source(other) else value
    return value is not None and re.fullmatch(r"0*", value) is not None


def _surely_before(step: Node, node: Node) -> bool:
    """Whether an arithmetic step has been made where a node runs: it stands in no branch that the node is not in."""
    around = {parent.id for parent, _ in above(node)}
    return step.end_byte <= node.start_byte and all(
        parent.id in around for parent, _ in above(step) if parent.type in (*BRANCHES, "if_statement", *LOOPS)
    )


def _loops_over(loop: Node, name: str) -> bool:
    variable = loop.child_by_field_name("variable")
    return variable is not None and source(variable) == name
