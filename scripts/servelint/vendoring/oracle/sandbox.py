"""Runs inside the sandbox, in a process of its own: the engine's argument code on command lines, on a made-up GPU.

Gets a job as the first line of its input, in JSON: ``packages`` that stand-ins replace, ``gpu``, ``asking`` (see
``stand_ins``), ``engine`` and how many ``children`` work side by side. Then each further line asks for ``parsers`` or
brings command lines, ``argvs``, and each line of its output is the answer. Command lines run in children, since engines
write into the environment and into modules. It imports nothing of this package but ``stand_ins``.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import importlib.metadata
import io
import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import stand_ins  # type: ignore[import-not-found]

Answer = dict[str, Any]
LEAST = 20
"""Command lines of one child, which a fork is worth."""
PLAIN = (str, int, float, bool, type(None))


def _versions() -> None:
    """Packages that are absent have a version, which engines compare with a least one."""
    real = importlib.metadata.version

    def version(distribution_name: str) -> str:
        try:
            return real(distribution_name)
        except importlib.metadata.PackageNotFoundError:
            return "99.0.0"

    importlib.metadata.version = version


def _dummies() -> None:
    """Classes that Transformers holds back without torch are looked at when engines are imported, and never used."""
    tools = importlib.import_module("transformers.utils.import_utils")

    def found(cls: type, name: str) -> Any:
        try:
            return type.__getattribute__(cls, name)
        except AttributeError:
            if name.startswith("__"):
                raise
            return stand_ins.Anything

    tools.DummyObject.__getattribute__ = found


def prepare(job: dict[str, Any]) -> None:
    """Puts the stand-ins in place; Transformers comes first, so that it knows torch to be absent."""
    importlib.import_module("transformers")
    stand_ins.fake_gpu(job["gpu"])
    stand_ins.fake_programs(job["gpu"])
    _dummies()
    _versions()
    sys.meta_path.append(stand_ins.Finder(frozenset(job["packages"])))
    stand_ins.ASKING[:] = job["asking"]


def actions(parser: argparse.ArgumentParser) -> list[dict[str, Any]]:
    """What a parser takes, an option an entry."""
    rows = []
    for action in parser._actions:
        long = [flag.lstrip("-") for flag in action.option_strings if flag.startswith("--")]
        if not long or long == ["help"]:
            continue
        default = action.default if isinstance(action.default, PLAIN) else "unread"
        rows.append(
            {
                "names": long,
                "field": action.dest,
                "nargs": action.nargs,
                "type": getattr(action.type, "__name__", None) if action.type else None,
                "choices": sorted(action.choices, key=str) if action.choices is not None else None,
                "default": default if default != argparse.SUPPRESS else None,
                "required": action.required,
                "action": type(action).__name__,
                "hidden": action.help == argparse.SUPPRESS,
            }
        )
    return rows


def _place(frame: Any) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


class Declared(list[tuple[str, dict[str, Any]]]):
    """What an engine since 0.5.20 decided of its arguments, in order; notes where each decision was written."""

    def __init__(self, places: dict[str, str], entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
        super().__init__(entries)
        self.places = places

    def append(self, entry: tuple[str, dict[str, Any]]) -> None:
        """Takes a decision in: it comes from the caller of the function that appends, or from the function that was
        handed to that to be asked."""
        frame = sys._getframe(2)
        code = getattr(frame.f_locals.get("fn"), "__code__", None)
        place = f"{code.co_filename}:{code.co_firstlineno}" if code else _place(frame)
        self.places |= dict.fromkeys(entry[1], place)
        super().append(entry)

    def extend(self, entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Takes in what a model decides, from where that is asked."""
        found = list(entries)
        self.places |= {name: _place(sys._getframe(1)) for _, fields in found for name in fields}
        super().extend(found)


