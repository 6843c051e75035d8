"""YAML as Kubernetes reads it, and the line of every node.

PyYAML resolves scalars by YAML 1.1; the API server's reader (sigs.k8s.io/yaml over go-yaml v2) differs: ``1:30`` and
dates stay text, ``1e3`` is a number, ``0o700`` is octal. A validator that reads another value than the server judges
another manifest, so the resolvers are replaced here, once.
Source: https://github.com/yaml/go-yaml/blob/v2.4.0/resolve.go
"""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar

import yaml

MAX_NODES = 100_000
"""YAML nodes of one file after aliases are expanded: Kustomize needs about 3 s and 300 MB for that many."""
MAX_DEPTH = 100
"""Nesting of one file. CustomResourceDefinitions, the deepest objects known, stay below 60."""
MAX_DOCUMENTS = 1_000
"""Documents of one file: Kustomize compares each with every other, so its time grows with the square."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadYaml(ValueError):
    """Text that is not one stream of YAML. ``line`` is 1-based."""

    def __init__(self, line: int, cause: str) -> None:
        super().__init__(cause)
        self.line = line
        self.cause = cause


class _Loader(_Base):  # type: ignore[misc]
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {}


_INT = r"[-+]?(?:0b_*[01][01_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*|0o?_*[0-7][0-7_]*|[0-9][0-9_]*)$"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$"
_BOOL = r"(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$"
for _tag, _regex, _first in (
    ("bool", _BOOL, "yYtToOnNfF"),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT + r"|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$", "-+0123456789."),
    ("null", r"(?:~|null|Null|NULL|)$", "~nN\0"),
    ("merge", r"<<$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_regex), list(_first))
# The empty scalar has no first character; PyYAML looks it up under "".
_Loader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"$")))


def _int(loader: Any, node: yaml.ScalarNode) -> int:
    text = node.value.replace("_", "")
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    if re.fullmatch(r"0o?[0-7]+", text):
        return sign * int(text.replace("o", ""), 8)
    return sign * int(text, 0) if not re.fullmatch(r"0\d+", text) else sign * int(text)


def _float(loader: Any, node: yaml.ScalarNode) -> float:
    return float(
        node.value.replace("_", "")
        .replace(".inf", "inf")
        .replace(".Inf", "inf")
        .replace(".INF", "inf")
        .replace(".nan", "nan")
        .replace(".NaN", "nan")
        .replace(".NAN", "nan")
    )


def _bool(loader: Any, node: yaml.ScalarNode) -> bool:
    return node.value.lower() in ("y", "yes", "true", "on")


def _binary(loader: Any, node: yaml.ScalarNode) -> str:
    return base64.b64decode(node.value).decode("utf-8", "replace")


def _text(loader: Any, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


for _tag, _constructor in (
    ("int", _int), ("float", _float), ("bool", _bool), ("binary", _binary), ("timestamp", _text),
    # The server's reader passes over the other tags of a mapping and a list.
    ("set", yaml.SafeLoader.construct_yaml_map), ("omap", yaml.SafeLoader.construct_yaml_seq),
    ("pairs", yaml.SafeLoader.construct_yaml_seq),
):  # fmt: skip
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _constructor)


def measure(text: str, most_documents: int = MAX_DOCUMENTS, most_nodes: int = MAX_NODES) -> str | None:
    """Why this YAML is not safe to read, or None. Walks the event stream: memory and time are those of the text."""
    return _measure(text, most_documents, most_nodes)[0]


def weigh(text: str) -> int:
    """How many values a YAML text holds once its aliases are expanded. Raises BadYaml if it is not safe to read."""
    unsafe, values = _measure(text, MAX_DOCUMENTS, MAX_NODES)
    if unsafe:
        line = re.match(r"line (\d+): ", unsafe)
        raise BadYaml(int(line[1]) if line else 1, unsafe[line.end() :] if line else unsafe)
    return values


def _line(event: Any) -> int:
    """Line of a parser's event. To the stubs it may have no mark; the parser gives it one."""
    return int(event.start_mark.line) + 1


def _measure(text: str, most_documents: int, most_nodes: int) -> tuple[str | None, int]:
    depth = count = documents = 0
    open_counts: list[tuple[str | None, int]] = []
    sizes: dict[str | None, int] = {}
    try:
        for event in yaml.parse(text, Loader=_Base):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                sizes = {}
            elif isinstance(event, yaml.AliasEvent):
                if any(anchor == event.anchor for anchor, _ in open_counts):
                    return f"line {_line(event)}: alias *{event.anchor} stands inside its own anchor", count
                count += sizes.get(event.anchor, 0)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                count += 1
                depth += 1
                open_counts.append((event.anchor, count))
            elif isinstance(event, yaml.ScalarEvent):
                count += 1
                if event.anchor:
                    sizes[event.anchor] = 1
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
                anchor, before = open_counts.pop()
                if anchor:
                    sizes[anchor] = count - before + 1
            if count > most_nodes:
                return f"holds more than {most_nodes:,} values once its aliases are expanded", count
            if depth > MAX_DEPTH:
                return f"line {_line(event)}: is nested deeper than {MAX_DEPTH} levels", count
            if documents > most_documents:
                return f"holds more than {most_documents:,} documents", count
    except yaml.YAMLError:
        pass  # compose() says where and why
    return None, count


