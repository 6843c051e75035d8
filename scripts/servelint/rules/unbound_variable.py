"""Under `set -u` a script reads a variable that is not set on every way there.

The script ends at that line. Where it stands behind the work, as the line that cleans up often does, a benchmark of
hours is over, its Job counts as failed, and it may run again. Reported is a variable that only one branch sets and that
is read outside every branch, and one in small letters that nothing sets at all; what another script sets is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from ..model import Container, Overlay, Problem, mapping, mappings
from ..views.environment import variables
from ..views.shell import Script, above, arguments, plain, scripts, source, walk, words

SEVERITY = "error"
HINT = "Set the variable before the branch, or read it as ${name:-}."
SOURCE = "https://www.shellcheck.net/wiki/SC2154"
COVERS = ("ROL-10",)

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: launcher}
data:
  launch.sh: |
    #!/bin/bash
    set -euo pipefail
    engine_dir=""
    if [[ "$1" == tensorrt ]]; then
      engine_dir=/tmp/engine
    fi
    trtllm-bench --model m throughput
    rm -rf "$engine_dir"
"""
BAD = GOOD.replace('    engine_dir=""\n', "")

SAFE = frozenset({":-", "-", ":+", "+", ":=", "=", ":?", "?"})
"""Operators of an expansion that say what happens without a value."""
FOREIGN = frozenset({"source", ".", "eval", "getopts", "mapfile", "readarray", "coproc"})
LOWER = frozenset({"http_proxy", "https_proxy", "no_proxy", "ftp_proxy", "all_proxy"})
"""Variables in small letters that an image or a cluster sets by custom."""
LEAVES = frozenset({"exit", "return", "exec", "break", "continue", "die", "fail", "fatal", "abort", "usage", "error"})
SHELL = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "HOSTNAME", "PWD", "OLDPWD", "SHELL", "LANG", "TERM", "IFS", "UID", "EUID",
    "PPID", "RANDOM", "SECONDS", "LINENO", "SHLVL", "OPTIND", "OPTARG", "REPLY", "COLUMNS", "LINES", "OSTYPE",
    "HOSTTYPE", "MACHTYPE", "TMPDIR", "PIPESTATUS", "FUNCNAME", "BASH", "BASHPID", "BASH_SOURCE", "BASH_VERSION",
})  # fmt: skip
"""Variables that the shell or whoever starts it sets."""


@dataclass
class Walk:
    """One pass through a script in the order in which it runs."""

    script: Script
    assigned: frozenset[str]
    """Every name that the script assigns anywhere."""
    functions: dict[str, Node]
    foreign: bool = False
    """Whether something ran that may set variables by itself."""
    calls: list[str] = field(default_factory=list)
    found: list[tuple[str, Node, str]] = field(default_factory=list)


def check(overlay: Overlay) -> Iterator[Problem]:
    everywhere = _environment(overlay, [container for pod in overlay.pods for container in pod.containers])
    for script in scripts(overlay):
        if not script.sound or not ("u" in script.options or re.search(r"\bset\s.*(-\w*u|nounset)", script.text)):
            continue
        known, shown = _environment(overlay, [script.container]) if script.container else everywhere
        told = set()
        for name, node, why in _unset(script, known, shown):
            if name not in told:
                told.add(name)
                yield Problem(script.resource, script.at(node.start_point[0]), f"{script.place(node)}${name} {why}")


def _environment(overlay: Overlay, containers: Iterable[Container]) -> tuple[frozenset[str], bool]:
    """The variables that the manifest gives any of some containers, and whether these are all that it gives."""
    names: set[str] = set()
    shown = True
    for container in containers:
        names |= variables(overlay, container).keys()
        for _, item in mappings(container.body.get("envFrom")):
            config = str(mapping(item.get("configMapRef")).get("name", ""))
            shown = shown and overlay.named("ConfigMap", config) is not None
    return frozenset(names), shown


