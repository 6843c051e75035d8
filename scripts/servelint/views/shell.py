"""Shell scripts that run in a rendered set, as syntax trees: command lines of `sh -c`, and scripts in ConfigMaps.

The grammar reads what it does not understand as an error node; a script with one is ``sound`` False, and rules that
must know the whole flow stay silent on it.
"""

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TypeVar

from ..model import Container, Overlay, Pointer, Resource, mapping
from .syntax import Node, parsed

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
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
        return f"line {self.first + node.row + 1}: " if self.has_lines else ""

    @cached_property
    def has_lines(self) -> bool:
        """Whether there is more than one line to tell apart."""
        return "\n" in self.text.strip() or self.first > 0

    def at(self, row: int) -> Pointer:
        """Where a row of the text stands, counted from 0: a line of a ConfigMap's file, else the whole text."""
        return (*self.pointer, self.first + row) if self.pointer[0] == "data" else self.pointer

    def on(self, letter: str, node: Node) -> bool:
        """Whether `set -e`, `set -u`, … is in force at a node, by the last `set` above it."""
        places, states = _switches(self.text).get(letter, ((), ()))
        before = bisect_left(places, node.start_byte)
        return states[before - 1] if before else letter in self.options


# --- reading ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _switches(text: str) -> dict[str, tuple[list[int], list[bool]]]:
    """Where `set -e` and its like stand, by letter, and whether each turns it on."""
    found: dict[str, tuple[list[int], list[bool]]] = {}
    named = {"errexit": "e", "nounset": "u", "allexport": "a"}
    for node in parsed(text)[0].tree.of("command"):
        if (given := words(node))[:1] == ["set"]:
            for word, after in pairwise([*given[1:], ""]):
                if re.fullmatch(r"[-+][a-zA-Z]+", word):
                    for letter in set(word[1:]) | ({named[after]} if "o" in word[1:] and after in named else set()):
                        places, states = found.setdefault(letter, ([], []))
                        places.append(node.start_byte)
                        states.append(word[0] == "-")
    return found


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


@lru_cache(maxsize=256)
def _placed(overlay: Overlay) -> tuple[dict[tuple[int, str], list[Script]], dict[tuple[int, Pointer], list[Script]]]:
    """The scripts by ConfigMap and key, and by object and container."""
    in_files: dict[tuple[int, str], list[Script]] = {}
    in_lines: dict[tuple[int, Pointer], list[Script]] = {}
    for script in scripts(overlay):
        if script.container is None:
            in_files.setdefault((id(script.resource), str(script.pointer[1])), []).append(script)
        elif script.pointer[len(script.container.pointer)] in ("command", "args"):
            in_lines.setdefault((id(script.resource), script.container.pointer), []).append(script)
    return in_files, in_lines


def scripts_in_file(overlay: Overlay, config: Resource, key: str) -> list[Script]:
    """The script that a ConfigMap holds under a key, and those inside it."""
    return _placed(overlay)[0].get((id(config), key), [])


def scripts_in_line(overlay: Overlay, resource: Resource, container: Pointer) -> list[Script]:
    """The script that the command line of a container hands to a shell, and those inside it."""
    return _placed(overlay)[1].get((id(resource), container), [])


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
    for i, word in enumerate(given):
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
    for node in script.root.tree.of("command", "heredoc_body"):
        text: Node | None = None
        options: frozenset[str] = frozenset()
        if node.type == "command":
            handed = _argument(words(node))
            if handed is not None:
                options = handed[1]
                text = arguments(node)[handed[0]]
                text = text if text.type == "raw_string" or (text.type == "string" and not _expands(text)) else None
        elif node.parent is not None and node.parent.parent is not None and _is_program(node.parent.parent):
            # Behind a quoted mark the grammar sees no expansions.
            text = None if _expands(node) else node
        if text is not None:
            inner = source(text) if text.type == "heredoc_body" else source(text)[1:-1]
            yield _script(inner, script.resource, script.pointer, options, script.container, script.first + text.row)


def _is_program(statement: Node) -> bool:
    """Whether the here-document of a statement is a shell script: fed to a shell, or written to a file named as one."""
    return once(statement, _runs_or_names_shell)


def _runs_or_names_shell(statement: Node) -> bool:
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
    return (Node(node.tree, at) for at in range(node.id, node.tree.stops[node.id]))


T = TypeVar("T")


def once(node: Node, answer: Callable[[Node], T]) -> T:
    """What a function says of a node, which it is asked once however many rules want to know."""
    known = node.tree.known
    if (answer, node.id) not in known:
        known[answer, node.id] = answer(node)
    found: T = known[answer, node.id]
    return found


def source(node: Node) -> str:
    """The text of a node."""
    return node.text.decode("utf-8", "replace")


def plain(node: Node) -> str:
    """The text of a word without its quotes."""
    return re.sub(r"[\"']|\\(?=\s)", "", source(node))


def arguments(command: Node) -> list[Node]:
    """The words of a command: its name and what it is given; assignments before it and redirections are none."""
    outer = ("variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect", "comment")
    return [child for child in command.children if child.type not in outer]


