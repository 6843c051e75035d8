"""Runs inside the sandbox, in a process of its own: the engine's argument code on command lines, on a made-up GPU.

Gets a job as the first line of its input, in JSON: ``packages`` that stand-ins replace, ``gpu``, ``asking`` (see
``stand_ins``), ``engine`` and how many ``children`` work side by side. Then each further line asks for ``parsers`` or
brings command lines, ``argvs``, and each line of its output is the answer. Command lines run in children, since engines
write into the environment and into modules. It imports nothing of this package but ``stand_ins``.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
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
    stand_ins.fake_management(job["gpu"], "vllm.third_party")
    _dummies()
    _versions()
    sys.meta_path.append(stand_ins.Finder(frozenset(job["packages"])))
    stand_ins.ASKING[:] = job["asking"]


def _kind(of: Any) -> str | None:
    """What a value is made by; vLLM wraps that of an option that may be given as None."""
    cells = (
        {} if not hasattr(of, "__closure__") else dict(zip(of.__code__.co_freevars, of.__closure__ or (), strict=True))
    )
    if "return_type" in cells:
        return _kind(cells["return_type"].cell_contents)
    return getattr(of, "__name__", None) if of else None


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
                "type": _kind(action.type),
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


def _known_fields() -> None:
    """Msgspec reads a class's annotations each time that it is asked for its fields: half of the time of a probe."""
    with contextlib.suppress(ImportError):
        structs: Any = importlib.import_module("msgspec.structs")
        read = structs.fields
        known = functools.cache(read)
        structs.fields = lambda of: known(of) if isinstance(of, type) else read(of)


class SGLang:
    """SGLang's ServerArgs: parsed, filled in and checked as the server does before it starts a process."""

    def __init__(self) -> None:
        _known_fields()
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


class VLLM:
    """vLLM's engine arguments: parsed, and made into the configuration that the server starts with."""

    def __init__(self) -> None:
        self.arguments = importlib.import_module("vllm.engine.arg_utils")
        self.config = importlib.import_module("vllm.config")
        registry: Any = importlib.import_module("vllm.model_executor.models.registry")
        # A configuration is written out for the log several times, which takes as long as all else.
        importlib.import_module("transformers").PretrainedConfig.__repr__ = object.__repr__
        # A model's class is asked for what it can in a process of its own, which would have no stand-ins.
        registry._run_in_subprocess = lambda ask: ask()
        registry._LazyRegisteredModel._save_modelinfo_to_cache = lambda *_: None
        try:
            front = importlib.import_module("vllm.entrypoints.common.cli_args")
        except ImportError:  # before 0.33
            front = importlib.import_module("vllm.entrypoints.openai.cli_args")
        self.check = front.validate_parsed_serve_args
        parsing = importlib.import_module("vllm.utils.argparse_utils")
        self.parser = front.make_arg_parser(parsing.FlexibleArgumentParser())
        # It asks the tokenizer for the ends of a thought, and a checkpoint has none here.
        self.config.ReasoningConfig.initialize_token_ids = lambda *_: None
        self.places: dict[str, str] = {}
        for kind in {self.arguments.AsyncEngineArgs, self.arguments.EngineArgs, *self._kinds()}:
            self._watch(kind)

    def _kinds(self) -> Iterator[type]:
        """The classes that a configuration is made of."""
        for name in self.config.__all__:
            kind = getattr(self.config, name)
            if isinstance(kind, type) and dataclasses.is_dataclass(kind):
                yield kind

    def _watch(self, kind: type) -> None:
        """Notes where a field of a class gets another value than it has."""
        kept: Any = kind.__setattr__

        def noted(of: Any, name: str, value: Any) -> None:
            had = of.__dict__.get(name)
            if isinstance(had, PLAIN) and isinstance(value, PLAIN) and had != value:
                self.places[name] = _place(sys._getframe(1))
            kept(of, name, value)

        kind.__setattr__ = noted  # type: ignore[method-assign, assignment]

    def parsers(self) -> dict[str, list[dict[str, Any]]]:
        """What each command takes."""
        return {"serve": actions(self.parser)}

    def resolve(self, argv: list[str], stage: Callable[[str], None]) -> dict[str, list[str]]:
        """What options have in the end that were given something else: by field, the value and the place that wrote it.
        Raises what the engine raises."""
        self.places.clear()
        parsed = self.parser.parse_args(argv)
        stage("check")
        self.check(parsed)
        stage("resolve")
        args = self.arguments.AsyncEngineArgs.from_cli_args(parsed)
        made = args.create_engine_config()
        parts = [made, *(getattr(made, one.name) for one in dataclasses.fields(made))]
        return dict(self._replaced(argv, parsed, [part for part in parts if dataclasses.is_dataclass(part)]))

    def _replaced(
        self, argv: list[str], parsed: argparse.Namespace, parts: list[Any]
    ) -> Iterator[tuple[str, list[str]]]:
        """Options whose field one part of the configuration has, with another value than was given; what was to be
        chosen was not given."""
        for word in argv:
            action = self.parser._option_string_actions.get(word.partition("=")[0])
            holders = [part for part in parts if action is not None and action.dest in part.__dict__]
            if action is not None and len(holders) == 1:
                given, final = getattr(parsed, action.dest), holders[0].__dict__[action.dest]
                if given != "auto" and isinstance(given, PLAIN) and isinstance(final, PLAIN) and given != final:
                    yield action.dest, [str(final), self.places.get(action.dest, "")]


ENGINES: dict[str, Any] = {"sglang": SGLang, "vllm": VLLM}


def _reason(error: BaseException) -> BaseException:
    """The engine's own error inside one of pydantic, which checks its classes."""
    if type(error).__name__ == "ValidationError" and hasattr(error, "errors"):
        inner = [part.get("ctx", {}).get("error") for part in error.errors()]
        return next((one for one in inner if isinstance(one, BaseException)), error)
    return error


def _judge(engine: Any, argv: list[str]) -> Answer:
    at = ["parse"]
    log = io.StringIO()
    stand_ins.TOUCHED.clear()
    try:
        with contextlib.redirect_stderr(log), contextlib.redirect_stdout(log):
            replaced = engine.resolve(argv, lambda name: at.__setitem__(0, name))
    except BaseException as said:
        error = _reason(said)
        frames = traceback.extract_tb(error.__traceback__)
        return {
            "stage": at[0],
            "error": type(error).__name__,
            "text": str(error)[:600],
            "frames": [[frame.filename, frame.lineno, frame.line or ""] for frame in frames[-6:]],
            "touched": sorted(stand_ins.TOUCHED),
        }
    return {"stage": "accepted", "replaced": replaced, "touched": sorted(stand_ins.TOUCHED)}


def _load(engine: Any, argv: list[str]) -> None:
    """Imports here what a command line makes a child import, so that no other child has to: it takes half a second,
    a hundred times as long as an answer."""
    before = set(sys.modules)
    with tempfile.TemporaryFile("w+") as out:
        child = os.fork()
        if child == 0:
            _judge(engine, argv)
            out.write(json.dumps([name for name in sys.modules if name not in before]))
            out.flush()
            os._exit(0)
        os.waitpid(child, 0)
        out.seek(0)
        names = json.loads(out.read() or "[]")
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()


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
    loaded = False
    for line in sys.stdin:
        probe = json.loads(line)
        if not loaded and probe.get("argvs"):
            _load(engine, probe["argvs"][0])
            loaded = True
        answer = (
            {"parsers": engine.parsers()}
            if "parsers" in probe
            else _in_children(engine, probe["argvs"], job["children"])
        )
        out.write(json.dumps(answer, default=repr) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
