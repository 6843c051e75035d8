"""YAML as Kubernetes reads it, and the line of every node.

libyaml, below PyYAML, splits a text into the same tokens as the Go readers do, which are ports of it. What a token
means differs: to Go ``0X8``, ``-_1`` and ``1_0e3_`` are numbers, ``1e400`` and ``1:30`` are text, ``<<`` overwrites
what stands before it, a key is always text. A validator that reads another value than the server judges another
manifest, so the meaning of a scalar, a key and a merge key is decided here, by Go's rule; what the API server and
Kustomize read differently, or nobody would expect, is refused. ``tests/cluster/test_reader.py`` holds this to both.
Source: go.yaml.in/yaml v2.4.4 and v3.0.4 (resolve.go, decode.go), sigs.k8s.io/yaml v1.6.0 (yaml.go)
"""

import calendar
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

import yaml

MAX_NODES = 100_000
"""YAML nodes of one file after aliases are expanded: Kustomize needs about 3 s and 300 MB for that many."""
MAX_DEPTH = 100
"""Nesting of one file. CustomResourceDefinitions, the deepest objects known, stay below 60."""
MAX_DOCUMENTS = 1_000
"""Documents of one file: Kustomize compares each with every other, so its time grows with the square."""
MOST_ALIASED = 40
"""Values behind aliases for each that is written out, in a document of more than 500: Go gives up near 99."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_STR, _INT, _FLOAT, _BOOL, _NULL, _MERGE, _DATE = (
    f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null", "merge", "timestamp")
)
_TAGS: dict[type, str] = {str: _STR, int: _INT, float: _FLOAT, bool: _BOOL, type(None): _NULL}


class BadYaml(ValueError):
    """Text that is not one stream of YAML, or that not every reader reads alike. ``line`` is 1-based."""

    def __init__(self, line: int, cause: str) -> None:
        super().__init__(cause)
        self.line = line
        self.cause = cause


def _words(meanings: dict[Any, str]) -> dict[str, Any]:
    """Each word in the three spellings that count: small, capital, large."""
    return {
        spelt: meaning
        for meaning, words in meanings.items()
        for word in words.split()
        for spelt in (word, word.capitalize(), word.upper())
    }


_KUSTOMIZE_WORDS: dict[str, Any] = {
    **_words({True: "true", False: "false", None: "null"}), "": None, "~": None,
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}  # fmt: skip
_SERVER_WORDS = {**_KUSTOMIZE_WORDS, **_words({True: "y yes on", False: "n no off"})}

_WHOLE = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]{0,19})")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_AFTER_POINT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_SIGN_INSIDE = re.compile(r"0b([-+][01]+)")
_SIGN_INSIDE_OCTAL = re.compile(r"0o([-+][0-7]+)")


def _finite(text: str) -> float | None:
    """The number, or None where it is beyond the range of 64 bits: then Go takes the text."""
    value = float(text)
    return value if math.isfinite(value) else None


def _number(text: str, kustomize: bool = False) -> int | float | None:
    """What Go's strconv reads in a plain scalar that begins with a digit, a sign or a point; None if no number."""
    plain = text.replace("_", "")
    if text[0] == ".":
        return _finite(plain) if _AFTER_POINT.fullmatch(text) else None
    if _WHOLE.fullmatch(plain):
        octal = re.fullmatch(r"[-+]?0[0-7]+", plain)
        value = int(plain, 8 if octal else 0)
        # Only a signed integer may have a sign, even a plus.
        if -(2**63) <= value < (2**63 if plain[0] == "+" else 2**64):
            return value
    if _FRACTION.fullmatch(plain):
        return _finite(plain)
    for pattern, base in ((_SIGN_INSIDE, 2), (_SIGN_INSIDE_OCTAL, 8)) if kustomize else ((_SIGN_INSIDE, 2),):
        if inside := pattern.fullmatch(plain):
            value = int(inside[1], base)
            return value if -(2**63) <= value < 2**63 else None
    return None


_NUMERIC = frozenset("+-.0123456789")


