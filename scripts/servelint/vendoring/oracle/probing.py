"""What to probe: the syntax tree of an engine's argument code says which arguments stand together before a refusal, or
before one of them gets another value.

It chooses only; whether a command line is refused, and what becomes of it, the running code says (``search``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ELSEWHERE = frozenset(
    {"model", "tokenizer", "model-path", "tokenizer-path", "config", "device", "host", "port", "log-level"}
)
"""Options that no probe varies: what a context sets itself, other makers' chips, what is no matter of the arguments."""
SIZES = frozenset({"tp-size", "dp-size", "pp-size", "ep-size"})
"""Options whose field is called so, whatever their parser calls it."""
NUMBERS = (0, 1, 2, 4, 8, 16)
WIDE = ("1", "2", "3", "4", "8", "16", "32", "64", "100", "128", "256", "2048", "8192")
"""What is tried of a number that gets another value: what becomes of all of these becomes of every one."""
MOST = 8
"""Values of one option in a pair."""


@dataclass
class Site:
    """A ``raise``, an ``assert`` or what gives an option another value: the fields in its conditions, those of its
    function, those that decide whether one of the first is replaced, and what they are compared with; variables of the
    environment that the function reads. read: fields that what its conditions call reads. written: those that get
    another value. of_the_model: the function looks at the checkpoint; of_the_image: the conditions at what is
    installed."""

    where: str
    fields: set[str] = field(default_factory=set)
    nearby: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    constants: dict[str, set[Any]] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    written: frozenset[str] = frozenset()
    of_the_model: bool = False
    of_the_image: bool = False


WIDTHS = ("tp_size", "tensor_parallel_size")
"""The field of tensor parallelism, by engine."""


def silencing(site: Site | None, options: Options) -> set[str] | None:
    """The fields that a place stands on, each of which may take an effect away once it is stated; None if it stands on
    what is installed or on tensor parallelism, or nobody sees its conditions."""
    if site is None or site.of_the_image or options.width in site.fields:
        return None
    untried = {name for name in site.nearby if not options.values(name, site.constants.get(name, ()))}
    return {name for name in site.fields | site.read | untried if name in options.rows}


