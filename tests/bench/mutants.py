"""How many small mistakes in scripts/servelint the tests notice: a sample of mutants, and which of them live.

    python tests/bench/mutants.py [--seed 1] [--count 300] [--rooms views,server] [--minutes 60] [--most 20] [--fates F]

A mutant is one mistake that a hand could make: a comparison turned round, a ``not`` lost, ``and`` for ``or`` or one
operand gone, an early ``continue`` or ``return`` gone, a ``yield`` gone, a number one too big, a truth flipped, an
empty answer. It is killed when a test fails, and dies too when a test does not end. What nobody promises
(docstrings, messages, decorators, defaults, what only a type checker reads) is not mutated, nor are examples of rules
and their builders, which are tests.

Everything happens in one process and a copy of the tree, whose tests pass as they stand. pytest collects once. Each
mutant is a fork of that process in which one function has other code, where tests run until one fails: first the
examples of the rule or the tests of the module, then those that import it, of its room those that name it, the rest of
the room, the examples of all rules, and for a rule the broken fleets that expect it; as many as time allows, but none
of the exhaustive ones. A value that a test module computed as it was imported stays what it was, so the score is a
little too low rather than too high. With ``--fates`` the fate of each mutant is a line of that file, and a run of the
same sample goes on behind the last one; with more seconds (``--most``) it asks those again that lived when there were
fewer. Not part of CI: it takes a quarter of an hour of one processor.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import gc
import importlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "scripts/servelint"
SKIPPED = ("vendoring", "commands")
"""Rooms that are not mutated unless asked for: their tests start processes, which a fork cannot reach."""
TESTS = {
    "engines": ("tests/engines", "tests/views", "tests/planner", "tests/commands/test_docs.py"),
    "lines": ("tests/test_lines.py",),
    "model": ("tests/test_model.py", "tests/views"),
    "planner": ("tests/planner", "tests/views", "tests/commands/test_docs.py"),
    "server": ("tests/server", "tests/vendoring/test_vendor_schemas.py"),
}
"""Which tests concern a room, where they are not simply tests/<room>. Those of rules concern every room."""
MOST = 20.0
"""Seconds of processor after which a mutant is asked no further test, if nobody says another number: it lives."""
HANGS = 10
"""Seconds of processor beyond these after which a mutant hangs."""
UNMADE = 3
"""How a fork ends that could not become its mutant."""
BUILDERS = f"{PACKAGE}/rules/examples.py"
EXAMPLES = ("GOOD", "BAD", "CONTEXT", "GOOD_CONTEXT", "BAD_CONTEXT", "COVERS")
INVERSE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
EMPTY = {"list": "[]", "tuple": "()", "dict": "{}", "set": "set()", "frozenset": "frozenset()", "str": "''", "int": "0"}


@dataclass(frozen=True)
class Mutant:
    """The nth place of a module where a mistake can be made. ``owner``: the function around it, or the constant."""

    file: str
    nth: int
    line: int
    owner: str
    what: str

    @property
    def room(self) -> str:
        return self.file.removeprefix(f"{PACKAGE}/").partition("/")[0].removesuffix(".py")

    @property
    def rule(self) -> str:
        """The id of the rule whose module this is; empty for any other."""
        steps = self.file.removeprefix(f"{PACKAGE}/").removesuffix(".py").split("/")
        return steps[2].replace("_", "-") if len(steps) == 3 and steps[0] == "rules" and steps[2][0] != "_" else ""


# What can be done to a node: pairs of the node that takes its place, and words for it.


def _mistakes(node: ast.AST, returns: str) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = INVERSE[type(node.ops[0])]()
        yield ast.Compare(node.left, [other], node.comparators), "inverted"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand, "not dropped"
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values), "and/or swapped"
        for i in range(len(node.values)):
            rest = [*node.values[:i], *node.values[i + 1 :]]
            yield (rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)), f"operand {i + 1} dropped"
    elif isinstance(node, ast.If) and not node.orelse and len(node.body) == 1:
        if isinstance(node.body[0], ast.Continue | ast.Return):
            yield ast.Pass(), "removed"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        yield ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load()))), "yield removed"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value), "flipped"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1), "one more"
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        optional = returns.endswith("| None")
        empty = "None" if optional else EMPTY.get(returns.partition("[")[0], "None")
        if returns == "bool":
            yield ast.Return(ast.UnaryOp(ast.Not(), node.value)), "answer negated"
        elif ast.unparse(node.value) not in (empty, "None"):
            yield ast.Return(ast.parse(empty, mode="eval").body), f"answer is {empty}"


def _promised(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """The children of a node that behaviour depends on, with the field and index where they stand."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(node, ast.Call):
            continue
        for i, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.JoinedStr | ast.Raise | ast.Assert | ast.Import | ast.ImportFrom):
                continue
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.AST):
                yield name, i, child


