"""What a container has set up by the time its programs run: variables, and files read into the shell.

The command line is followed as a shell runs it: into functions that are called, mounted scripts and `bash -c`. What a
subshell, a pipeline or a script of its own process sets is gone when that ends, and nothing follows an exec. Branches
are all taken. Where a script cannot be read the answer is None.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache

from ..engines import started as engine_started
from ..model import Container, Overlay, Pointer, Resource
from . import kserve
from .environment import expand, variables
from .files import config_files
from .shell import OWN_PROCESS, SHELLS, background, is_script, parts, plain, started, statements, words
from .syntax import Node, parsed

DEEPEST = 12
"""Scripts within scripts; a script that starts itself ends here."""
MOST_COMMANDS = 5000
"""Commands of one start; functions that call each other may come to any number."""
MOST_COPIED = 1_000_000
"""Variables that are copied, because a setting changes one of them and states before it keep theirs: of one start."""
LONGEST = 4096
"""Characters that are kept of a value: one that is put into itself again and again doubles each time."""
ASIDE = frozenset({
    ":", "[", "[[", "alias", "apk", "apt", "apt-get", "awk", "basename", "bg", "break", "cat", "cd", "chmod",
    "chown", "cmp", "command", "continue", "cp", "curl", "cut", "date", "declare", "df", "dirname", "du", "echo",
    "env", "exit", "export", "false", "fg", "find", "free", "gcloud", "getopts", "git", "grep", "gsutil", "head",
    "hostname", "id", "install", "jobs", "jq", "kill", "ldconfig", "ln", "local", "ls", "lscpu", "mkdir",
    "mktemp", "mount", "mv", "nproc", "nvidia-smi", "pip", "pip3", "popd", "printenv", "printf", "ps", "pushd",
    "pwd", "read", "readlink", "readonly", "realpath", "return", "rm", "rsync", "sed", "seq", "set", "shift",
    "shopt", "sleep", "sort", "stat", "sync", "tail", "tar", "tee", "test", "time", "touch", "tr", "trap", "true",
    "type", "typeset", "ulimit", "umask", "umount", "uname", "uniq", "unset", "unzip", "wait", "wc", "wget",
    "which", "xargs",
})  # fmt: skip
"""Programs beside the one that a container is for."""


@dataclass
class _State:
    """What is set at a moment. The mappings are never changed but replaced, so that states and runs may share them."""

    values: dict[str, str]
    read: tuple[str, ...] = ()
    """Files that were read into this shell, as written and as far as their variables are known."""
    places: dict[str, tuple[Resource, Pointer]] = field(default_factory=dict)
    functions: dict[str, Node] = field(default_factory=dict)
    over: bool = False

    def child(self) -> _State:
        return _State(self.values, self.read, self.places, self.functions)


@dataclass(frozen=True, eq=False)
class Run:
    """A program that is started: its words, the variables it sees, and the files that its shell has read.

    ``file``: text of the mounted file among its words, for an interpreter. ``places``: where a variable was last set.
    """

    words: tuple[str, ...]
    values: dict[str, str]
    read: tuple[str, ...]
    places: dict[str, tuple[Resource, Pointer]]
    file: tuple[str, str, Resource] | None = None


class _Unreadable(Exception):
    pass


class _Start:
    """One container's start, followed."""

    def __init__(self, overlay: Overlay, container: Container) -> None:
        self.container = container
        self.files = {path: (text, config, key) for path, config, key, text in config_files(overlay, container)}
        self.runs: list[Run] = []
        self.commands = self.copied = 0

    def set(self, state: _State, name: str, value: str, place: tuple[Resource, Pointer]) -> None:
        """Sets a variable in a state. Raises _Unreadable where there are more of them than a person would write."""
        self.copied += len(state.values)
        if self.copied > MOST_COPIED:
            raise _Unreadable
        state.values = {**state.values, name: value[:LONGEST]}
        state.places = {**state.places, name: place}

    def mounted(self, word: str) -> str | None:
        """The path of the mounted file that a word means."""
        path = posixpath.normpath(word) if word else ""
        if path in self.files:
            return path
        if word.startswith("./") or ("/" not in word and word.endswith((".sh", ".bash", ".py"))):
            same = [known for known in self.files if posixpath.basename(known) == posixpath.basename(path)]
            return same[0] if len(same) == 1 else None
        return None

    def file(self, path: str, state: _State, depth: int) -> None:
        """Runs a mounted shell script in a state."""
        text, config, key = self.files[path]
        self.text(text, config, ("data", key), state, depth)

    def text(self, text: str, resource: Resource, pointer: Pointer, state: _State, depth: int) -> None:
        root, sound = parsed(text)
        if not sound or depth > DEEPEST:
            raise _Unreadable
        self.body(root, (resource, pointer), state, depth)

    def body(self, node: Node, place: tuple[Resource, Pointer], state: _State, depth: int) -> None:
        for part in statements(node):
            if state.over:
                return
            self.statement(part, place, state, depth)

    def statement(self, node: Node, place: tuple[Resource, Pointer], state: _State, depth: int) -> None:
        if node.type in OWN_PROCESS or background(node):
            inner = state.child()
            if node.type in OWN_PROCESS:
                for part in statements(node):
                    self.statement(part, place, inner.child() if node.type == "pipeline" else inner, depth)
            else:
                self.one(node, place, inner, depth)
            return
        self.one(node, place, state, depth)

    def one(self, node: Node, place: tuple[Resource, Pointer], state: _State, depth: int) -> None:
        if node.type == "function_definition":
            name, inner = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and inner is not None:
                self.copied += len(state.functions)
                state.functions = {**state.functions, plain(name): inner}
        elif node.type == "command":
            self.command(node, place, state, depth)
        elif node.type in ("variable_assignment", "declaration_command", "variable_assignments"):
            for part in [node] if node.type == "variable_assignment" else node.children:
                self.assign(part, place, state)
        elif node.type == "unset_command":
            gone = {plain(part) for part in node.children[1:]}
            self.copied += len(state.values)
            state.values = {name: value for name, value in state.values.items() if name not in gone}
            state.places = {name: place for name, place in state.places.items() if name not in gone}
        elif node.type == "list":
            # What stands behind a sign may be passed over, such as an exit behind ||: only the first part ends it all.
            for sign, part in parts(node):
                self.statement(part, place, state, depth)
                if state.over and not sign:
                    return
                state.over = False
        elif node.type.endswith("_statement") and node.type not in ("compound_statement", "redirected_statement"):
            for part in statements(node):
                self.statement(part, place, state, depth)
                state.over = False  # another branch may be taken
        elif node.type not in ("word", "string", "test_command", "file_redirect", "heredoc_redirect", "comment"):
            self.body(node, place, state, depth)

    def assign(self, node: Node, place: tuple[Resource, Pointer], state: _State) -> None:
        name, given = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return  # of what stands in a command, settings alone have a name
        text = expand(plain(given), state.values) if given is not None else ""
        appended = any(child.type == "+=" for child in node.children)
        before = state.values.get(plain(name), "") if appended else ""
        self.set(state, plain(name), before + text, place)

    def command(self, node: Node, place: tuple[Resource, Pointer], state: _State, depth: int) -> None:
        self.commands += 1
        if self.commands > MOST_COMMANDS:
            raise _Unreadable
        own = state.child()
        for child in node.children:
            self.assign(child, place, own)
            # Commands inside $( ) run as well, and leave nothing behind.
            for inner in child.children if child.type in ("string", "concatenation") else (child,):
                if inner.type in OWN_PROCESS:
                    self.statement(inner, place, state, depth)
        self.words(words(node), place, state, own, depth)

    def words(self, given: list[str], place: tuple[Resource, Pointer], state: _State, own: _State, depth: int) -> None:
        """Runs the words of a command. ``own`` is the state with the settings that stand before the command."""
        head, at = given[0] if given else "", 1
        while head in ("env", "command", "builtin", "nohup", "time", "sudo", "exec", "nice", "stdbuf", "timeout"):
            replaced = head == "exec" and at < len(given)
            while at < len(given) and (
                given[at].startswith("-") or "=" in given[at] or re.fullmatch(r"\d+[smh]?", given[at])
            ):
                name, _, value = given[at].partition("=")
                if name.isidentifier():
                    self.set(own, name, expand(value, own.values), place)
                at += 1
            if replaced:
                self.words(given[at:], place, own, own, depth)
                state.over = True
                return
            head, at = given[at] if at < len(given) else "", at + 1
        rest = given[at:]
        if not head:
            return
        if head in ("source", "."):
            self.source(rest[0] if rest else "", state, depth)
        elif head in ("exit", "return"):
            state.over = head == "exit" or depth > 0
        elif head in state.functions and depth <= DEEPEST:
            self.one(state.functions[head], place, state, depth + 1)
            state.over = False
        elif posixpath.basename(head) in SHELLS:
            self.shell(head, rest, place, own, depth)
        elif (path := self.mounted(head)) is not None and is_script(path, self.files[path][0]):
            self.file(path, own.child(), depth + 1)
        elif posixpath.basename(head) not in ASIDE:
            self.start([head, *rest], own)

    def source(self, word: str, state: _State, depth: int) -> None:
        known = expand(word, state.values)
        state.read = (*state.read, word, known)
        path = self.mounted(known)
        if path is not None:
            self.file(path, state, depth + 1)
            state.over = False

    def shell(self, head: str, rest: list[str], place: tuple[Resource, Pointer], own: _State, depth: int) -> None:
        """A shell as a program of its own: a script on its command line, or one in a file."""
        letters, at = "", 0
        while at < len(rest) and re.fullmatch(r"[-+][a-zA-Z]+|--\w[\w-]*", rest[at]):
            letters += "" if rest[at].startswith("--") else rest[at]
            at += 2 if rest[at].endswith("o") and not rest[at].startswith("--") else 1
        rest = rest[at:]
        path = self.mounted(expand(rest[0], own.values)) if rest else None
        if rest and "c" in letters:
            self.text(rest[0], *place, own.child(), depth + 1)
        elif path is not None:
            self.file(path, own.child(), depth + 1)
        elif rest:
            self.start([head, *rest], own)

    def start(self, given: list[str], own: _State) -> None:
        paths = [path for word in given if (path := self.mounted(word)) is not None]
        found = (paths[0], self.files[paths[0]][0], self.files[paths[0]][1]) if paths else None
        self.runs.append(Run(tuple(given), own.values, own.read, own.places, found))