class _Server(_Base):  # type: ignore[misc]
    """Reads as the API server: sigs.k8s.io/yaml over go.yaml.in/yaml/v2."""

    words: ClassVar[dict[str, Any]] = _SERVER_WORDS
    minds_flow: ClassVar[bool] = False
    """Whether a scalar may mean another thing inside [] and {}."""

    @classmethod
    def meaning(cls, text: str) -> Any:
        """The value of a plain scalar."""
        if text[:1] in _NUMERIC and text not in cls.words:
            number = _number(text)
            return text if number is None else number
        return cls.words.get(text, text)

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        """The tag of a node that states none. The parser below calls this for each."""
        if kind is not yaml.ScalarNode:
            return f"{_TAG}map" if kind is yaml.MappingNode else f"{_TAG}seq"
        if value is None or not implicit[0]:
            return _STR
        return _MERGE if value == "<<" else _TAGS[type(self.meaning(value))]

    @staticmethod
    def key(node: yaml.Node) -> str:
        """A key as the server has it: JSON knows text alone. Raises BadYaml."""
        return key_text(node)

    @classmethod
    def tagged(cls, node: yaml.ScalarNode, in_flow: bool) -> Any:
        """The value of a scalar with a tag that is not text's, as JSON has it. Raises BadYaml."""
        if node.tag == _MERGE:
            return node.value
        value = cls.meaning(node.value)
        if node.tag == _FLOAT and type(value) is int and value < 2**63:
            value = float(value)
        if _TAGS[type(value)] != node.tag:
            raise _refused(node, f"is tagged {_short(node.tag)}, which it is not to Kubernetes")
        if isinstance(value, float):
            if not math.isfinite(value):
                raise _refused(node, "is no number that JSON, and so the API server, can hold")
            if value.is_integer() and abs(value) < 2**63:
                return int(Decimal(repr(value)))  # JSON writes the shortest digits, and no point
        return value


class _Kustomize(_Server):
    """Reads as Kustomize reads a resource or a patch: kyaml over go.yaml.in/yaml/v3."""

    words: ClassVar[dict[str, Any]] = _KUSTOMIZE_WORDS
    minds_flow: ClassVar[bool] = True

    @classmethod
    def meaning(cls, text: str) -> Any:
        if text[:1] in _NUMERIC and text not in cls.words:
            number = _number(text, kustomize=True)
            return text if number is None else number
        return cls.words.get(text, text)

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        if kind is yaml.ScalarNode and value is not None and implicit[0] and _moment(value):
            return _DATE
        return super().resolve(kind, value, implicit)

    @staticmethod
    def key(node: yaml.Node) -> str:
        # A key that is no text is kept as it is written in the object itself; below, Kustomize refuses it.
        return str(node.value) if isinstance(node, yaml.ScalarNode) else key_text(node)

    @classmethod
    def tagged(cls, node: yaml.ScalarNode, in_flow: bool) -> Any:
        if node.tag == _DATE:
            # It writes the text anew before it reads the value, and inside [] and {} puts quotes around a colon ...
            return node.value if in_flow and ":" in node.value else _moment(node.value)
        if in_flow and not node.value:
            return ""  # ... and around nothing at all.
        return super().tagged(node, in_flow)


_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:([Tt])| )([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2})?)?"
)


def _moment(text: str) -> str | None:
    """A date as Kustomize writes it into what it renders, or None if it is text to it, as it is to the server."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[i] or 0) for i in (1, 2, 3, 5, 6, 7))
    letter, zone = found[4], found[9]
    if bool(letter) != bool(zone) or not (1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return None
    days = 29 if month == 2 and calendar.isleap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    if not 1 <= day <= days or (zone and zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:]) > 60)):
        return None
    fraction = (found[8] or "")[:9].rstrip("0")
    return (
        f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{'.' + fraction if fraction else ''}"
        f"{'Z' if not zone or zone[1:] == '00:00' else zone}"
    )


def _short(tag: str) -> str:
    """A tag as people write it."""
    return tag.replace(_TAG, "!!", 1)


def _shown(text: str) -> str:
    """The beginning of a scalar, for a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def _refused(node: yaml.Node, why: str) -> BadYaml:
    what = f"`{_shown(node.value)}`" if isinstance(node, yaml.ScalarNode) else "a mapping or list"
    return BadYaml(node.start_mark.line + 1, f"{what} {why}")


def key_text(node: yaml.Node) -> str:
    """The text that the server makes of a mapping's key, such as ``true`` of ``yes``. Raises BadYaml if of none."""
    if not isinstance(node, yaml.ScalarNode):
        raise _refused(node, "cannot be a key")
    if node.tag in (_STR, _MERGE):
        return str(node.value)
    if node.tag in (_BOOL, _INT):
        value = _Server.tagged(node, False)
        if value is True or value is False:
            return "true" if value else "false"
        if value < 2**63:
            return str(value)
    raise _refused(node, "is a key that Kubernetes does not read as text: quote it")