def _bad(error: yaml.YAMLError) -> BadYaml:
    mark = getattr(error, "problem_mark", None)
    cause = getattr(error, "problem", None) or str(error).splitlines()[0]
    return BadYaml(mark.line + 1 if mark else 1, str(cause))


def compose(text: str, trusted: bool = False) -> list[yaml.Node]:
    """The node graph of each document; empty documents are left out. Raises BadYaml. trusted: as for ``load``."""
    if not trusted:
        weigh(text)
    try:
        found = yaml.compose_all(text, Loader=_Loader)
        return [node for node in found if node is not None and node.tag != "tag:yaml.org,2002:null"]
    except yaml.YAMLError as error:
        raise _bad(error) from None
    except (RecursionError, ValueError) as error:
        raise BadYaml(1, f"cannot be read: {error}") from None


def load(text: str, trusted: bool = False, loader: Any = None) -> list[tuple[int, Any]]:
    """Line and value of each document that is not empty. Raises BadYaml; duplicate keys are ``duplicates``' matter.

    trusted: the text was measured, or Kustomize wrote it.
    """
    if not trusted:
        weigh(text)
    found = []
    reader = (loader or _Loader)(text)
    try:
        while reader.check_node():
            node = reader.get_node()
            line = node.start_mark.line + 1
            value = reader.construct_document(node)
            if value is not None:
                found.append((line, value))
    except yaml.YAMLError as error:
        raise _bad(error) from None
    except (RecursionError, ValueError, TypeError, OverflowError) as error:
        raise BadYaml(1, f"cannot be read: {error}") from None
    finally:
        reader.dispose()
    return found


class _Plain(_Loader):
    """Reads a manifest as Kustomize does, for which ``y`` and ``on`` are text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {
        first: [(tag, regex) for tag, regex in known if not tag.endswith(":bool") or first in "tTfF"]
        for first, known in _Loader.yaml_implicit_resolvers.items()
    }


_ONLY_HERE = re.compile(r"(?<![\w./-])(?:y|yes|on|n|no|off)\s*(?:[,\]}#:]|$)", re.IGNORECASE | re.MULTILINE)


def as_kustomize(text: str, documents: list[Any] | None = None) -> list[Any]:
    """The documents of a manifest as Kustomize reads it before it writes it anew. Raises BadYaml.

    documents: those that ``load`` gave, which are the same unless some value is a boolean to the API server alone.
    """
    if documents is not None and not _ONLY_HERE.search(text):
        return documents
    return [value for _, value in load(text, trusted=documents is not None, loader=_Plain)]


def duplicates(node: yaml.Node) -> list[tuple[tuple[str | int, ...], int, str]]:
    """Pointer, line (1-based) and key of every mapping key that stands a second time in its mapping."""
    found = []
    stack: list[tuple[yaml.Node, tuple[str | int, ...]]] = [(node, ())]
    seen_nodes: set[int] = set()
    while stack:
        current, at = stack.pop()
        if id(current) in seen_nodes:
            continue
        seen_nodes.add(id(current))
        if isinstance(current, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in current.value:
                name = str(getattr(key, "value", ""))
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if name in keys:
                        found.append(((*at, name), key.start_mark.line + 1, name))
                    keys.add(name)
                stack.append((value, (*at, name)))
        elif isinstance(current, yaml.SequenceNode):
            stack.extend((value, (*at, i)) for i, value in enumerate(current.value))
    return sorted(found, key=lambda item: item[1])


Step = str | int | tuple[str, object, int]
"""One step into a node: a mapping's key, a list's position, or (field, value, n) for the n-th list item that has it."""


def descend(node: yaml.Node, steps: tuple[Step, ...]) -> tuple[int, int]:
    """How many of ``steps`` exist below ``node``, and the line (1-based) where the last one stands.

    Of two equal keys the last counts, as it does for YAML readers.
    """
    depth, line, _ = follow(node, steps)
    return depth, line


def follow(node: yaml.Node, steps: tuple[Step, ...]) -> tuple[int, int, yaml.Node]:
    """As ``descend``, and the node that the last existing step leads to."""
    line = node.start_mark.line + 1
    for depth, step in enumerate(steps):
        found: tuple[yaml.Node, int] | None = None
        if isinstance(node, yaml.MappingNode) and not isinstance(step, tuple):
            for key, value in node.value:
                if _scalar(key) == str(step):
                    found = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            items = node.value
            if isinstance(step, tuple):
                items = [item for item in items if _has(item, step[0], step[1])]
            position = step[2] if isinstance(step, tuple) else step
            if isinstance(position, int) and position < len(items):
                found = items[position], items[position].start_mark.line + 1
        if found is None:
            return depth, line, node
        node, line = found
    return len(steps), line, node


def _scalar(node: yaml.Node) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _has(node: yaml.Node, field: str, value: object) -> bool:
    fields = node.value if isinstance(node, yaml.MappingNode) else []
    return any(_scalar(k) == field and _scalar(v) == str(value) for k, v in fields)