def _of_examples(tree: ast.Module) -> frozenset[str]:
    """The examples of a rule, and what only they use: its private builders and texts."""
    uses: dict[str, set[str]] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
        read = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        for target in targets:
            name = ast.unparse(target) if isinstance(target, ast.expr) else getattr(target, "name", "")
            uses.setdefault(name, set()).update(read - {name})
    found = set(EXAMPLES) & uses.keys()
    while True:
        users = {name: {user for user, read in uses.items() if name in read} for name in uses.keys() - found}
        more = {name for name, by in users.items() if name.startswith("_") and by and by <= found}
        if not more:
            return frozenset(found)
        found |= more


def _places(tree: ast.Module) -> Iterator[tuple[str, ast.AST, str, int | None, ast.AST, ast.AST, str]]:
    """Owner, parent, field, index, node, the node that takes its place, words; always in the same order."""

    def inside(parent: ast.AST, owner: str, returns: str) -> Iterator[Any]:
        for name, i, node in _promised(parent):
            for other, words in _mistakes(node, returns):
                yield owner, parent, name, i, node, other, words
            inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from inside(node, owner, ast.unparse(node.returns) if inner and node.returns else returns)

    def defined(body: list[ast.stmt], prefix: str) -> Iterator[Any]:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                yield from defined(statement.body, f"{prefix}{statement.name}.")
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                returns = ast.unparse(statement.returns) if statement.returns else ""
                yield from inside(statement, f"{prefix}{statement.name}", returns)
            elif isinstance(statement, ast.Assign) and not prefix:
                name = ast.unparse(statement.targets[0])
                if name.isidentifier():
                    yield from inside(statement, name, "")

    examples = _of_examples(tree)
    yield from (place for place in defined(tree.body, "") if place[0] not in examples)


def mutants(file: str) -> list[Mutant]:
    """Every mutant of a module of the tree."""
    found = []
    for nth, (owner, _, _, _, node, other, words) in enumerate(_places(ast.parse(Path(file).read_text()))):
        before, after = (" ".join(ast.unparse(ast.fix_missing_locations(n)).split())[:70] for n in (node, other))
        what = f"{words}: {before}" if words in ("removed", "yield removed") else f"{words}: {before} -> {after}"
        found.append(Mutant(file, nth, node.lineno, owner, what))
    return found


def mutated(mutant: Mutant) -> ast.Module:
    """The module with the mistake in it."""
    tree = ast.parse(Path(mutant.file).read_text())
    _, parent, name, i, node, other, _ = next(p for n, p in enumerate(_places(tree)) if n == mutant.nth)
    ast.copy_location(other, node)
    if i is None:
        setattr(parent, name, other)
    else:
        getattr(parent, name)[i] = other
    return ast.fix_missing_locations(tree)


# What a fork does to itself.


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _file(code: types.CodeType) -> str:
    return os.path.relpath(code.co_filename) if PACKAGE in code.co_filename else ""