def _value(node: Any, reader: type[_Server], made: dict[int, Any], in_flow: bool = False) -> Any:
    """What a node means to the reader. ``made`` holds the mappings and lists of this document, for their aliases."""
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.tag == _STR else reader.tagged(node, in_flow)
    in_flow = reader.minds_flow and (in_flow or node.flow_style)
    here = -id(node) if in_flow else id(node)
    known = made.get(here)
    if known is not None:
        return known
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = [_value(item, reader, made, in_flow) for item in node.value]
    else:
        value = _entries(node, reader, made, in_flow)
    made[here] = value
    return value


def _entries(node: yaml.Node, reader: type[_Server], made: dict[int, Any], in_flow: bool) -> dict[str, Any]:
    """The keys and values of a mapping. Where it is merged, its values stand as its new place does."""
    value: dict[str, Any] = {}
    for key, item in node.value:
        if key.tag == _MERGE:
            _merge(value, key, node, _sources(item), reader, made, in_flow)
        else:
            value[key.value if key.tag == _STR else reader.key(key)] = _value(item, reader, made, in_flow)
    if "<<" in value:
        here = next((key for key, _ in node.value if key.tag != _MERGE and key.value == "<<"), node)
        raise BadYaml(here.start_mark.line + 1, "the key '<<' is a key to the server, and left out by Kustomize")
    return value


def _sources(node: yaml.Node) -> list[yaml.Node]:
    """The mappings that a merge key names, the one that counts first of all. Raises BadYaml."""
    found = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(item, yaml.MappingNode) for item in found):
        raise BadYaml(node.start_mark.line + 1, "`<<` takes a mapping or a list of mappings, and nothing else")
    return list(found)


def _merge(
    into: dict[str, Any], key: yaml.Node, node: yaml.Node, sources: list[yaml.Node], reader: type[_Server],
    made: dict[int, Any], in_flow: bool,
) -> None:  # fmt: skip
    """Adds what ``<<`` names. To the server it overwrites what stands before it, to Kustomize never."""
    line = key.start_mark.line + 1
    others = [k for mapping in (node, *sources) for k, _ in mapping.value if k.tag not in (_STR, _MERGE)]
    if others and reader is _Server:  # which is asked first; to Kustomize more keys are no text, and it refuses them
        raise BadYaml(line, "`<<` stands beside a key that is no text: quote that key")
    merged: dict[str, Any] = {}
    chained = [source for source in sources if any(k.tag == _MERGE for k, _ in source.value)]
    if any(source.start_mark.index > node.start_mark.index for source in chained):
        raise BadYaml(line, "`<<` brings a mapping that stands below it and has a `<<` of its own: write it out")
    for source in reversed(sources):
        own = _entries(source, reader, made, in_flow)
        if chained and own.keys() & merged.keys():
            raise BadYaml(line, f"`<<` brings {min(own.keys() & merged.keys())} twice: readers take different ones")
        merged.update(own)
    if again := merged.keys() & into.keys():
        raise BadYaml(line, f"`<<` brings {min(again)}, which stands above it: the server takes this, Kustomize that")
    into.update(merged)


def measure(
    text: str, most_documents: int = MAX_DOCUMENTS, most_nodes: int = MAX_NODES, trusted: bool = False
) -> str | None:
    """Why this YAML is not safe to read, or not read alike by all, or None.

    Walks the event stream: memory and time are those of the text. trusted: Kustomize wrote it, so only its size counts.
    """
    unsafe, _, unlike = _measure(text, most_documents, most_nodes)
    return unsafe or (None if trusted else unlike)


def weigh(text: str) -> int:
    """How many values a YAML text holds once its aliases are expanded. Raises BadYaml where ``measure`` finds fault."""
    unsafe, values, unlike = _measure(text, MAX_DOCUMENTS, MAX_NODES)
    if unsafe or unlike:
        raise _as_error(unsafe or unlike or "")
    return values


def _as_error(cause: str) -> BadYaml:
    line = re.match(r"line (\d+): ", cause)
    return BadYaml(int(line[1]) if line else 1, cause[line.end() :] if line else cause)


def _line(event: Any) -> int:
    """Line of a parser's event. To the stubs it may have no mark; the parser gives it one."""
    return int(event.start_mark.line) + 1


