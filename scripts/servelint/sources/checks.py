"""Holding a document against the grammar, and telling text from path where Kustomize guesses.

Kustomize's reader and PyYAML agree on plain YAML. Where they part (merge keys, tags, several documents in one file,
values that are numbers to one alone) this module does not follow either: it refuses.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from .. import lines
from .grammar import BUILTIN, PLUGINS, VERSION, Anything, Fields, ListOf, MapOf, Scalar, Shape

Pointer = tuple[str | int, ...]

REMOTE = ("://", "git@", "github.com/", "gitlab.com/", "bitbucket.org/", "git::", "?ref=", "ssh:")
FETCHED = re.compile(
    r"\s*(git::)*(https?:|(ssh|file)://|[a-z][a-z0-9-]*@.*[/:]|g[i\u0130]thub\.com[/:])", re.IGNORECASE | re.DOTALL
)
"""What Kustomize fetches even where a local path has that very name. To Go, U+0130 is an i in upper case.
Source: kustomize api/internal/git/repospec.go and api/internal/loader/fileloader.go"""

MOST_WRONG = 50
"""What is said of one document. Who has more wrong than this begins anew."""


class Leaf(NamedTuple):
    """A value that Kustomize reads, or follows: where it stands in the document, and as what. ``line`` is 1-based."""

    at: Pointer
    shape: Scalar
    node: yaml.ScalarNode
    line: int


class Wrong(NamedTuple):
    """What the grammar does not know. ``line`` is 1-based in the document's text."""

    line: int
    message: str


def shown(text: str, most: int = 120) -> str:
    """Text of the author within a message: on one line, and no longer than a line."""
    text = text if len(text) <= most else f"{text[: most - 3]}..."
    return text if text.isprintable() else ascii(text)


# --- the YAML itself ----------------------------------------------------------------------------------------------

_BREAKS = re.compile(r"\r(?!\n)|[\x85\u2028\u2029\ufeff]")
"""Line breaks of YAML 1.1 that a line of text does not end with, and the mark of a byte order."""
_MARKER = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_NO_MARKER = re.compile(r"\n---[^\s]")
_END = re.compile(r"^\.\.\.(?=\s|\Z)", re.MULTILINE)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def torn(text: str) -> Wrong | None:
    """Where Kustomize would begin a document and YAML does not.

    Kustomize splits a file of resources at every line that begins with three dashes, whatever follows them.
    Source: kustomize kyaml/kio/byteio_reader.go
    """
    found = _NO_MARKER.search(text)
    if found is None:
        return None
    return Wrong(_line(text, found.end()), "begins with ---, where Kustomize begins a document and YAML does not")


def unplain(text: str) -> Wrong | None:
    """The first thing in a text that YAML readers take in different ways: a tag, a directive, a strange line break."""
    odd = _BREAKS.search(text)
    if odd is not None:
        return Wrong(_line(text, odd.start()), f"holds {odd[0]!a}, which is a line break to some readers: delete it")
    if "!" not in text and "%" not in text:
        return None
    # The parser drops the tag "!" from its events; its tokens have it.
    try:
        for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(token, yaml.TagToken):
                return Wrong(
                    _mark(token), "gives a value a tag, which readers of YAML take in different ways: quote it"
                )
            if isinstance(token, yaml.DirectiveToken):
                return Wrong(_mark(token), "holds a YAML directive, which readers take in different ways: delete it")
    except yaml.YAMLError as error:
        return Wrong(1, f"cannot be used as YAML: {shown(str(getattr(error, 'problem', error)))}")
    return None


def _mark(token: yaml.Token) -> int:
    return int(token.start_mark.line) + 1


def hidden(text: str, node: yaml.Node) -> Wrong | None:
    """Where Kustomize, which reads the first document of such a file and no other, would read another than ``node``."""
    start = node.start_mark.index
    before = [found.start() for found in _MARKER.finditer(text) if found.start() <= start]
    head = text[: before[0]] if before else ""
    if len(before) > 1 or any(row.strip() and not row.lstrip().startswith("#") for row in head.splitlines()):
        return Wrong(node.start_mark.line + 1, "is not the first document, and Kustomize reads no other")
    for found in _END.finditer(text):
        if any(row.strip() and not row.lstrip().startswith("#") for row in text[found.end() :].splitlines()):
            return Wrong(_line(text, found.start()), "ends the document, and Kustomize reads nothing below")
    return None


# --- the shape ----------------------------------------------------------------------------------------------------

