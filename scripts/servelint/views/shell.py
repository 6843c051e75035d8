"""Shell scripts that run in a rendered set, as syntax trees: command lines of `sh -c`, and scripts in ConfigMaps.

The grammar is tree-sitter's for bash. It reads what it does not understand as an error node; a script with one is
``sound`` False, and rules that must know the whole flow stay silent on it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import tree_sitter
import tree_sitter_bash
from tree_sitter import Node

from ..model import Container, Overlay, Pointer, Resource, mapping

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
BASH = tree_sitter.Language(tree_sitter_bash.language())
DEEPEST = 200
"""Nesting beyond this is no script that a person wrote; recursion over the tree ends before Python's does."""
BRANCHES = frozenset({"if_statement", "elif_clause", "else_clause", "case_item"})
LOOPS = frozenset({"for_statement", "c_style_for_statement", "while_statement"})
OWN_PROCESS = frozenset({"subshell", "command_substitution", "process_substitution", "pipeline"})
"""What runs in a shell of its own: its variables, its exec and its exit stay there."""


@dataclass(frozen=True, eq=False)
class Script:
    """A text that a shell runs, and where it was written. ``first`` is the line of that text at which it begins."""

    text: str
    resource: Resource
    pointer: Pointer
    root: Node = field(repr=False)
    sound: bool
    options: frozenset[str] = frozenset()
    """Letters of the options that the shell is started with: e, u."""
    container: Container | None = None
    """Whose command line it is; None for a script in a ConfigMap."""
    first: int = 0

    def place(self, node: Node) -> str:
        """Where a node stands, for messages; a script of one line needs no line number."""
        return f"line {self.first + node.start_point[0] + 1}: " if "\n" in self.text.strip() or self.first else ""

    def at(self, row: int) -> Pointer:
        """Where a row of the text stands, counted from 0: a line of a ConfigMap's file, else the whole text."""
        return (*self.pointer, self.first + row) if self.pointer[0] == "data" else self.pointer

    def on(self, letter: str, node: Node) -> bool:
        """Whether `set -e`, `set -u`, … is in force at a node, by the last `set` above it."""
        state = letter in self.options
        for at, turned_on, letters in _switches(self.text):
            if at < node.start_byte and letter in letters:
                state = turned_on
        return state


# --- reading ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def parsed(text: str) -> tuple[Node, bool]:
    """The tree of a text, and whether all of it was understood."""
    # A backslash at the very end joins nothing: it is judged as text, and would be an error here.
    source = re.sub(r"\\\s*\Z", "", text) + "\n"
    # People write remarks between arguments as `# …`, which the grammar takes for a comment up to the end of the line.
    source = re.sub(r"`#[^`\n]*`", lambda match: " " * len(match[0].encode("utf-8", "replace")), source)
    root = tree_sitter.Parser(BASH).parse(source.encode("utf-8", "replace")).root_node
    return root, not root.has_error and _shallow(root)


def _shallow(root: Node) -> bool:
    cursor, depth = root.walk(), 0
    while True:
        if depth > DEEPEST:
            return False
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return True
            depth -= 1


@lru_cache(maxsize=512)
def _switches(text: str) -> tuple[tuple[int, bool, frozenset[str]], ...]:
    """Every `set -e` and its like: byte, on or off, letters."""
    found = []
    for node in walk(parsed(text)[0]):
        if node.type == "command" and (given := words(node))[:1] == ["set"]:
            named = {"errexit": "e", "nounset": "u", "allexport": "a"}
            for word, after in zip(given[1:], [*given[2:], ""], strict=True):
                if re.fullmatch(r"[-+][a-zA-Z]+", word):
                    letters = set(word[1:]) | ({named[after]} if "o" in word[1:] and after in named else set())
                    found.append((node.start_byte, word[0] == "-", frozenset(letters)))
    return tuple(found)