def _measure(text: str, most_documents: int, most_nodes: int) -> tuple[str | None, int, str | None]:
    """Why it is not safe to read, how many values it holds, and what of it is not read alike by all."""
    depth = flow = count = documents = before = aliased = 0
    text = text.removeprefix("\N{BOM}")  # no mark of an event counts it
    unlike = _odd_letters(text)
    is_json = re.match(r"\s*\{", text) is not None
    open_counts: list[tuple[str | None, int, bool]] = []
    sizes: dict[str | None, int] = {}
    separators = _separators(text)
    event: Any
    try:
        for event in yaml.parse(text, Loader=_Base):
            odd = None
            if isinstance(event, yaml.ScalarEvent):
                count += 1
                if event.anchor:
                    sizes[event.anchor] = 1
                if not unlike and (event.tag or event.anchor or flow or event.style):
                    odd = _odd_scalar(event, text, flow > 0, is_json)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                count += 1
                depth += 1
                is_flow = bool(event.flow_style)
                flow += is_flow
                open_counts.append((event.anchor, count, is_flow))
                if event.tag:
                    odd = _odd_tag(event, "map" if isinstance(event, yaml.MappingStartEvent) else "seq")
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
                anchor, opened, is_flow = open_counts.pop()
                flow -= is_flow
                if anchor:
                    sizes[anchor] = count - opened + 1
            elif isinstance(event, yaml.AliasEvent):
                if any(anchor == event.anchor for anchor, _, _ in open_counts):
                    return f"line {_line(event)}: alias *{event.anchor} stands inside its own anchor", count, unlike
                count += sizes.get(event.anchor, 0)
                aliased += sizes.get(event.anchor, 0)
                own = count - before
                if own > 500 and aliased > MOST_ALIASED * (own - aliased):
                    odd = "holds little but aliases, which Go refuses as excessive: write the values out"
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                sizes = {}
                before, aliased = count, 0
                odd = _odd_start(event, documents, separators)
            elif isinstance(event, yaml.DocumentEndEvent) and is_json and event.explicit:
                odd = "`...` ends a document that kubectl takes for JSON: delete it"
            if odd and not unlike:
                unlike = f"line {_line(event)}: {odd}"
            if count > most_nodes:
                return f"holds more than {most_nodes:,} values once its aliases are expanded", count, unlike
            if depth > MAX_DEPTH:
                return f"line {_line(event)}: is nested deeper than {MAX_DEPTH} levels", count, unlike
            if documents > most_documents:
                return f"holds more than {most_documents:,} documents", count, unlike
        if separators and not unlike:
            unlike = f"line {min(separators)}: `---` begins a line, but no document"
    except yaml.YAMLError:
        pass  # compose() says where and why
    return None, count, unlike


def _separators(text: str) -> dict[int, str]:
    """Line (1-based) and remainder of each line that begins with ``---``: there kubectl and Kustomize cut the text.

    They know lines by line feeds alone, and look no further: what YAML takes for a document must be the same.
    """
    found = re.finditer(r"^---(.*)$", text, re.MULTILINE)
    line = at = 0
    lines: dict[int, str] = {}
    for match in found:
        line += text.count("\n", at, match.start())
        at = match.start()
        lines[line + 1] = match[1].strip()
    return lines


_ODD_LETTERS = re.compile("[\u0085\u2028\u2029\ufeff]|\r(?!\n)")


def _odd_letters(text: str) -> str | None:
    """Why letters of the text are refused."""
    found = _ODD_LETTERS.search(text)
    if found is None:
        return None
    line = 1 + text.count("\n", 0, found.start())
    return f"line {line}: holds U+{ord(found[0]):04X}, which ends a line, or is passed over, to some readers: delete it"


def _odd_start(event: Any, documents: int, separators: dict[int, str]) -> str | None:
    """Why a document does not begin as all readers take it. Takes its own line out of ``separators``."""
    if event.version or event.tags:
        return "has a % directive, which readers take differently: delete it"
    rest = separators.pop(_line(event), None) if event.explicit else None
    if rest is None and (event.explicit or documents > 1):
        return "a document begins here without `---` at the beginning of a line"
    if rest and not rest.startswith("#"):
        return f"`--- {_shown(rest)}`: give `---` a line of its own"
    return None


def _odd_tag(event: Any, *known: str) -> str | None:
    """Why a tag is refused: readers take ``!`` differently, and pass over those that they do not know."""
    if event.tag in [f"{_TAG}{name}" for name in known] and getattr(event, "value", event.tag):
        return None
    what = " ".join([_short(event.tag), _shown(getattr(event, "value", ""))]).rstrip()
    return f"`{what}` has a tag of its own, which readers take differently: write the value plain"