_KINDS = {
    "int": "a whole number",
    "float": "a number with a point or an exponent",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
}
_ROLES = {"flag": ("bool", "true or false"), "number": ("int", "a whole number")}
_PATHS = ("file", "place", "keyed", "plugin", "merge")
_LIKE_A_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[-+.0-9][0-9a-fA-FxXoObB_+\-.tTzZ: ]*")
"""Unquoted text that one reader or another takes for a number or a date: all of those are made of these letters."""


def _tag(node: yaml.Node) -> str:
    return str(node.tag).rpartition(":")[2]


def walk(node: yaml.Node, shape: Shape) -> tuple[list[Leaf], list[Wrong]]:
    """The values of a document in the places that its shape has for them, and what has no place in it."""
    leaves: list[Leaf] = []
    wrong: list[Wrong] = []
    for found in _walk(node, shape, (), node.start_mark.line + 1):
        if isinstance(found, Leaf):
            leaves.append(found)
        else:
            wrong.append(found)
            if len(wrong) >= MOST_WRONG:
                break
    return leaves, wrong


def _walk(node: yaml.Node, shape: Shape, at: Pointer, line: int) -> Iterator[Leaf | Wrong]:
    name = next((shown(step) for step in reversed(at) if isinstance(step, str)), "the document")
    match shape:
        case Anything():
            return
        case Scalar(role="code"):
            return
        case Scalar():
            yield from _scalar(node, shape, at, line, name)
        case ListOf(item=item):
            if not isinstance(node, yaml.SequenceNode):
                yield Wrong(line, f"{name} must be a list")
                return
            for i, value in enumerate(node.value):
                yield from _walk(value, item, (*at, i), value.start_mark.line + 1)
        case MapOf(value=inner):
            for key, value in _entries(node):
                if isinstance(key, Wrong):
                    yield key
                elif _tag(value) != "null":
                    yield from _scalar(value, inner, (*at, key), value.start_mark.line + 1, shown(key))
            if not isinstance(node, yaml.MappingNode):
                yield Wrong(line, f"{name} must be a mapping")
        case Fields():
            yield from _fields(node, shape, at, line, name)


