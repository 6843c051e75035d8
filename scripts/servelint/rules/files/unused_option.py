"""A script takes an option and does nothing with it.

Whoever sets it believes that it works: the benchmark runs with the number of requests that the program has by default,
and is published under the one that was asked for. Looked at are the options that a shell script sorts out in a loop, or
reads from a configuration file, and those of Python's argparse. Silent where other code may see the variable.
"""

import re
from collections.abc import Iterator

from ...model import Overlay, Problem, Problems, mapping
from ...views import python
from ...views.shell import LOOPS, Script, above, commands, once, scripts, source, walk, words
from ...views.syntax import Node
from ..examples import bash

SEVERITY = "warning"
HINT = "Pass the value on to the program that it is meant for, or take the option out."
SOURCE = "https://www.shellcheck.net/wiki/SC2034"
COVERS = ("CFG-09",)

_SORT = """\
num_requests=1000
while [[ $# -gt 0 ]]; do
  case "$1" in
    --num_requests) num_requests="$2"; shift 2 ;;
    --model) model="$2"; shift 2 ;;
  esac
done
LAST
"""
_ALL = 'exec trtllm-bench --model "$model" throughput --num_requests "$num_requests"'
GOOD = bash(_SORT.replace("LAST", _ALL))
BAD = bash(_SORT.replace("LAST", _ALL.replace(' --num_requests "$num_requests"', "")))

SHARED = frozenset({"source", ".", "eval", "envsubst", "export", "declare", "readarray"})
"""Commands by which other code may come to see a variable, or reads it by a name that the script puts together."""
READERS = frozenset({"yq", "jq", "awk", "grep", "sed"})


def check(overlay: Overlay) -> Problems:
    for script in scripts(overlay):
        known = set(script.container.env) if script.container else set()
        for name, node in _unused(script):
            if name not in known:
                message = f"{script.place(node)}{name} is set from an option and never used"
                yield Problem(script.resource, script.at(node.row), message)
    for config in overlay.of("ConfigMap"):
        for key, text in mapping(config.body.get("data")).items():
            if isinstance(text, str) and str(key).endswith(".py"):
                for line, option in python.unread_options(text):
                    message = f"line {line}: the option {option} is taken and never read"
                    yield Problem(config, ("data", str(key), line - 1), message)


def _unused(script: Script) -> Iterator[tuple[str, Node]]:
    """Variables that hold an option and are read nowhere, each once."""
    if not script.sound or any(SHARED.intersection(words(node)[:1]) for node in commands(script)):
        return
    text = script.text
    if re.search(r"\bset\s+(-\w*a|-o\s+allexport)|\$\{!|\bdeclare\b|\btypeset\b|\bexport\s+-", text):
        return
    told = set()
    used = once(script.root, _used)
    for node in script.root.tree.of("variable_assignment"):
        name = _option(node)
        if name and name not in told and name not in used:
            told.add(name)
            yield name, node


def _option(node: Node) -> str | None:
    """The variable that an assignment fills with an option: in a case inside a loop, or by a reader of files."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None or name.type != "variable_name" or value is None:
        return None
    ancestors = [parent.type for parent, _ in above(node)]
    if any(kind in ("declaration_command", "command") for kind in ancestors[:1]) and _exports(node):
        return None
    sorted_out = "case_item" in ancestors and any(loop in ancestors for loop in LOOPS)
    taken = "$" in source(value)  # a constant is a switch for the script itself
    read = any(inner.type == "command" and READERS.intersection(words(inner)[:1]) for inner in walk(value))
    of_file = read and re.search(r"\.(ya?ml|json)\b", source(value)) is not None
    return source(name) if (sorted_out and taken) or of_file else None


def _exports(node: Node) -> bool:
    parent = node.parent
    return parent is not None and (parent.type == "command" or source(parent).startswith(("export", "declare -x")))


def _used(root: Node) -> frozenset[str]:
    """The variables that are read anywhere: expanded, or by their bare names in arithmetic or a test."""
    found: set[str] = set()
    for node in root.tree.of("variable_name", "word", "raw_string"):
        if node.type == "raw_string":
            found |= set(re.findall(r"\$\{?(\w+)", source(node)))
        # A name without its dollar sign is one in arithmetic, or in a question of whether it is set.
        elif node.type == "word" or not (node.first and node.parent and node.parent.type == "variable_assignment"):
            found.add(source(node))
    return frozenset(found)