_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


def _odd_scalar(event: Any, text: str, in_flow: bool, is_json: bool) -> str | None:
    """Why a scalar is refused for what stands around it, or for how it is written."""
    if event.tag and (odd := _odd_tag(event, "str", "int", "float", "bool", "null")):
        return odd
    if event.tag == _BOOL and not isinstance(_KUSTOMIZE_WORDS.get(event.value), bool):
        return f"`!!bool {_shown(event.value)}` is not true or false to Kustomize: write true or false"
    if event.anchor and event.value == "<<":
        return "`<<` has an anchor: where an alias names it, it means another thing"
    if event.style == '"':
        # The server does not know this escape, which JSON and Kustomize do.
        if "/" in event.value and _ESCAPED_SLASH.search(text[event.start_mark.index : event.end_mark.index]):
            return "holds the escape \\/, which the server does not know: write / alone"
    elif event.style in ("|", ">"):
        # Kustomize writes the header anew, and then takes the comment for the first line.
        header = text[event.start_mark.index : text.find("\n", event.start_mark.index)]
        if event.value[:1] in (" ", "\t", "\n") and "#" in header:
            return f"`{_shown(header.strip())}` has a comment, which Kustomize takes into the text: move it up"
    elif in_flow and not event.style:
        # The server's reader ends a plain scalar there.
        if "?" in event.value:
            return f"`{_shown(event.value)}` holds a ? inside [] or {{}}: quote it"
        if is_json and _FRACTION.fullmatch(event.value) and _finite(event.value) is None:
            return f"`{_shown(event.value)}` is text in YAML, and a number too large in JSON: quote it"
    return None


def _bad(error: yaml.YAMLError) -> BadYaml:
    mark = getattr(error, "problem_mark", None)
    cause = getattr(error, "problem", None) or str(error).splitlines()[0]
    if cause == "second occurrence":
        cause = f"{str(error.context).partition(';')[0]}"  # type: ignore[attr-defined]
    return BadYaml(mark.line + 1 if mark else 1, str(cause))


def _nodes(text: str, reader: type[_Server]) -> Iterator[yaml.Node]:
    """The node graph of each document that is not empty. Raises BadYaml."""
    try:
        for node in yaml.compose_all(text, Loader=reader):
            if node is not None and node.tag != _NULL:
                yield node
    except yaml.YAMLError as error:
        raise _bad(error) from None
    except (RecursionError, ValueError) as error:
        raise BadYaml(1, f"cannot be read: {error}") from None


def compose(text: str, trusted: bool = False) -> list[yaml.Node]:
    """The node graph of each document; empty documents are left out. Raises BadYaml. trusted: as for ``load``.

    The text may be one for other readers than Kubernetes: what these read differently is not refused.
    """
    if not trusted:
        unsafe, _, _ = _measure(text, MAX_DOCUMENTS, MAX_NODES)
        if unsafe:
            raise _as_error(unsafe)
    return list(_nodes(text, _Server))


def load(text: str, trusted: bool = False) -> list[tuple[int, Any]]:
    """Line and value of each document that is not empty, as the API server has it: keys are text.

    Raises BadYaml, also where readers would differ; duplicate keys are ``duplicates``' matter.
    trusted: the text was measured, or Kustomize wrote it.
    """
    if not trusted:
        weigh(text)
    return _load(text if text.endswith("\n") else f"{text}\n", _Server)  # kubectl ends the last line, too


def _load(text: str, reader: type[_Server]) -> list[tuple[int, Any]]:
    try:
        return [(node.start_mark.line + 1, _value(node, reader, {})) for node in _nodes(text, reader)]
    except RecursionError as error:
        raise BadYaml(1, f"cannot be read: {error}") from None