@lru_cache(maxsize=256)
def scripts(overlay: Overlay) -> tuple[Script, ...]:
    """Every shell script of the set: command lines, hooks and probes, ConfigMaps, and the scripts inside those."""
    found: list[Script] = []
    for pod in overlay.pods:
        for container in pod.containers:
            command = started(container)
            if command is not None:
                found += _with_inner(command)
            found += (inner for hook in _hooks(container) for inner in _with_inner(hook))
    for config in overlay.of("ConfigMap"):
        for key, text in mapping(config.body.get("data")).items():
            if isinstance(text, str) and is_script(str(key), text):
                options = frozenset("".join(re.findall(r"\s-([a-z]+)", text.split("\n", 1)[0])))
                found += _with_inner(
                    _script(text, config, ("data", str(key)), options if text[:2] == "#!" else frozenset())
                )
    return tuple(found)


def is_script(name: str, text: str) -> bool:
    """Whether a file is a shell script, by its first line or else its name."""
    if text.startswith("#!"):
        return re.search(r"\b(ba|da|a|k|z)?sh\b", text.split("\n", 1)[0]) is not None
    return name.endswith((".sh", ".bash"))


def _script(
    text: str,
    resource: Resource,
    at: Pointer,
    options: frozenset[str],
    container: Container | None = None,
    first: int = 0,
) -> Script:
    root, sound = parsed(text)
    return Script(text, resource, at, root, sound, options, container, first)


def started(container: Container) -> Script | None:
    """The script that a container's command line hands to a shell; None if no shell gets one."""
    return _handed(container.words, container)


def _hooks(container: Container) -> Iterator[Script]:
    places = [("lifecycle", hook) for hook in ("postStart", "preStop")]
    for path in (*places, ("startupProbe",), ("readinessProbe",), ("livenessProbe",)):
        at = (*container.pointer, *path, "exec", "command")
        command = container.resource.at(at)
        given = enumerate(command if isinstance(command, list) else [])
        script = _handed([(word, (*at, i)) for i, word in given if isinstance(word, str)], container)
        if script is not None:
            yield script


def _handed(given: list[tuple[str, Pointer]], container: Container) -> Script | None:
    handed = _argument([word for word, _ in given])
    if handed is None:
        return None
    position, options = handed
    text, at = given[position]
    # To the kubelet `$$(` is an escaped `$(`.
    return _script(text.replace("$$(", "$("), container.resource, at, options, container)


def _argument(given: list[str]) -> tuple[int, frozenset[str]] | None:
    """The position of the script among the words that start a shell, and the letters of its options."""
    for i, word in enumerate(given[:-1]):
        if posixpath.basename(word) in SHELLS:
            letters, following = "", i + 1
            while following < len(given) and re.fullmatch(r"[-+][a-zA-Z]+|--\w[\w-]*", given[following]):
                option = given[following]
                following += 1
                if option[0] == "-" and option[1] != "-":
                    letters += option[1:]
                if option.endswith("o") and following < len(given):
                    letters += {"errexit": "e", "nounset": "u"}.get(given[following], "")
                    following += 1
            if "c" in letters and following < len(given):
                return following, frozenset(letters)
    return None


def _with_inner(script: Script) -> Iterator[Script]:
    """The script, and those that it hands to another shell or writes to a file as they stand."""
    yield script
    for node in walk(script.root):
        text: Node | None = None
        options: frozenset[str] = frozenset()
        if node.type == "command":
            handed = _argument(words(node))
            if handed is not None:
                options = handed[1]
                text = arguments(node)[handed[0]]
                text = text if text.type == "raw_string" or (text.type == "string" and not _expands(text)) else None
        elif node.type == "heredoc_body" and node.parent is not None and node.parent.parent is not None:
            opening = next((c for c in node.parent.children if c.type == "heredoc_start"), None)
            quoted = opening is not None and opening.text is not None and opening.text[:1] in (b"'", b'"', b"\\")
            if (quoted or not _expands(node)) and _is_program(node.parent.parent):
                text = node
        if text is not None:
            inner = source(text) if text.type == "heredoc_body" else source(text)[1:-1]
            yield _script(
                inner, script.resource, script.pointer, options, script.container, script.first + text.start_point[0]
            )


