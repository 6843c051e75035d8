"""Runs inside the sandbox, in a process of its own: the engine's argument code on command lines, on a made-up GPU.

Gets a job as the first line of its input, in JSON: ``packages`` that stand-ins replace, ``gpu``, ``asking`` (see
``stand_ins``) and ``engine``. Then each further line asks for ``parsers`` or brings command lines, ``argvs``, and each
line of its output is the answer. Command lines run in a child of their own, since engines write into the environment
and into modules. It imports nothing of this package but ``stand_ins``.
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
import traceback
from collections.abc import Callable
from typing import Any

import stand_ins  # type: ignore[import-not-found]

Answer = dict[str, Any]
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


class SGLang:
    """SGLang's ServerArgs: parsed, filled in and checked as the server does before it starts a process."""

    def __init__(self) -> None:
        self.module = importlib.import_module("sglang.srt.server_args")
        self.models = importlib.import_module("sglang.srt.configs.model_config")
        self.parser = argparse.ArgumentParser()
        self.module.ServerArgs.add_cli_args(self.parser)

    def parsers(self) -> dict[str, list[dict[str, Any]]]:
        """What each command takes."""
        return {"launch_server": actions(self.parser)}

    def resolve(self, argv: list[str], stage: Callable[[str], None]) -> None:
        """Raises what the engine raises."""
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


ENGINES = {"sglang": SGLang}


def _judge(engine: Any, argv: list[str]) -> Answer:
    at = ["parse"]
    log = io.StringIO()
    stand_ins.TOUCHED.clear()
    try:
        with contextlib.redirect_stderr(log), contextlib.redirect_stdout(log):
            engine.resolve(argv, lambda name: at.__setitem__(0, name))
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        return {
            "stage": at[0],
            "error": type(error).__name__,
            "text": str(error)[:600],
            "frames": [[frame.filename, frame.lineno, frame.line or ""] for frame in frames[-6:]],
            "touched": sorted(stand_ins.TOUCHED),
        }
    return {"stage": "accepted", "touched": sorted(stand_ins.TOUCHED)}


def _in_a_child(engine: Any, argvs: list[list[str]]) -> list[Answer]:
    """The answers to several command lines, one after the other in one child; the environment is put back each time."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        before = dict(os.environ)
        with os.fdopen(theirs, "w") as out:
            for argv in argvs:
                out.write(json.dumps(_judge(engine, argv), default=repr) + "\n")
                for name in set(os.environ) - set(before):
                    del os.environ[name]
                os.environ.update(before)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as inward:
        found = [json.loads(line) for line in inward]
    os.waitpid(child, 0)
    return found + [{"stage": "crashed"}] * (len(argvs) - len(found))


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
        answer = {"parsers": engine.parsers()} if "parsers" in probe else _in_a_child(engine, probe["argvs"])
        out.write(json.dumps(answer, default=repr) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