class _Python(_Base):  # type: ignore[misc]
    """Reads as a launcher in a container does, which asks PyYAML; but a key is text, as everywhere here."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


def as_python(text: str) -> list[Any]:
    """The documents of a file that a Python program in a container reads: 8.0 is no whole number to it, 1e5 is text.

    Raises BadYaml.
    """
    unsafe, _, _ = _measure(text, MAX_DOCUMENTS, MAX_NODES)
    if unsafe:
        raise _as_error(unsafe)
    try:
        return [value for value in yaml.load_all(text, Loader=_Python) if value is not None]
    except yaml.YAMLError as error:
        raise _bad(error) from None
    except (RecursionError, ValueError) as error:  # such as a date in month 13
        raise BadYaml(1, f"cannot be read: {error}") from None


_ONLY_HERE = re.compile(
    r"(?<![\w./-])(?:y|yes|on|n|no|off)\s*(?:[,\]}#:]|$)"  # truth values to the server alone
    r"|\b[0-9]{4}-[0-9]{1,2}-[0-9]"  # dates, which Kustomize writes anew
    r"|\b0_*o_*[-+]",  # octal numbers to Kustomize alone
    re.IGNORECASE | re.MULTILINE,
)


def _holds_null(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(_holds_null(item) for item in items)


def as_kustomize(text: str, documents: list[Any] | None = None) -> list[Any]:
    """The documents of a manifest as Kustomize reads it before it writes it anew. Raises BadYaml.

    documents: those that ``load`` gave, which are the same unless something in the text is read by Kustomize alone as
    it is.
    """
    if documents is not None and not _ONLY_HERE.search(text):
        keys = [key for document in documents if isinstance(document, dict) for key in document]
        is_flow = "{" in text or "[" in text
        if not any(isinstance(_Server.meaning(key), (bool, int)) for key in keys) and not (
            is_flow and _holds_null(documents)
        ):
            return documents
    if documents is None:
        weigh(text)
    return [value for _, value in _load(text, _Kustomize)]


def duplicates(node: yaml.Node) -> list[tuple[tuple[str | int, ...], int, str]]:
    """Pointer, line (1-based) and key of every mapping key that stands a second time in its mapping.

    Equal is what is equal to the server: ``1`` and ``"1"``, ``yes`` and ``"true"``, and two ``<<``.
    """
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
                written, meant = _scalar(key) or "", _key(key)
                if meant is not None:
                    if meant in keys:
                        found.append(((*at, written), key.start_mark.line + 1, written))
                    keys.add(meant)
                stack.append((value, (*at, written)))
        elif isinstance(current, yaml.SequenceNode):
            stack.extend((value, (*at, i)) for i, value in enumerate(current.value))
    return sorted(found, key=lambda item: item[1])


Step = str | int | tuple[str, object, int]
"""One step into a node: a mapping's key, a list's position, or (field, value, n) for the n-th list item that has it."""


def descend(node: yaml.Node, steps: tuple[Step, ...]) -> tuple[int, int]:
    """How many of ``steps`` exist below ``node``, and the line (1-based) where the last one stands.

    Of two equal keys the last counts, as it does for YAML readers. A key is found by what is written and by what it
    means to the server: a pointer may come from another reader.
    """
    depth, line, _ = follow(node, steps)
    return depth, line


def follow(node: yaml.Node, steps: tuple[Step, ...]) -> tuple[int, int, yaml.Node]:
    """As ``descend``, and the node that the last existing step leads to."""
    line = node.start_mark.line + 1
    for depth, step in enumerate(steps):
        found: tuple[yaml.Node, int] | None = None
        if isinstance(node, yaml.MappingNode) and not isinstance(step, tuple):
            found = _children(node).get(str(step))
        elif isinstance(node, yaml.SequenceNode):
            items = node.value
            if isinstance(step, tuple):
                items = _having(node, step[0]).get(str(step[1]), [])
            position = step[2] if isinstance(step, tuple) else step
            if isinstance(position, int) and position < len(items):
                found = items[position], items[position].start_mark.line + 1
        if found is None:
            return depth, line, node
        node, line = found
    return len(steps), line, node


def _key(node: yaml.Node) -> str | None:
    """A key as ``load`` has it; one that it refuses, as it is written."""
    try:
        return key_text(node)
    except BadYaml:
        return _scalar(node)


def _scalar(node: yaml.Node) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


@lru_cache(maxsize=64)
def _children(node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, int]]:
    """Value and line of each key that is a scalar, by the key as it is written and as it is meant."""
    found: dict[str, tuple[yaml.Node, int]] = {}
    for key, value in node.value:
        for name in (_scalar(key), _key(key)):
            if name is not None:
                found[name] = (value, key.start_mark.line + 1)
    return found


@lru_cache(maxsize=64)
def _having(node: yaml.SequenceNode, field: str) -> dict[str, list[yaml.Node]]:
    """The items of a list by what they have in a field, each in order."""
    found: dict[str, list[yaml.Node]] = {}
    for item in node.value:
        fields = item.value if isinstance(item, yaml.MappingNode) else []
        for name in {value for k, v in fields if _scalar(k) == field and (value := _scalar(v)) is not None}:
            found.setdefault(name, []).append(item)
    return found