def words(command: Node) -> list[str]:
    """The words of a command as text, without quotes."""
    return once(command, _words)


def _words(command: Node) -> list[str]:
    return [plain(argument) for argument in arguments(command)]


def head(command: Node) -> str:
    """The name of the program that a command runs, without what only starts it; empty if it runs none."""
    return once(command, _head)


def _head(command: Node) -> str:
    return (bare(words(command)) or [""])[0]


WRAPPERS = frozenset(
    {"sudo", "env", "exec", "command", "nohup", "nice", "time", "builtin", "stdbuf", "timeout", "retry"}
)


def bare(given: list[str]) -> list[str]:
    """The words of a command without what only starts it: sudo, env and its settings, timeout."""
    at = 0
    while at < len(given):
        head = posixpath.basename(given[at])
        if head in WRAPPERS:
            at += 1
            while at < len(given) and (
                given[at].startswith("-")
                or "=" in given[at]
                or (head in ("timeout", "nice") and given[at][:1].isdigit())
            ):
                at += 1
        elif re.match(r"\w+=", given[at]):
            at += 1
        else:
            return [head, *given[at + 1 :]]
    return []


def statements(node: Node) -> list[Node]:
    """The statements of a body in order: of a program, of braces, of a loop, of a branch."""
    return [child for child in node.children if child.is_named and child.type not in ("comment", "heredoc_body")]


def functions(root: Node) -> dict[str, Node]:
    """The bodies of a script's functions by name; of two of one name the last."""
    found = {}
    for node in root.tree.of("function_definition"):
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            found[source(name)] = body
    return found


def above(node: Node) -> Iterator[tuple[Node, Node]]:
    """Each ancestor of a node with the child of it that leads to the node, innermost first."""
    child, parent = node, node.parent
    while parent is not None:
        yield parent, child
        child, parent = parent, parent.parent


def parts(listed: Node) -> list[tuple[str, Node]]:
    """The commands of a list in order, each with the sign before it; the first has none."""
    found, sign = [], ""
    for child in listed.children:
        if child.type in ("&&", "||"):
            sign = child.type
        elif child.is_named and child.type not in ("comment", "heredoc_body"):
            found.append((sign, child))
    return found


def excused(node: Node) -> bool:
    """Whether the exit status of a command is looked at, so that `set -e` passes it over.

    In a function it is looked at where that of a call is; a function that nothing calls by its name may be anywhere.
    """
    looked_at, label = _looked_at(node)
    return looked_at or label in once(Node(node.tree, 0), _excused_functions)


def _looked_at(node: Node) -> tuple[bool, str | None]:
    """Whether a command's status is looked at where it stands, or the name of the function that it stands in."""
    for parent, child in above(node):
        if parent.type in ("negated_command", "command_substitution", "process_substitution"):
            return True, None
        if parent.type in ("list", "pipeline") and child.id < once(parent, _final):
            return True, None
        if parent.type == "redirected_statement" and once(parent, _goes_on):
            return True, None
        if parent.type in ("if_statement", "elif_clause", "while_statement") and child.end_byte <= once(parent, _asked):
            return True, None
        if parent.type == "function_definition":
            name = parent.child_by_field_name("name")
            return False, source(name) if name is not None else ""
    return False, None


def _final(statement: Node) -> int:
    """Where the last command of a list or a pipeline stands, whose status is that of the whole."""
    return max((child.id for child in statements(statement)), default=statement.id)


def _goes_on(statement: Node) -> bool:
    """The grammar puts what stands behind the mark of a here-document into it."""
    return any(c.type in ("||", "&&") for redirect in statement.children for c in redirect.children)


def _asked(statement: Node) -> int:
    """Where the condition between `if` and `then`, or between `while` and `do`, ends: a byte."""
    end = next((child for child in statement.children if child.type in ("then", "do_group")), None)
    return end.start_byte if end is not None else statement.end_byte


def _excused_functions(root: Node) -> frozenset[str]:
    """Functions with a call whose status is looked at, by themselves or by those that call them; and without a call."""
    names = [node.child_by_field_name("name") for node in root.tree.of("function_definition")]
    labels = {source(name) if name is not None else "" for name in names}
    callers: dict[str, set[str]] = {label: set() for label in labels}
    uncalled, found = set(labels), set()
    for command in root.tree.of("command"):
        label = (words(command) or [""])[0]
        if label in labels and words(command):
            uncalled.discard(label)
            looked_at, within = _looked_at(command)
            if looked_at:
                found.add(label)
            elif within is not None:
                callers[within].add(label)
    waiting = list(found := found | uncalled)
    while waiting:
        for label in callers[waiting.pop()] - found:
            found.add(label)
            waiting.append(label)
    return frozenset(found)


def background(node: Node) -> bool:
    """Whether a statement is sent to the background."""
    following = node.next_sibling
    return following is not None and following.type == "&"


def commands(script: Script) -> Iterator[Node]:
    """Every simple command of a script."""
    return iter(script.root.tree.of("command"))
