"""A script writes a file and, before anything has read it, writes it anew.

What the first writing put in is lost without a word: the settings of the recipe that went into the file never reach the
engine, and the numbers are those of another configuration. Judged is what happens on every way through the script, for
files that a later command is given or whose name is that of a configuration.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from ...model import Overlay, Problem, Problems
from ...views.shell import BRANCHES, LOOPS, Script, above, arguments, bare, functions, plain, scripts, source, words
from ...views.syntax import Node
from ..examples import bash

SEVERITY = "error"
HINT = "Append with >> or merge the two, so that everything written reaches the program that reads the file."
SOURCE = "https://www.gnu.org/software/bash/manual/bash.html#Redirecting-Output"
COVERS = ("CFG-02",)


def _write(then: str, first: str = "cat > /tmp/options.yaml <<'EOF'\nenable_attention_dp: true\nEOF") -> str:
    return bash(f"{first}\n{then}\nexec trtllm-serve /model --extra_llm_api_options /tmp/options.yaml")


GOOD = _write('echo "enable_chunked_prefill: false" >> /tmp/options.yaml')
BAD = _write('echo "enable_chunked_prefill: false" > /tmp/options.yaml')

CONFIG = re.compile(r"\.(ya?ml|json|jsonl|toml|conf|cfg|ini|env|pbtxt|properties)\b")
WRITES = re.compile(r">|\b(?:cp|mv|install|tee)\b")
MOST_PENDING, MOST_JUDGED, MOST_FOLLOWED = 50, 50, 5_000
"""Files that are kept in mind at a time, files that are judged, nodes of functions that are followed: of one script."""
EMPTY = frozenset({":", "true", "touch", "truncate", "rm", "mkdir"})


class Event(NamedTuple):
    """What a script does, in order: writes or empties a file, appends to it, reads what a word names, assigns."""

    what: str
    path: str
    node: Node


def check(overlay: Overlay) -> Problems:
    for script in scripts(overlay):
        if script.sound and WRITES.search(script.text):
            for first, second in _lost(script):
                there = script.place(first.node).removesuffix(": ") or "before"
                message = f"{script.place(second.node)}{second.path} is overwritten: what {there} wrote is never read"
                yield Problem(script.resource, script.at(second.node.row), message)


def _lost(script: Script) -> Iterator[tuple[Event, Event]]:
    events = list(_events(script.root, Functions(functions(script.root)), ()))
    named = [event.path if event.what == "read" else "" for event in events]
    pending: dict[str, Event] = {}
    judged = 0
    for i, event in enumerate(events):
        if event.what == "assign":
            pending = {path: e for path, e in pending.items() if f"${event.path}" not in path}
        elif event.what == "read":
            pending = {path: e for path, e in pending.items() if path not in event.path}
        elif event.what == "empty":
            pending.pop(event.path, None)
        elif event.what == "append":
            pending.setdefault(event.path, event)
        elif event.what == "write":
            before = pending.pop(event.path, None)
            if before and judged < MOST_JUDGED and _always(before.node, event.node):
                judged += 1
                if CONFIG.search(event.path) or any(event.path in read for read in islice(named, i + 1, None)):
                    yield before, event
            pending[event.path] = event
        if len(pending) > MOST_PENDING:
            del pending[next(iter(pending))]


def _always(first: Node, second: Node) -> bool:
    """Whether the second statement runs whenever the first one has: it stands in no branch that the first is not in."""
    if first == second:
        return False
    ways = {(parent.id, child.id) for parent, child in _branching(first)}
    return all((parent.id, child.id) in ways for parent, child in _branching(second))


def _branching(node: Node) -> Iterator[tuple[Node, Node]]:
    # The grammar hangs the redirection of `a && b > file` on the list, where the shell hangs it on b.
    if node.type == "redirected_statement" and node.children[0].type == "list":
        yield node, node.children[0]
    for parent, child in above(node):
        if parent.type == "list" and not child.first:
            yield parent, child
        if parent.type in (*BRANCHES, "case_statement") or parent.type in LOOPS:
            yield parent, parent if parent.type != "case_statement" else child
        if parent.type == "if_statement" and child.type in ("elif_clause", "else_clause"):
            yield parent, child


@dataclass
class Functions:
    """Bodies by name, and how many more nodes of them are looked at where they are called."""

    bodies: dict[str, Node]
    left: int = MOST_FOLLOWED


def _events(node: Node, functions: Functions, calls: tuple[str, ...]) -> Iterator[Event]:
    """What happens at and below a node; a function's body happens where it is called."""
    functions.left -= bool(calls)
    if node.type == "function_definition" or functions.left < 0:
        return
    if node.type == "redirected_statement":
        bodies = [child for child in node.children if child.type not in REDIRECTS]
        for child in bodies:
            yield from _events(child, functions, calls)
        head = (words(bodies[0]) or [""])[0] if bodies and bodies[0].type == "command" else ""
        empties = not bodies or head in EMPTY
        for redirect in (child for child in node.children if child.type in REDIRECTS):
            yield from _redirect(redirect, node, empties, functions, calls)
        return
    if node.type == "variable_assignment":
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        yield Event("assign", source(name) if name is not None else "", node)
        yield Event("read", _path(value) if value is not None else "", node)  # by whoever gets the variable
    if node.type == "for_statement":
        variable = node.child_by_field_name("variable")
        yield Event("assign", source(variable) if variable is not None else "", node)
    if node.type == "command":
        yield from _command(node, functions, calls)
    for child in node.children:
        yield from _events(child, functions, calls)