def _module(file: str) -> str:
    return file.removeprefix("scripts/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@functools.cache
def _functions() -> dict[str, list[types.FunctionType]]:
    """The functions of the package, by name."""
    found: dict[str, list[types.FunctionType]] = {}
    for function in gc.get_objects():
        if isinstance(function, types.FunctionType) and _file(function.__code__):
            found.setdefault(f"{_file(function.__code__)}:{function.__code__.co_qualname}", []).append(function)
    return found


@functools.cache
def _caches() -> list[Any]:
    """What the package keeps of what it computed."""
    caches = [c for c in gc.get_objects() if isinstance(c, functools._lru_cache_wrapper)]
    return [cached for cached in caches if str(cached.__module__).startswith("servelint")]


def apply(mutant: Mutant) -> None:
    """Gives the function other code, or the constant another value wherever it was imported; forgets what is cached."""
    tree = mutated(mutant)
    module = sys.modules[_module(mutant.file)]
    new = {code.co_qualname: code for code in _codes(compile(tree, str(module.__file__), "exec"))}
    if mutant.owner in new:
        for function in _functions()[f"{mutant.file}:{mutant.owner}"]:
            function.__code__ = new[mutant.owner]
    else:
        old = vars(module)[mutant.owner]
        (assigned,) = (s for s in tree.body if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == mutant.owner)
        value = eval(compile(ast.Expression(assigned.value), str(module.__file__), "eval"), vars(module))
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(mutant.owner) is old:
                setattr(other, mutant.owner, value)
    for cached in _caches():
        cached.cache_clear()
    Path(mutant.file).write_text(ast.unparse(tree))  # for tests that start a process


@functools.cache
def _expected(item: pytest.Item) -> frozenset[str]:
    """The rules that a broken fleet has to be told by; none for another test."""
    path = item.callspec.params.get("path") if hasattr(item, "callspec") else None
    if "test_broken.py" not in item.nodeid or not isinstance(path, Path):
        return frozenset()
    return frozenset(found["rule"] for found in yaml.safe_load(path.read_text())["expect"])


def _known(fates: Path, most: float) -> dict[Mutant, str]:
    """What earlier runs over the same tree found out, but for those that lived when they were asked fewer tests."""
    told = [json.loads(line) for line in fates.read_text().splitlines()] if fates.is_file() else []
    names = [field.name for field in fields(Mutant)]
    sure = [one for one in told if one["fate"] == "killed" or one.get("most", MOST) >= most]
    return {Mutant(**{name: one[name] for name in names}): one["fate"] for one in sure}


class Trial:
    """A plugin of pytest in place of its loop: each mutant by the tests that concern it."""

    def __init__(self, sample: list[Mutant], minutes: float, most: float, out: Any, fates: Path) -> None:
        self.sample, self.end, self.out = sample, time.monotonic() + 60 * minutes, out
        self.most, self.fates, self.known = most, fates, _known(fates, most)

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for mutant in self.sample:
            importlib.import_module(_module(mutant.file))
        _functions(), _caches()
        gc.collect()
        gc.freeze()  # a fork that counted garbage would copy every page
        tried, killed = Counter[str](), Counter[str]()
        for n, mutant in enumerate(self.sample, 1):
            if time.monotonic() > self.end:
                break
            fate = self.known.get(mutant) or _fate(mutant, _concerned(mutant, session.items), self.most)
            if mutant not in self.known:
                with self.fates.open("a") as file:
                    file.write(json.dumps({**asdict(mutant), "fate": fate, "most": self.most}) + "\n")
            tried[mutant.room] += 1
            killed[mutant.room] += fate == "killed"
            if fate != "killed":
                self.say(f"{mutant.file}:{mutant.line}: {mutant.what}  [{mutant.owner}; {fate}]")
            if n % 25 == 0:
                self.say(f"... {n} mutants, {killed.total()} killed")
        self.say("\nroom         mutants  killed")
        for room in sorted(tried):
            self.say(f"{room:12} {tried[room]:7} {killed[room]:7}  {killed[room] / tried[room]:.0%}")
        self.say(f"{'all':12} {tried.total():7} {killed.total():7}  {killed.total() / max(1, tried.total()):.1%}")
        return True


_OF_A_RULE = re.compile(
    r"::test_(good_is_clean|bad_is_found_once|problems_point_into_their_resource|rule_explains_itself|a_rule_of_two)"
)
"""Tests whose parameter is a rule, and which concern no other one."""


@functools.cache
def _text(path: Path) -> str:
    return path.read_text()


def _concerned(mutant: Mutant, items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that may notice a mutant, the nearest first."""
    room = TESTS.get(mutant.room, (f"tests/{mutant.room}",))
    named = tuple(f"/test_{start}{Path(mutant.file).stem}.py::" for start in ("", "semantics_"))
    own = re.compile(rf"\[{mutant.rule}(-\d+)?\]$")
    parent, _, stem = _module(mutant.file).rpartition(".")
    speaks, imports = re.compile(rf"\b{stem}\b"), re.compile(rf"\b{parent}(\.| import [^\n]*\b){stem}\b")

    def distance(item: pytest.Item) -> int | None:
        if _expected(item):
            return 5 if mutant.rule in _expected(item) else None
        if mutant.rule and own.search(item.nodeid):
            return 0
        if mutant.rule and _OF_A_RULE.search(item.nodeid):
            return None
        if any(name in item.nodeid for name in named):
            return 1
        if (speaks if item.nodeid.startswith(room) else imports).search(_text(item.path)):
            return 2
        if item.nodeid.startswith(room):
            return 3
        return 4 if item.nodeid.startswith("tests/rules/") else None

    near = [(at, item) for item in items if (at := distance(item)) is not None]
    return [item for _, item in sorted(near, key=lambda one: one[0])]


def _fate(mutant: Mutant, tests: list[pytest.Item], most: float) -> str:
    """What became of a mutant among as many of these tests as seconds allow."""
    if not tests:
        return "no test"
    source = Path(mutant.file).read_text()
    hangs = int(most) + HANGS
    child = os.fork()
    if child == 0:
        status = UNMADE
        with contextlib.suppress(BaseException):
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (hangs, hangs))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            apply(mutant)
            status = 1
            for item, following in zip(tests, [*tests[1:], None], strict=True):
                reports = runtestprotocol(item, nextitem=following, log=False)
                if any(report.failed for report in reports):
                    break
                if following is None or sum(os.times()[:4]) > most:
                    status = 0
                    break
        os._exit(status)
    try:
        status = _wait(child, 20 * hangs)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what its tests left running
        Path(mutant.file).write_text(source)
    if os.waitstatus_to_exitcode(status) == UNMADE:
        return "could not be made"
    return "killed" if status else "lives"


def _wait(child: int, seconds: float) -> int:
    """How a fork ended. One that waits for ever, as a mutant of a lock may, uses no processor: the clock ends it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _copy(target: Path) -> None:
    """What git has or would take of the checkout, as it stands now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, target / path)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--rooms", default="", help="names with commas between them; all that can be judged without")
    parser.add_argument(
        "--minutes", type=float, default=600.0, help="end then, with the score of those tried till then"
    )
    parser.add_argument("--most", type=float, default=MOST, help="seconds of processor that tests of one mutant take")
    parser.add_argument("--fates", type=Path, default=os.devnull, help="keep each fate here, and go on where it ends")
    given = parser.parse_args()
    fates = given.fates.absolute()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"
        _copy(tree)
        os.chdir(tree)
        sys.dont_write_bytecode = True
        files = [str(file) for file in sorted(Path(PACKAGE).rglob("*.py")) if str(file) != BUILDERS]
        places = [m for file in files for m in mutants(file)]
        rooms = set(given.rooms.split(",")) if given.rooms else {m.room for m in places} - set(SKIPPED)
        places = [m for m in places if m.room in rooms]
        sample = random.Random(given.seed).sample(places, min(given.count, len(places)))
        out = os.fdopen(os.dup(1), "w")
        print(
            f"{len(sample)} of {len(places)} mutants of {', '.join(sorted(rooms))}; seed {given.seed}",
            file=out,
            flush=True,
        )
        options = ["-m", "not exhaustive", f"--basetemp={folder}/pytest", *"-q -p no:cacheprovider -p no:xdist".split()]
        status = pytest.main([*options, "--rootdir=."], plugins=[Trial(sample, given.minutes, given.most, out, fates)])
        os.chdir(ROOT)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