def _unset(script: Script, known: frozenset[str], shown: bool) -> list[tuple[str, Node, str]]:
    nodes = list(walk(script.root))
    assigned = {name for node in nodes for name in _assigned(node)}
    guarded = {
        source(name)
        for node in nodes
        if node.type == "expansion" and any(child.type in SAFE for child in node.children)
        for name in node.children
        if name.type == "variable_name"
    }
    # A test of whether a variable is set shows that its author knows that it may not be.
    guarded |= set(re.findall(r"-v\s+(\w+)", script.text))
    functions = {}
    for node in nodes:
        if node.type == "function_definition":
            label, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if label is not None and body is not None:
                functions[source(label)] = body
    state = Walk(script, frozenset(assigned), functions, foreign=not shown)
    # A name in capitals that is read before the script first sets it, or for that, comes with the environment.
    given = {name for name in assigned if name != name.lower() and _read_first(nodes, name)}
    _sequence(state, list(script.root.children), {*known, *guarded, *given, *LOWER, *SHELL}, True)
    return state.found


def _read_first(nodes: list[Node], name: str) -> bool:
    for node in nodes:
        if node.type in ("simple_expansion", "expansion") and any(source(child) == name for child in node.children):
            return True
        if name in _assigned(node):
            return any(
                inner.type in ("simple_expansion", "expansion")
                and any(source(child) == name for child in inner.children)
                for inner in walk(node)
            )
    return False


def _assigned(node: Node) -> Iterator[str]:
    """Names that a node sets."""
    if node.type == "variable_assignment":
        name = node.child_by_field_name("name")
        if name is not None:
            yield source(name).partition("[")[0]
    elif node.type == "declaration_command":
        yield from (source(child) for child in node.children if child.type == "variable_name")
    elif node.type in ("for_statement", "select_statement"):
        variable = node.child_by_field_name("variable")
        if variable is not None:
            yield source(variable)
    elif node.type == "command":
        given = words(node)
        if given[:1] in (["read"], ["mapfile"], ["readarray"], ["getopts"], ["let"], ["printf"], ["wait"]):
            yield from (found[1] for word in given[1:] if (found := re.match(r"([A-Za-z_]\w*)", word)))
        if given[:1] == ["getopts"]:
            yield from ("OPTARG", "OPTIND")
    elif node.type == "expansion" and any(child.type in (":=", "=") for child in node.children):
        yield from (source(child) for child in node.children if child.type == "variable_name")
    elif (
        node.type.endswith("_expression")
        and re.search(r"\+\+|--|[^=!<>]=[^=]", source(node))
        and not any(parent.type == "test_command" for parent, _ in above(node))
    ):
        yield from re.findall(r"[A-Za-z_]\w*", source(node))[:1]


def _sequence(state: Walk, nodes: list[Node], have: set[str], sure: bool) -> set[str]:
    for node in nodes:
        have = _step(state, node, have, sure)
    return have


