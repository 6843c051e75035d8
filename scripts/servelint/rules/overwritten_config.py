"""A script writes a file and, before anything has read it, writes it anew.

What the first writing put in is lost without a word: the settings of the recipe that went into the file never reach the
engine, and the numbers are those of another configuration. Judged is what happens on every way through the script, for
files that a later command is given or whose name is that of a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from ..model import Overlay, Problem
from ..views.shell import BRANCHES, LOOPS, Script, above, arguments, bare, plain, scripts, source, walk, words

SEVERITY = "error"
HINT = "Append with >> or merge the two, so that everything written reaches the program that reads the file."
SOURCE = "https://www.gnu.org/software/bash/manual/bash.html#Redirecting-Output"
COVERS = ("CFG-02",)

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: launcher}
data:
  launch.sh: |
    #!/bin/bash
    cat > /tmp/options.yaml <<'EOF'
    enable_attention_dp: true
    EOF
    echo "enable_chunked_prefill: false" >> /tmp/options.yaml
    exec trtllm-serve /model --extra_llm_api_options /tmp/options.yaml
"""
BAD = GOOD.replace('false" >>', 'false" >')

CONFIG = re.compile(r"\.(ya?ml|json|jsonl|toml|conf|cfg|ini|env|pbtxt|properties)\b")
WRITES = re.compile(r">|\b(?:cp|mv|install|tee)\b")
EMPTY = frozenset({":", "true", "touch", "truncate", "rm", "mkdir"})


class Event(NamedTuple):
    """What a script does, in order: writes or empties a file, appends to it, reads what a word names, assigns."""

    what: str
    path: str
    node: Node


def check(overlay: Overlay) -> Iterator[Problem]:
    for script in scripts(overlay):
        if script.sound and WRITES.search(script.text):
            for first, second in _lost(script):
                there = script.place(first.node).removesuffix(": ") or "before"
                message = f"{script.place(second.node)}{second.path} is overwritten: what {there} wrote is never read"
                yield Problem(script.resource, script.at(second.node.start_point[0]), message)


def _lost(script: Script) -> Iterator[tuple[Event, Event]]:
    events = list(_events(script.root, _functions(script), ()))
    pending: dict[str, Event] = {}
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
            before = pending.get(event.path)
            if before and _always(before.node, event.node) and _matters(event.path, events[i + 1 :]):
                yield before, event
            pending[event.path] = event


def _matters(path: str, later: list[Event]) -> bool:
    return CONFIG.search(path) is not None or any(e.what == "read" and path in e.path for e in later)


def _always(first: Node, second: Node) -> bool:
    """Whether the second statement runs whenever the first one has: it stands in no branch that the first is not in."""
    if first == second:
        return False
    ways = {(parent.id, child.id) for parent, child in _branching(first)}
    return all((parent.id, child.id) in ways for parent, child in _branching(second))


def _branching(node: Node) -> Iterator[tuple[Node, Node]]:
    for parent, child in above(node):
        conditional = parent.type == "list" and child != parent.children[0]
        if conditional or parent.type in (*BRANCHES, "case_statement") or parent.type in LOOPS:
            yield parent, parent if parent.type != "case_statement" else child
        if parent.type == "if_statement" and child.type in ("elif_clause", "else_clause"):
            yield parent, child


def _functions(script: Script) -> dict[str, Node]:
    found = {}
    for node in walk(script.root):
        if node.type == "function_definition":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and body is not None:
                found[source(name)] = body
    return found


def _events(node: Node, functions: dict[str, Node], calls: tuple[str, ...]) -> Iterator[Event]:
    """What happens at and below a node; a function's body happens where it is called."""
    if node.type == "function_definition":
        return
    if node.type == "redirected_statement":
        redirects = [child for child in node.children if child.type in ("file_redirect", "heredoc_redirect")]
        for child in node.children:
            if child not in redirects:
                yield from _events(child, functions, calls)
        for redirect in redirects:
            yield from _redirect(redirect, node, functions, calls)
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


def _redirect(redirect: Node, statement: Node, functions: dict[str, Node], calls: tuple[str, ...]) -> Iterator[Event]:
    for child in redirect.children:
        if child.type in ("file_redirect", "pipeline"):  # cat <<EOF > file, cat <<EOF | tee file
            yield from (
                _redirect(child, statement, functions, calls)
                if child.type == "file_redirect"
                else _events(child, functions, calls)
            )
    if redirect.type != "file_redirect":
        return
    operator = next(
        (child.type for child in redirect.children if child.type in (">", ">>", ">|", "&>", "&>>", "<")), ""
    )
    descriptor = next((source(child) for child in redirect.children if child.type == "file_descriptor"), "1")
    path = _path(redirect.children[-1])
    if not path or path.startswith("/dev/") or (descriptor not in ("0", "1") and operator != "<"):
        return
    if operator == "<":
        yield Event("read", path, redirect)
    elif operator in (">>", "&>>"):
        yield Event("append", path, statement)
    elif operator in (">", ">|", "&>"):
        body = next(
            (child for child in statement.children if child.type not in ("file_redirect", "heredoc_redirect")), None
        )
        head = (words(body) or [""])[0] if body is not None and body.type == "command" else ""
        yield Event("empty" if body is None or head in EMPTY else "write", path, statement)


def _command(node: Node, functions: dict[str, Node], calls: tuple[str, ...]) -> Iterator[Event]:
    given = bare(words(node))
    head, rest = (given[0], given[1:]) if given else ("", [])
    if head in functions and head not in calls and len(calls) < 5:
        yield from _events(functions[head], functions, (*calls, head))
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