def _entries(node: yaml.Node) -> Iterator[tuple[str | Wrong, yaml.Node]]:
    """The keys of a mapping that are plain text, each with its value; what is wrong with the others."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        line = key.start_mark.line + 1
        if isinstance(key, yaml.ScalarNode) and key.value == "<<":
            yield Wrong(line, "<< merges keys, and readers do not agree which of two wins: write them out"), value
        elif not isinstance(key, yaml.ScalarNode) or _tag(key) != "str":
            what = f"{shown(key.value)!r}, which is no text" if isinstance(key, yaml.ScalarNode) else "no text"
            yield Wrong(line, f"a key is {what} to YAML: quote it"), value
        else:
            yield key.value, value


def _fields(node: yaml.Node, shape: Fields, at: Pointer, line: int, name: str) -> Iterator[Leaf | Wrong]:
    if not isinstance(node, yaml.MappingNode):
        yield Wrong(line, f"{name} must be {shape.name}: a mapping")
        return
    given: dict[str, yaml.Node] = {}
    rows: dict[str, int] = {}
    for (key, value), (written, _) in zip(_entries(node), node.value, strict=True):
        if isinstance(key, Wrong):
            yield key
            continue
        if key not in shape.fields:
            folded = {known.casefold(): known for known in shape.fields}
            right = folded.get(key.casefold())
            said = (
                f"{shown(key)} is {right} to Kustomize, and to nobody else"
                if right
                else f"{shown(key)} is no field of {shape.name} to Kustomize {VERSION}"
            )
            yield Wrong(written.start_mark.line + 1, said)
            continue
        # Of two equal keys the last one counts, for Kustomize as for PyYAML; a rule of its own says that there are two.
        given[key], rows[key] = value, written.start_mark.line + 1
    for key, value in given.items():
        if _tag(value) != "null":
            yield from _walk(value, shape.fields[key], (*at, key), rows[key])
    for one, others in shape.either:
        for other in others:
            if one in given and other in given and "null" not in (_tag(given[one]), _tag(given[other])):
                yield Wrong(max(rows[one], rows[other]), f"{shape.name} has {one} or {other}, not both")


def _scalar(node: yaml.Node, shape: Scalar, at: Pointer, line: int, name: str) -> Iterator[Leaf | Wrong]:
    tag, wanted = _ROLES.get(shape.role, ("str", "text"))
    if not isinstance(node, yaml.ScalarNode):
        yield Wrong(line, f"{name} must be {wanted}")
        return
    said, is_ = f"{name} must be {wanted}, and {node.value[:40]!a}", _KINDS.get(_tag(node), "text")
    if _tag(node) != tag:
        cure = ": quote it" if tag == "str" and _tag(node) != "null" else ""
        yield Wrong(line, f"{said} is {is_}{cure}")
    elif shape.role in _PATHS and not node.style and _LIKE_A_NUMBER.fullmatch(node.value):
        yield Wrong(line, f"{said} is a number or a date to some readers: quote it")
    elif shape.words and node.value not in shape.words:
        yield Wrong(line, f"{name} is {node.value[:40]!a}; Kustomize {VERSION} knows {', '.join(shape.words)}")
    else:
        yield Leaf(at, shape, node, line)


# --- text or path -------------------------------------------------------------------------------------------------


def is_inline(text: str) -> bool:
    """Whether the author of a ``plugin`` or ``merge`` meant YAML, not a path."""
    if ":" not in text:
        return "\n" in text.strip()
    try:
        return any(not isinstance(node, yaml.ScalarNode) for node in lines.compose(text))
    except lines.BadYaml:
        return "\n" in text.strip()


def _value(node: yaml.Node, *steps: str) -> str | None:
    """A plain text of a document."""
    for step in steps:
        entries = dict(_entries(node)) if isinstance(node, yaml.MappingNode) else {}
        if step not in entries:
            return None
        node = entries[step]
    return str(node.value) if isinstance(node, yaml.ScalarNode) and _tag(node) == "str" and node.value else None


def unnamed(node: yaml.Node, needs: tuple[tuple[str, ...], ...]) -> Wrong | None:
    """Which of the fields is missing without which Kustomize takes a document for none, and its text for a path."""
    for steps in needs:
        if _value(node, *steps) is None:
            return Wrong(
                node.start_mark.line + 1, f"states no {'.'.join(steps)} as plain text, so Kustomize reads a path"
            )
    return None


RESOURCE = (("kind",), ("metadata", "name"))
CONFIGURED = (("apiVersion",), *RESOURCE)


FUNCTIONS = ("config.kubernetes.io/function", "config.k8s.io/function", "config.kubernetes.io/container")
"""Annotations that make a function of a plugin. Source: kustomize kyaml/fn/runtime/runtimeutil/functiontypes.go"""


def _keys(node: yaml.Node, *steps: str) -> set[str]:
    """The keys of a mapping within a document."""
    for step in steps:
        entries = node.value if isinstance(node, yaml.MappingNode) else []
        inner = [value for key, value in entries if key.value == step]
        if not inner:
            return set()
        node = inner[-1]
    return {str(key.value) for key, _ in node.value} if isinstance(node, yaml.MappingNode) else set()


def plugin(node: yaml.Node) -> Fields | None:
    """The shape of a configuration of a plugin that is built in; None of one that runs code, or of anything else."""
    runs = "configFn" in _keys(node, "metadata") or not _keys(node, "metadata", "annotations").isdisjoint(FUNCTIONS)
    if runs or _value(node, "apiVersion") != BUILTIN:
        return None
    return PLUGINS.get(_value(node, "kind") or "")


_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
RESERVED = ("config.kubernetes.io/", "config.k8s.io/", "kustomize.config.k8s.io/")
"""Annotations by which Kustomize itself is steered, all of them where they stand on a plugin."""


def configuration(node: yaml.Node, shape: Fields) -> tuple[list[Leaf], list[Wrong]]:
    """What ``walk`` finds in a plugin's configuration, and what only such a document may not have."""
    leaves, wrong = walk(node, shape)
    missing = unnamed(node, CONFIGURED)
    if missing is not None:
        wrong.append(missing)
    for _, line, key in lines.duplicates(node):
        wrong.append(Wrong(line, f"key {shown(key)!r} stands twice: the first counts here, the last there"))
    for leaf in leaves:
        name = str(leaf.at[-1])
        if not leaf.node.style and _DATE.match(leaf.node.value):
            wrong.append(Wrong(leaf.line, f"{shown(name)} is a date, which Kustomize writes in full: quote it"))
        if leaf.at[:2] == ("metadata", "annotations") and any(mark in name for mark in RESERVED):
            wrong.append(Wrong(leaf.line, f"annotation {shown(name)} steers Kustomize"))
    return leaves, wrong