def _step(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    """What is set after a node if ``have`` was before it. ``sure``: the node stands in no branch."""
    kind = node.type
    if kind in ("comment", "function_definition", "raw_string", "heredoc_start", "heredoc_end"):
        return have
    if kind in ("simple_expansion", "expansion"):
        _read(state, node, have, sure)
        return _sequence(state, list(node.children), have, False) | set(_assigned(node))
    if kind == "if_statement":
        return _if(state, node, have, sure)
    if kind == "case_statement":
        return _case(state, node, have, sure)
    if kind in ("for_statement", "c_style_for_statement", "while_statement"):
        inside = _sequence(state, list(node.children), have | set(_assigned(node)), sure)
        # A loop is taken to run: that it might not is no mistake of its own.
        return inside | {name for below in walk(node) for name in _assigned(below)}
    if kind == "list":
        left, operator, right = node.children[0], node.children[1].type, node.children[-1]
        before = _step(state, left, have, sure)
        after = _step(state, right, set(before), False)
        if operator == "&&":
            return after if _plain(left) else before
        # Either the left side came to its end, with what it set on the way, or the right side ran.
        succeeded = before | _on_success(left)
        return succeeded if _leaves(state, right) else succeeded & (after | before)
    if kind in ("subshell", "command_substitution", "process_substitution"):
        _sequence(state, list(node.children), set(have), sure and kind != "process_substitution")
        return have
    if kind == "command":
        return _command(state, node, have, sure)
    have = _sequence(state, list(node.children), have, sure)
    return have | set(_assigned(node))


def _on_success(node: Node) -> set[str]:
    """What a side of a list has set if its status is 0."""
    if node.type == "list" and node.children[1].type == "&&":
        return _on_success(node.children[0]) | _on_success(node.children[-1])
    return set(_assigned(node))


def _command(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    have = _sequence(state, [child for child in node.children if child.type != "command_name"], set(have), sure)
    given = words(node)
    have |= set(_assigned(node))
    name = given[0] if given else ""
    if name in FOREIGN or any(word.startswith("$") for word in given[:1]):
        state.foreign = True
    if name in state.functions and name not in state.calls and len(state.calls) < 5:
        state.calls.append(name)
        body = state.functions[name]
        inside = _step(state, body, set(have), sure)
        state.calls.pop()
        # A caller may be told apart from another one by what the function was given.
        return inside | {found for below in walk(body) for found in _assigned(below)}
    return have


def _read(state: Walk, node: Node, have: set[str], sure: bool) -> None:
    """Notes a variable that is read and not set."""
    name = next((source(child) for child in node.children if child.type in ("variable_name", "subscript")), "")
    if any(child.type in SAFE or child.type == "!" for child in node.children) or not re.fullmatch(
        r"[A-Za-z_]\w*", name
    ):
        return
    if name in have or not sure or not state.script.on("u", node):
        return
    if name in state.assigned:
        # What is set further below, in a function or at the end of a loop, may have been set by then. And a name in
        # capitals may come from a file that was read, or from the image.
        above_here = any(n.end_byte <= node.start_byte for n in walk(state.script.root) if name in _assigned(n))
        if above_here and not (name != name.lower() and state.foreign):
            state.found.append((name, node, "is set in one branch alone, and set -u ends the script here without it"))
    elif name == name.lower() and not state.foreign:
        state.found.append((name, node, "is set nowhere, and set -u ends the script here"))


def _if(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    condition: list[Node] = []
    body: list[Node] = []
    rest: list[Node] = []
    seen = False
    for child in node.children:
        if child.type in ("elif_clause", "else_clause"):
            rest.append(child)
        elif child.type == "then":
            seen = True
        else:
            (body if seen else condition).append(child)
    tested = _sequence(state, condition, set(have), sure)
    ways = [(body, _sequence(state, body, set(tested), False))]
    for clause in rest:
        ways.append((list(clause.children), _sequence(state, list(clause.children), set(tested), False)))
    closed = any(clause.type == "else_clause" for clause in rest)
    # A chain of questions without an else may cover every case there is.
    return _joined(state, ways, tested, closed or len(ways) > 1)


def _case(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    before = _sequence(state, [child for child in node.children if child.type != "case_item"], set(have), sure)
    ways = []
    for item in node.children:
        if item.type == "case_item":
            ways.append((list(item.children), _sequence(state, list(item.children), set(before), False)))
    return _joined(state, ways, before, len(ways) > 1)


def _joined(state: Walk, ways: list[tuple[list[Node], set[str]]], before: set[str], closed: bool) -> set[str]:
    """What is set behind all branches that come to their end."""
    ends = [have for body, have in ways if not any(_leaves(state, part) for part in body)]
    if not closed:
        ends.append(set(before))
    return set.intersection(*ends) if ends else {*before, *(name for _, have in ways for name in have)}


def _leaves(state: Walk, node: Node) -> bool:
    """Whether a statement ends the script or the loop: by itself, by a function that does, by a name such as die."""
    if node.type == "redirected_statement":
        return _leaves(state, node.children[0])
    if node.type == "compound_statement":
        return any(_leaves(state, child) for child in node.children)
    name = (words(node) or [""])[0] if node.type == "command" else ""
    body = state.functions.get(name)
    ends = body is not None and any((words(n) or [""])[0] == "exit" for n in walk(body) if n.type == "command")
    return name in LEAVES or ends


def _plain(node: Node) -> bool:
    """Whether a command only prepares, so that what follows its && is taken to run."""
    if node.type == "list":
        return node.children[1].type == "&&" and _plain(node.children[0]) and _plain(node.children[-1])
    if node.type in ("test_command", "negated_command", "pipeline"):
        return False
    given = [plain(word) for word in arguments(node)[:1]] if node.type == "command" else [""]
    return given[:1] not in (["["], ["test"], ["grep"], ["command"], ["which"])