@lru_cache(maxsize=1024)
def runs(overlay: Overlay, container: Container) -> tuple[Run, ...] | None:
    """The programs that a container starts, in order, without those beside the point; None for unreadable scripts."""
    known = variables(overlay, container)
    places = {name: (container.resource, at) for name, (_, at) in known.items()}
    state = _State({name: value for name, (value, _) in known.items()}, places=places)
    start, script = _Start(overlay, container), started(container)
    try:
        if script is not None:
            start.text(script.text, script.resource, script.pointer, state, 0)
        elif container.words:
            given = [word for word, _ in container.words]
            start.words(given, (container.resource, container.words[0][1]), state, state, 0)
    except (_Unreadable, RecursionError):
        return None
    return tuple(start.runs)


def seen(overlay: Overlay, container: Container) -> dict[str, tuple[str, Resource, Pointer]]:
    """The variables that a container's engine starts with, and where each was set: by the manifest, or by a shell.

    Where no engine is to be seen, or no script can be read, those of the manifest.
    """
    found = {
        name: (value, *kserve.origin(container, at)) for name, (value, at) in variables(overlay, container).items()
    }
    for run in runs(overlay, container) or ():
        if run.file is not None or engine_started(run.words) is not None:
            for name, value in run.values.items():
                resource, pointer = run.places.get(name, (container.resource, container.pointer))
                if name not in found or found[name][0] != value:
                    found[name] = (value, resource, pointer)
    return found