class SGLang:
    """SGLang's ServerArgs: parsed, filled in and checked as the server does before it starts a process."""

    def __init__(self) -> None:
        self.module = importlib.import_module("sglang.srt.server_args")
        self.models = importlib.import_module("sglang.srt.configs.model_config")
        self.parser = argparse.ArgumentParser()
        self.module.ServerArgs.add_cli_args(self.parser)
        self.final = getattr(self.module, "resolution_result", lambda args, name: getattr(args, name))
        self.places: dict[str, str] = {}
        kept = self.module.ServerArgs.__setattr__

        def noted(args: Any, name: str, value: Any) -> None:
            self.places[name] = _place(sys._getframe(1))
            kept(args, name, Declared(self.places, value) if name == "_resolved_overrides" else value)

        self.module.ServerArgs.__setattr__ = noted

    def parsers(self) -> dict[str, list[dict[str, Any]]]:
        """What each command takes."""
        return {"launch_server": actions(self.parser)}

    def resolve(self, argv: list[str], stage: Callable[[str], None]) -> dict[str, list[str]]:
        """What options have in the end that were given something else: by field, the value and the place that wrote it.
        Raises what the engine raises."""
        parsed = self.parser.parse_args(argv)
        stage("resolve")
        args = self.module.ServerArgs.from_cli_args(parsed)
        if hasattr(args, "resolve_once"):
            args.resolve_once()
        stage("check")
        args.check_server_args()
        stage("model")
        if hasattr(self.models.ModelConfig, "from_server_args"):
            self.models.ModelConfig.from_server_args(args)
        return dict(self._replaced(argv, parsed, args))

    def _replaced(self, argv: list[str], parsed: argparse.Namespace, args: Any) -> Iterator[tuple[str, list[str]]]:
        for word in argv:
            action = self.parser._option_string_actions.get(word.partition("=")[0])
            if action is not None and hasattr(args, action.dest):
                given, final = getattr(parsed, action.dest), self.final(args, action.dest)
                if isinstance(given, PLAIN) and isinstance(final, PLAIN) and given != final:
                    yield action.dest, [str(final), self.places.get(action.dest, "")]


ENGINES = {"sglang": SGLang}


def _judge(engine: Any, argv: list[str]) -> Answer:
    at = ["parse"]
    log = io.StringIO()
    stand_ins.TOUCHED.clear()
    try:
        with contextlib.redirect_stderr(log), contextlib.redirect_stdout(log):
            replaced = engine.resolve(argv, lambda name: at.__setitem__(0, name))
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        return {
            "stage": at[0],
            "error": type(error).__name__,
            "text": str(error)[:600],
            "frames": [[frame.filename, frame.lineno, frame.line or ""] for frame in frames[-6:]],
            "touched": sorted(stand_ins.TOUCHED),
        }
    return {"stage": "accepted", "replaced": replaced, "touched": sorted(stand_ins.TOUCHED)}


def _in_children(engine: Any, argvs: list[list[str]], children: int) -> list[Answer]:
    """The answers to command lines, parted among children side by side: they come by a fork, after all imports."""
    size = max(LEAST, -(-len(argvs) // children))
    parts = [argvs[i : i + size] for i in range(0, len(argvs), size)]
    files = [tempfile.TemporaryFile("w+") for _ in parts]  # noqa: SIM115 - children write to them
    pids = [_child(engine, part, file) for part, file in zip(parts, files, strict=True)]
    answers: list[Answer] = []
    for pid, part, file in zip(pids, parts, files, strict=True):
        os.waitpid(pid, 0)
        file.seek(0)
        found = [json.loads(line) for line in file]
        answers += found + [{"stage": "crashed"}] * (len(part) - len(found))
        file.close()
    return answers


def _child(engine: Any, argvs: list[list[str]], out: IO[str]) -> int:
    """A process that answers one after the other; the environment is put back each time. Returns its id."""
    child = os.fork()
    if child == 0:
        before = dict(os.environ)
        for argv in argvs:
            out.write(json.dumps(_judge(engine, argv), default=repr) + "\n")
            for name in set(os.environ) - set(before):
                del os.environ[name]
            os.environ.update(before)
        out.flush()
        os._exit(0)
    return child


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what engines print is no answer
    job = json.loads(sys.stdin.readline())
    prepare(job)
    engine = ENGINES[job["engine"]]()
    logging.disable(logging.CRITICAL)
    gc.freeze()
    for line in sys.stdin:
        probe = json.loads(line)
        answer = (
            {"parsers": engine.parsers()}
            if "parsers" in probe
            else _in_children(engine, probe["argvs"], job["children"])
        )
        out.write(json.dumps(answer, default=repr) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