REDIRECTS = ("file_redirect", "heredoc_redirect")
OPERATORS = (">", ">>", ">|", "&>", "&>>", "<")


def _redirect(
    redirect: Node, statement: Node, empties: bool, functions: Functions, calls: tuple[str, ...]
) -> Iterator[Event]:
    """What a redirection of a statement does; empties: the statement writes nothing into it."""
    for child in redirect.children:
        if child.type == "file_redirect":  # cat <<EOF > file
            yield from _redirect(child, statement, empties, functions, calls)
        elif child.type == "pipeline":  # cat <<EOF | tee file
            yield from _events(child, functions, calls)
    if redirect.type != "file_redirect":
        return
    operator = next((child.type for child in redirect.children if child.type in OPERATORS), "")
    descriptor = next((source(child) for child in redirect.children if child.type == "file_descriptor"), "1")
    path = _path(redirect.children[-1])
    if not path or path.startswith("/dev/") or (descriptor not in ("0", "1") and operator != "<"):
        return
    if operator == "<":
        yield Event("read", path, redirect)
    elif operator in (">>", "&>>"):
        yield Event("append", path, statement)
    elif operator in (">", ">|", "&>"):
        yield Event("empty" if empties else "write", path, statement)


def _command(node: Node, functions: Functions, calls: tuple[str, ...]) -> Iterator[Event]:
    given = bare(words(node))
    head, rest = (given[0], given[1:]) if given else ("", [])
    if head in functions.bodies and head not in calls and len(calls) < 5:
        yield from _events(functions.bodies[head], functions, (*calls, head))
        return
    if head in ("source", ".", "eval"):
        yield Event("assign", "", node)  # any variable may have changed: every path with a `$` in it is another
    named = [path for argument in arguments(node)[1:] for path in [_path(argument)] if path]
    if head in EMPTY:
        yield from (Event("empty", path, node) for path in named)
    elif head in ("cp", "mv", "install") and len(named) > 1 and CONFIG.search(named[-1]):  # else it may be a folder
        yield from (Event("read", path, node) for path in named[:-1])
        yield Event("write", named[-1], node)
    elif head == "tee":
        appends = any(word in ("-a", "--append") for word in rest)
        yield from (Event("append" if appends else "write", path, node) for path in named if not path.startswith("-"))
    else:
        # A program that is told of a file may read it, whatever stands around the name.
        yield from (Event("read", path, node) for path in named)


def _path(node: Node) -> str:
    return plain(node).replace("${", "$").replace("}", "")
