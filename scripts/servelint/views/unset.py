"""Variables that a shell script reads though nothing has set them by then: one pass in the order in which it runs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .shell import Script, above, arguments, functions, parts, plain, source, walk, words
from .syntax import Node

MOST_NAMES = 500
"""Variables of one script; one with more is not judged."""
DEEPEST, MOST_FOLLOWED = 100, 5_000
"""Nesting at which a function that is called is still followed, and nodes of functions that are: in one script."""
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


class Read(NamedTuple):
    """A variable that is read and not set. branched: a branch sets it, which may not be taken; else nothing does."""

    name: str
    node: Node
    branched: bool


@dataclass
class Walk:
    """One pass through a script in the order in which it runs."""

    script: Script
    assigned: dict[str, int]
    """Every name that the script assigns anywhere, with the byte behind the first place where it does."""
    functions: dict[str, Node]
    foreign: bool = False
    """Whether something ran that may set variables by itself."""
    calls: list[str] = field(default_factory=list)
    found: list[Read] = field(default_factory=list)
    depth: int = 0
    followed: int = 0
    """Nodes of functions that were looked at where they are called."""
    given: dict[str, frozenset[str]] = field(default_factory=dict)
    """What each function assigns anywhere in it, as far as that was asked."""
    ends: dict[str, bool] = field(default_factory=dict)
    """Whether there is an exit in a function, as far as that was asked."""


def unset(script: Script, known: frozenset[str], shown: bool) -> list[Read]:
    """What a script reads outside every branch though it is not set on every way there, in the order in which it runs.

    known: what the manifest gives it; shown: whether that is all that it gives. A script of very many variables is not
    judged.
    """
    nodes = list(walk(script.root))
    assigned: dict[str, int] = {}
    for node in nodes:
        for name in _assigned(node):
            assigned[name] = min(node.end_byte, assigned.get(name, node.end_byte))
    if len(assigned) > MOST_NAMES:
        return []
    guarded = {
        source(name)
        for node in nodes
        if node.type == "expansion" and any(child.type in SAFE for child in node.children)
        for name in node.children
        if name.type == "variable_name"
    }
    # A test of whether a variable is set shows that its author knows that it may not be.
    guarded |= set(re.findall(r"-v\s+(\w+)", script.text))
    state = Walk(script, assigned, functions(script.root), foreign=not shown)
    # A name in capitals that is read before the script first sets it, or for that, comes with the environment.
    given = {name for name in _read_first(nodes) if name != name.lower()}
    _sequence(state, script.root.children, {*known, *guarded, *given, *LOWER, *SHELL}, True)
    return state.found


def _read_first(nodes: list[Node]) -> set[str]:
    """Names that are read before the script first sets them, or for that."""
    found: set[str] = set()
    settled: set[str] = set()
    for node in nodes:
        if node.type in ("simple_expansion", "expansion"):
            found |= _read_by(node) - settled
        fresh = set(_assigned(node)) - settled - found
        if fresh:
            found |= fresh & {name for below in walk(node) for name in _read_by(below)}
            settled |= fresh
    return found


def _read_by(node: Node) -> set[str]:
    return {source(child) for child in node.children} if node.type in ("simple_expansion", "expansion") else set()


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
        state.depth += 1
        state.followed += bool(state.calls)
        have = _step(state, node, have, sure)
        state.depth -= 1
    return have


def _step(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    """What is set after a node if ``have`` was before it. ``sure``: the node stands in no branch."""
    kind = node.type
    if kind in ("comment", "function_definition", "raw_string", "heredoc_start", "heredoc_end"):
        return have
    if kind in ("simple_expansion", "expansion"):
        _read(state, node, have, sure)
        return _with(_sequence(state, node.children, have, False), _assigned(node))
    if kind == "if_statement":
        return _if(state, node, have, sure)
    if kind == "case_statement":
        return _case(state, node, have, sure)
    if kind in ("for_statement", "c_style_for_statement", "while_statement"):
        inside = _sequence(state, node.children, _with(have, _assigned(node)), sure)
        # A loop is taken to run: that it might not is no mistake of its own.
        return inside | {name for below in walk(node) for name in _assigned(below)}
    if kind == "list":
        return _list(state, node, have, sure)
    if kind in ("subshell", "command_substitution", "process_substitution"):
        _sequence(state, node.children, have, sure and kind != "process_substitution")
        return have
    if kind == "command":
        return _command(state, node, have, sure)
    return _with(_sequence(state, node.children, have, sure), _assigned(node))


def _with(have: set[str], names: Iterable[str]) -> set[str]:
    """What is set, and some names: a new set only where one of them is new."""
    fresh = set(names) - have
    return have | fresh if fresh else have


def _list(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    """What is set behind commands that are joined by && and ||, of which every sign takes all that stands before it."""
    plainly = True  # nothing so far decides whether to go on
    on_success: set[str] = set()  # what has been set if the status so far is 0
    for sign, part in parts(node):
        if not sign:
            have = _step(state, part, have, sure)
        elif sign == "&&":
            after = _step(state, part, have, False)
            have = after if plainly else have
        else:
            after = _step(state, part, have, False)
            # Either the left side came to its end, with what it set on the way, or the right side ran.
            reached = have | on_success
            have = reached if _leaves(state, part) else reached & (after | have)
        plainly = sign != "||" and plainly and _plain(part)
        on_success = _with(on_success, _assigned(part)) if sign != "||" else set()
    return have


def _command(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    have = _sequence(state, [child for child in node.children if child.type != "command_name"], have, sure)
    given = words(node)
    have = _with(have, _assigned(node))
    name = given[0] if given else ""
    if name in FOREIGN or any(word.startswith("$") for word in given[:1]):
        state.foreign = True
    if name in state.functions and name not in state.calls and len(state.calls) < 5:
        body = state.functions[name]
        if state.depth < DEEPEST and state.followed < MOST_FOLLOWED:
            state.calls.append(name)
            have = _step(state, body, have, sure)
            state.calls.pop()
        # A caller may be told apart from another one by what the function was given.
        if name not in state.given:
            state.given[name] = frozenset(found for below in walk(body) for found in _assigned(below))
        return _with(have, state.given[name])
    return have


def _read(state: Walk, node: Node, have: set[str], sure: bool) -> None:
    """Notes a variable that is read and not set."""
    name = next((source(child) for child in node.children if child.type in ("variable_name", "subscript")), "")
    safe = any(child.type in SAFE or child.type == "!" for child in node.children)
    if safe or name in have or not sure or not re.fullmatch(r"[A-Za-z_]\w*", name) or not state.script.on("u", node):
        return
    if name in state.assigned:
        # What is set further below, in a function or at the end of a loop, may have been set by then. And a name in
        # capitals may come from a file that was read, or from the image.
        above_here = state.assigned[name] <= node.start_byte
        if above_here and not (name != name.lower() and state.foreign):
            state.found.append(Read(name, node, branched=True))
    elif not state.foreign:
        state.found.append(Read(name, node, branched=False))


def _if(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    rest = [child for child in node.children if child.type in ("elif_clause", "else_clause")]
    own = [child for child in node.children if child.type not in ("elif_clause", "else_clause")]
    then = next((i for i, child in enumerate(own) if child.type == "then"), len(own))
    tested = _sequence(state, own[:then], have, sure)
    branches = [own[then + 1 :], *(clause.children for clause in rest)]
    ways = [(part, _sequence(state, part, tested, False)) for part in branches]
    closed = any(clause.type == "else_clause" for clause in rest)
    # A chain of questions without an else may cover every case there is.
    return _joined(state, ways, tested, closed or len(ways) > 1)


def _case(state: Walk, node: Node, have: set[str], sure: bool) -> set[str]:
    before = _sequence(state, [child for child in node.children if child.type != "case_item"], have, sure)
    items = [item.children for item in node.children if item.type == "case_item"]
    ways = [(item, _sequence(state, item, before, False)) for item in items]
    return _joined(state, ways, before, len(ways) > 1)


def _joined(state: Walk, ways: list[tuple[list[Node], set[str]]], before: set[str], closed: bool) -> set[str]:
    """What is set behind all branches that come to their end."""
    ends = [have for body, have in ways if not any(_leaves(state, part) for part in body)]
    if not closed:
        ends.append(before)
    return set.intersection(*ends) if ends else {*before, *(name for _, have in ways for name in have)}


def _leaves(state: Walk, node: Node) -> bool:
    """Whether a statement ends the script or the loop: by itself, by a function that does, by a name such as die."""
    if node.type == "redirected_statement":
        return _leaves(state, node.children[0])
    if node.type == "compound_statement":
        return any(_leaves(state, child) for child in node.children)
    name = "".join(words(node)[:1]) if node.type == "command" else ""
    body = state.functions.get(name)
    if body is not None and name not in state.ends:
        state.ends[name] = any(words(n)[:1] == ["exit"] for n in walk(body) if n.type == "command")
    return name in LEAVES or state.ends.get(name, False)


def _plain(node: Node) -> bool:
    """Whether a command only prepares, so that what follows its && is taken to run."""
    if node.type in ("test_command", "negated_command", "pipeline"):
        return False
    given = [plain(word) for word in arguments(node)[:1]] if node.type == "command" else [""]
    return given[:1] not in (["["], ["test"], ["grep"], ["command"], ["which"])