def sites(root: Path, parts: Sequence[str], known: frozenset[str]) -> list[Site]:
    """Every place of the argument code below ``root`` that refuses or gives an option another value; ``known`` are the
    fields of options."""
    found: list[Site] = []
    decided: dict[str, set[str]] = {}
    for path in sorted((root / parts[0].strip("/").split("/")[0]).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if any(part in f"/{name}" for part in parts):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    found += _of_function(node, name, known)
                    for one, deciding in _replaced(node, known):
                        decided.setdefault(one, set()).update(deciding - {one})
    called: dict[str, set[str]] = {}
    for name, reads in _functions(root, parts, known):
        called.setdefault(name, set()).update(reads)
    for site in found:
        site.read = set().union(*(called.get(name, set()) for name in site.calls))
        site.origins = set().union(*(decided.get(one, set()) for one in site.fields)) - site.fields
    return found


def _functions(root: Path, parts: Sequence[str], known: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """The functions of the argument code, and the fields that each reads itself."""
    for path in sorted((root / parts[0].strip("/").split("/")[0]).rglob("*.py")):
        if any(part in f"/{path.relative_to(root).as_posix()}" for part in parts):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.name != "__post_init__":
                    yield node.name, _fields(node, known, {})


MODEL = frozenset({"hf_config", "model_config", "get_model_config", "model_config_of", "model_arch", "architectures"})
IMAGE = frozenset({"find_spec", "ImportError", "PackageNotFoundError", "is_npu", "is_hip", "is_cpu"})


def _words(tree: ast.AST) -> set[str]:
    return {
        word
        for node in ast.walk(tree)
        for word in (getattr(node, "id", None), getattr(node, "attr", None))
        if isinstance(word, str)
    }


def _replaced(function: ast.FunctionDef, known: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """Fields that a function gives another value, and those in the conditions around it."""
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            deciding = _fields(node.test, known, {})
            for inner in ast.walk(node):
                for one in _written(inner, known) | _keys(inner, known):
                    yield one, deciding


def _of_function(function: ast.FunctionDef, name: str, known: frozenset[str]) -> Iterator[Site]:
    locals_: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            locals_[node.targets[0].id] = node.value
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple):
            locals_ |= dict.fromkeys((t.id for t in node.targets[0].elts if isinstance(t, ast.Name)), node.value)
    nearby, variables, words = _fields(function, known, {}), _variables(function), _words(function)

    def walk(statements: Iterable[ast.stmt], guards: list[ast.expr]) -> Iterator[tuple[ast.stmt, list[ast.expr]]]:
        for statement in statements:
            if isinstance(statement, ast.Raise) or _written(statement, known):
                yield statement, guards
            elif isinstance(statement, ast.Assert):
                yield statement, [*guards, statement.test]
            elif isinstance(statement, (ast.If, ast.While)):
                yield from walk(statement.body, [*guards, statement.test])
                yield from walk(statement.orelse, [*guards, statement.test])
                if any(isinstance(last, ast.Return) for last in statement.body[-1:]):
                    guards = [*guards, statement.test]
            elif isinstance(statement, (ast.With, ast.For, ast.Try)):
                more = [statement.iter] if isinstance(statement, ast.For) else []
                yield from walk(statement.body, [*guards, *more])

    places: list[tuple[int, frozenset[str], Sequence[ast.AST]]] = [
        (statement.lineno, _written(statement, known), guards) for statement, guards in walk(function.body, [])
    ]
    if declared := frozenset[str]().union(*(_keys(node, known) for node in ast.walk(function))):
        first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        places.append((first, declared, [function]))
    for line, written, guards in places:
        site = Site(f"{name}:{line}", nearby=nearby, variables=variables, written=written)
        asked = {word for guard in guards for word in _words(guard)}
        site.calls = asked | {word for one in asked & set(locals_) for word in _words(locals_[one])}
        site.of_the_model, site.of_the_image = bool(words & MODEL), bool(site.calls & IMAGE)
        for guard in guards:
            site.fields |= _fields(guard, known, locals_)
            for one, values in _compared(guard, known, locals_):
                site.constants.setdefault(one, set()).update(values)
        yield site


def _written(statement: ast.AST, known: frozenset[str]) -> frozenset[str]:
    """The fields that a statement gives another value itself: by an assignment, or by declaring it."""
    if isinstance(statement, ast.Assign):
        return frozenset(t.attr for t in statement.targets if isinstance(t, ast.Attribute) and t.attr in known)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = getattr(statement.value.func, "id", "")
        named = statement.value.keywords if called == "declare_resolution" else []
        return frozenset(str(keyword.arg) for keyword in named if keyword.arg in known)
    return frozenset()


def _keys(node: ast.AST, known: frozenset[str]) -> frozenset[str]:
    """The fields for which a statement puts values into a mapping, which the caller declares."""
    keys: list[ast.expr | None] = []
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        keys = [node.targets[0].slice]
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
        keys = list(node.value.keys)
    return frozenset(str(k.value) for k in keys if isinstance(k, ast.Constant) and k.value in known)


def _fields(tree: ast.AST, known: frozenset[str], locals_: Mapping[str, ast.expr]) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in known:
            found.add(node.attr)
        elif isinstance(node, ast.Name) and node.id in locals_:
            found |= _fields(locals_[node.id], known, {})
        elif isinstance(node, ast.Name) and node.id in known:
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known:
            found.add(node.value)
    return found


def _compared(tree: ast.AST, known: frozenset[str], locals_: Mapping[str, ast.expr]) -> Iterator[tuple[str, set[Any]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            constants = {
                inner.value
                for inner in ast.walk(node)
                if isinstance(inner, ast.Constant) and isinstance(inner.value, (str, int)) and inner.value not in known
            }
            for one in _fields(node, known, locals_):
                yield one, constants


def _variables(function: ast.FunctionDef) -> set[str]:
    """Names of variables of the environment in a function; they are in capitals and begin with the engine's name."""
    words = {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)}
    words |= {n.value for n in ast.walk(function) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {word for word in words if word.startswith(("SGLANG_", "VLLM_")) and word.isupper()}


@dataclass(frozen=True)
class Options:
    """The options of a command: by field, and the values to try of each."""

    rows: Mapping[str, Mapping[str, Any]]

    @property
    def width(self) -> str:
        """The field of tensor parallelism, which every probe states."""
        return next(name for name in WIDTHS if name in self.rows)

    def name(self, one: str) -> str:
        return str(self.rows[one]["names"][0])

    def number(self, one: str) -> bool:
        """Whether an option is a whole number of many."""
        row = self.rows[one]
        return row["type"] in ("int", "human_readable_int") and not row["choices"] and row["nargs"] != 0

    def values(self, one: str, near: Iterable[Any] = (), most: int = 64) -> list[str | None]:
        """Values of an option, as words; None is a switch that is on. near: what its field is compared with."""
        row = self.rows[one]
        if row["nargs"] == 0:
            return [None]
        named: list[Any] = [value for value in near if not isinstance(value, bool)]
        words: list[str | None]
        if row["choices"]:
            near_ones = {str(value) for value in named}
            words = [str(choice) for choice in row["choices"] if choice != row["default"]]
            return sorted(words, key=lambda word: word not in near_ones)[:most]
        if self.number(one):
            numbers = {*NUMBERS, *(n + d for n in named if isinstance(n, int) for d in (-1, 0, 1))}
            words = [str(n) for n in sorted(numbers) if n != row["default"]]
            return words[:most]
        if row["type"] == "float":
            return ["0.5", "1.5"]
        if row["type"] in (None, "str"):
            words = [n for n in named if isinstance(n, str) and n]
            return sorted(words, key=str)[:most]
        return []


def options(rows: Iterable[Mapping[str, Any]]) -> Options:
    """The options that probes vary, each under its canonical name."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        retired = str(row["action"]).startswith("Deprecated")
        name = next((name.replace("-", "_") for name in row["names"] if name in SIZES), row["field"])
        if not retired and row["names"][0] not in ELSEWHERE and name not in found:
            found[name] = row
    return Options(found)
