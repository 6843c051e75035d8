"""A shell script as a syntax tree that costs no more than its length, whatever is asked of it.

The grammar is tree-sitter's for bash. Its own nodes are found anew at every question: the parent of one is searched for
from the root, so that rules that ask each of n commands what it stands in come to n² steps. Here the tree is written
down once, in the order of the text, one column a property; a ``Node`` is a position in these columns. A chain of `&&`
and `||`, which the grammar nests to the left once for each sign, is one ``list`` with all of its parts, so that depth
is what a person would call depth.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_right
from functools import lru_cache
from typing import Any

import tree_sitter
import tree_sitter_bash

BASH = tree_sitter.Language(tree_sitter_bash.language())
DEEPEST = 100
"""Nesting beyond this is no script that a person wrote: nothing is read of it. Rules may recurse over what is left."""
LONGEST = 2**16
"""Bytes of a script that is read: all rules together take 30 ms a kB. The longest of Linux distributions have 64 kB."""
OPENING, MOST_OPENED = re.compile(rb"[(|]|<<|=~|##|%%|\]="), 4_000
"""What makes the parser keep or try more than one thing. Of 350 scripts of Linux distributions none has over 1,400."""
UNBROKEN, SIGNS, LOOKED_AHEAD = re.compile(rb"\S{32,}"), re.compile(rb"[()|<>?@;=\[]"), 50
"""Text without a blank, and what begins a word in it. Of those scripts none comes to 2 looks ahead a byte."""
FIELDS = ("", "name", "value", "body", "variable")
"""The fields of the grammar that ``child_by_field_name`` answers for."""
NAMED, FAULTY = 1, 2


class Tree:
    """The columns. ``stops``: the position behind the last node below each node; ``parents``: -1 for the root."""

    __slots__ = ("by_type", "ends", "fields", "flags", "known", "parents", "raw", "rows", "starts", "stops", "types")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.types: list[str] = []
        self.starts, self.ends = array("l"), array("l")
        self.parents, self.stops = array("l"), array("l")
        self.fields, self.flags = bytearray(), bytearray()
        self.rows = array("l", (found.start() for found in re.finditer(b"\n", raw)))
        self.by_type: dict[str, array[int]] = {}
        self.known: dict[Any, Any] = {}
        """What has been asked of the tree before, by whoever asks."""

    def append(self, kind: str, start: int, end: int, parent: int, number: int, flags: int) -> None:
        self.by_type.setdefault(kind, array("l")).append(len(self.types))
        self.types.append(kind)
        self.starts.append(start)
        self.ends.append(end)
        self.parents.append(parent)
        self.stops.append(len(self.types))
        self.fields.append(number)
        self.flags.append(flags)

    def of(self, *kinds: str) -> list[Node]:
        """Every node of some types, in the order of the text."""
        found = [at for kind in kinds for at in self.by_type.get(kind, ())]
        return [Node(self, at) for at in (sorted(found) if len(kinds) > 1 else found)]


class Node:
    """One node of a tree. Two of them are equal if they are the same place of the same tree."""

    __slots__ = ("id", "tree")

    def __init__(self, tree: Tree, id: int) -> None:
        self.tree, self.id = tree, id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.id == other.id and self.tree is other.tree

    def __hash__(self) -> int:
        return hash((id(self.tree), self.id))

    def __repr__(self) -> str:
        return f"<{self.type} {self.start_byte}-{self.end_byte}>"

    @property
    def type(self) -> str:
        return self.tree.types[self.id]

    @property
    def start_byte(self) -> int:
        return self.tree.starts[self.id]

    @property
    def end_byte(self) -> int:
        return self.tree.ends[self.id]

    @property
    def row(self) -> int:
        """The line at which the node begins, counted from 0."""
        return bisect_right(self.tree.rows, self.tree.starts[self.id] - 1)

    @property
    def text(self) -> bytes:
        return self.tree.raw[self.tree.starts[self.id] : self.tree.ends[self.id]]

    @property
    def is_named(self) -> bool:
        """Whether the grammar has a name for the node; signs and words of the language have none."""
        return bool(self.tree.flags[self.id] & NAMED)

    @property
    def has_error(self) -> bool:
        """Whether something at or below the node was not understood."""
        return bool(self.tree.flags[self.id] & FAULTY)

    @property
    def parent(self) -> Node | None:
        above = self.tree.parents[self.id]
        return Node(self.tree, above) if above >= 0 else None

    @property
    def children(self) -> list[Node]:
        tree, at, stop = self.tree, self.id + 1, self.tree.stops[self.id]
        found = []
        while at < stop:
            found.append(Node(tree, at))
            at = tree.stops[at]
        return found

    @property
    def named_children(self) -> list[Node]:
        return [child for child in self.children if child.is_named]

    @property
    def next_sibling(self) -> Node | None:
        after, above = self.tree.stops[self.id], self.tree.parents[self.id]
        return Node(self.tree, after) if above >= 0 and after < self.tree.stops[above] else None

    @property
    def first(self) -> bool:
        """Whether the node is the first child of its parent."""
        return self.tree.parents[self.id] == self.id - 1

    @property
    def last(self) -> bool:
        """Whether the node is the last child of its parent."""
        above = self.tree.parents[self.id]
        return above >= 0 and self.tree.stops[above] == self.tree.stops[self.id]

    def child_by_field_name(self, name: str) -> Node | None:
        """The first child that the grammar calls so."""
        tree, at, stop, wanted = self.tree, self.id + 1, self.tree.stops[self.id], FIELDS.index(name)
        while at < stop:
            if tree.fields[at] == wanted:
                return Node(tree, at)
            at = tree.stops[at]
        return None


@lru_cache(maxsize=512)
def parsed(text: str) -> tuple[Node, bool]:
    """The tree of a text, and whether all of it was understood. Of a text beyond all bounds nothing is: it is empty."""
    # A backslash at the very end joins nothing: it is judged as text, and would be an error here.
    bare = text.rstrip()
    source = (bare[:-1] if bare.endswith("\\") else text) + "\n"
    # People write remarks between arguments as `# …`, which the grammar takes for a comment up to the end of the line.
    source = re.sub(r"`#[^`\n]*`", lambda match: " " * len(match[0].encode("utf-8", "replace")), source)
    raw = source.encode("utf-8", "replace")
    tree = _copied(raw) if _bounded(raw) else None
    if tree is None:
        tree = Tree(b"")
        tree.append("program", 0, 0, -1, 0, NAMED | FAULTY)
        tree.stops[0] = 1
    root = Node(tree, 0)
    return root, not root.has_error


def _bounded(raw: bytes) -> bool:
    """Whether the parser's time for a text is known to be modest: it is n² in two things that no person writes.

    Before each word its scanner looks ahead to the next blank, and it keeps every open construct in a stack that it
    goes through at the next one. 16 kB of `f() ` without an end take 0.1 s, 64 kB of `)` half a minute.
    """
    if len(raw) > LONGEST or len(OPENING.findall(raw)) > MOST_OPENED:
        return False
    ahead = sum(len(run) * len(SIGNS.findall(run)) for run in UNBROKEN.findall(raw))
    return ahead <= LOOKED_AHEAD * (len(raw) + 1_000)


def _copied(raw: bytes) -> Tree | None:
    """The tree of a text in columns; None if it is deeper than ``DEEPEST``."""
    cursor, tree = tree_sitter.Parser(BASH).parse(raw).walk(), Tree(raw)
    numbers = {BASH.field_id_for_name(name): i for i, name in enumerate(FIELDS) if name}
    above: list[int] = []
    """Where the open nodes stand; a list in front of a list stands where that one does."""
    depth = 0
    while True:
        node = cursor.node
        if node is None:
            return tree
        kind, up = sys.intern(node.type), above[-1] if above else -1
        merged = kind == "list" and up == len(tree.types) - 1 >= 0 and tree.types[up] == "list"
        if not merged:
            flags = (NAMED if node.is_named else 0) | (FAULTY if node.has_error else 0)
            tree.append(kind, node.start_byte, node.end_byte, up, numbers.get(cursor.field_id, 0), flags)
        if cursor.goto_first_child():
            above.append(up if merged else len(tree.types) - 1)
            depth += not merged
            if depth > DEEPEST:
                return None
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return tree
            closed = above.pop()
            depth -= closed not in above[-1:]
            tree.stops[closed] = len(tree.types)