def _is_program(statement: Node) -> bool:
    """Whether the here-document of a statement is a shell script: fed to a shell, or written to a file named as one."""
    for child in statement.children:
        if child.type == "command" and posixpath.basename((words(child) or [""])[0]) in SHELLS:
            return True
        if child.type == "file_redirect" and plain(child.children[-1]).endswith((".sh", ".bash")):
            return True
    return False


def _expands(node: Node) -> bool:
    return any(inner.type in ("simple_expansion", "expansion", "command_substitution") for inner in walk(node))


# --- looking at trees ------------------------------------------------------------------------------------------------


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def source(node: Node) -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def plain(node: Node) -> str:
    """The text of a word without its quotes."""
    return re.sub(r"[\"']|\\(?=\s)", "", source(node))


def arguments(command: Node) -> list[Node]:
    """The words of a command: its name and what it is given; assignments before it and redirections are none."""
    outer = ("variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect", "comment")
    return [child for child in command.children if child.type not in outer]


def words(command: Node) -> list[str]:
    """The words of a command as text, without quotes."""
    return [plain(argument) for argument in arguments(command)]


WRAPPERS = frozenset(
    {"sudo", "env", "exec", "command", "nohup", "nice", "time", "builtin", "stdbuf", "timeout", "retry"}
)


def bare(given: list[str]) -> list[str]:
    """The words of a command without what only starts it: sudo, env and its settings, timeout."""
    rest = list(given)
    while rest:
        head = posixpath.basename(rest[0])
        if head in WRAPPERS:
            rest = rest[1:]
            while rest and (
                rest[0].startswith("-") or "=" in rest[0] or (head in ("timeout", "nice") and rest[0][:1].isdigit())
            ):
                rest = rest[1:]
        elif re.fullmatch(r"\w+=.*", rest[0], re.DOTALL):
            rest = rest[1:]
        else:
            return [head, *rest[1:]]
    return []


def statements(node: Node) -> list[Node]:
    """The statements of a body in order: of a program, of braces, of a loop, of a branch."""
    return [child for child in node.children if child.is_named and child.type not in ("comment", "heredoc_body")]


def above(node: Node) -> Iterator[tuple[Node, Node]]:
    """Each ancestor of a node with the child of it that leads to the node, innermost first."""
    child, parent = node, node.parent
    while parent is not None:
        yield parent, child
        child, parent = parent, parent.parent


def excused(node: Node, calls: tuple[str, ...] = ()) -> bool:
    """Whether the exit status of a command is looked at, so that `set -e` passes it over.

    In a function it is looked at where that of a call is; a function that nothing calls by its name may be anywhere.
    """
    for parent, child in above(node):
        if parent.type in ("negated_command", "command_substitution", "process_substitution"):
            return True
        if parent.type == "list" and child == parent.children[0]:
            return True
        if parent.type == "redirected_statement" and any(
            c.type in ("||", "&&") for h in parent.children for c in h.children
        ):
            return True  # the grammar puts what stands behind the mark of a here-document into it
        if parent.type == "pipeline" and child != parent.children[-1]:
            return True
        if parent.type in ("if_statement", "elif_clause", "while_statement") and _in_condition(parent, child):
            return True
        if parent.type == "function_definition":
            name = parent.child_by_field_name("name")
            label = source(name) if name is not None else ""
            if label in calls or len(calls) > 5:
                return False
            root = [ancestor for ancestor, _ in above(parent)][-1]
            callers = [other for other in walk(root) if other.type == "command" and words(other)[:1] == [label]]
            return not callers or any(excused(caller, (*calls, label)) for caller in callers)
    return False


def _in_condition(statement: Node, child: Node) -> bool:
    """Whether a child stands between `if` and `then`, or between `while` and `do`."""
    for other in statement.children:
        if other.type in ("then", "do_group"):
            return False
        if other == child:
            return True
    return False


def background(node: Node) -> bool:
    """Whether a statement is sent to the background."""
    following = node.next_sibling
    return following is not None and following.type == "&"


def commands(script: Script) -> Iterator[Node]:
    """Every simple command of a script."""
    return (node for node in walk(script.root) if node.type == "command")
