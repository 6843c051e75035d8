"""What runs inside the sandbox: how an engine's parser and its errors are read, and what stands in for its packages."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servelint.vendoring.oracle import environment

# They import each other as the sandbox does, which has nothing of the package.
sys.path.append(str(environment.INSIDE))
sandbox: Any = importlib.import_module("sandbox")
stand_ins: Any = importlib.import_module("stand_ins")


def optional(return_type: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        return None if text == "None" else return_type(text)

    return read


def test_a_value_that_may_be_none_is_of_the_kind_that_it_is_else() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plain", type=int)
    parser.add_argument("--perhaps", type=optional(optional(int)))
    parser.add_argument("--text")
    assert [(row["names"], row["type"]) for row in sandbox.actions(parser)] == [
        (["plain"], "int"), (["perhaps"], "int"), (["text"], None),
    ]  # fmt: skip


def test_what_an_engine_raises_inside_pydantic_is_its_own_word() -> None:
    own = ValueError("no")

    class ValidationError(Exception):
        def errors(self) -> list[dict[str, Any]]:
            return [{"type": "missing"}, {"ctx": {"error": own}}]

    class Bare(ValidationError):
        def errors(self) -> list[dict[str, Any]]:
            return [{"type": "missing"}]

    Bare.__name__ = "ValidationError"
    bare = Bare()
    assert sandbox._reason(ValidationError()) is own
    assert sandbox._reason(bare) is bare and sandbox._reason(own) is own


def test_a_value_that_a_class_of_the_engine_replaces_is_told_with_its_place() -> None:
    @dataclasses.dataclass
    class Part:
        pages: int = 1

        def settle(self) -> None:
            self.pages = self.pages
            self.pages = 64

    engine = sandbox.VLLM.__new__(sandbox.VLLM)
    engine.places, engine.parser = {}, argparse.ArgumentParser()
    engine.parser.add_argument("--pages", type=int)
    engine._watch(Part)
    part = Part(16)
    part.settle()
    given = engine.parser.parse_args(["--pages=16"])
    (told,) = engine._replaced(["--pages=16"], given, [part])
    line = Part.settle.__code__.co_firstlineno + 2
    assert told == ("pages", ["64", f"{__file__}:{line}"])


def test_modules_that_children_import_are_imported_before_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "late_part.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    class Engine:
        def resolve(self, argv: list[str], stage: Callable[[str], None]) -> dict[str, list[str]]:
            importlib.import_module("this_is_nowhere" if argv == ["missing"] else "late_part")
            return {}

    sandbox._load(Engine(), ["missing"])
    assert "late_part" not in sys.modules
    sandbox._load(Engine(), [])
    assert sys.modules.pop("late_part")


SCRIPT = """
import importlib, json, sys, typing
import stand_ins
gpu = {"torch": "2.9", "memory": 1024, "capability": [9, 0], "count": 4, "cuda": "12.9", "name": "NVIDIA H200"}
stand_ins.fake_gpu(gpu)
stand_ins.fake_management(gpu, "engine.third_party")
sys.meta_path.append(stand_ins.Finder(frozenset({"kernels", "engine._C"})))
import torch, kernels.fast
from engine.third_party import pynvml
class Speaks(typing.Protocol):
    can: bool
class Model(torch.nn.Module, Speaks):
    can = True
class Other(kernels.Base, Speaks): pass
@torch.library.custom_op("a::b", mutates_args=())
def one(x: int) -> int: return x
@one.register_fake
def _(x: int) -> int: return x
def two(x, y) -> tuple[int, int]: ...
told = {
    "schema": [torch.library.infer_schema(two, mutates_args=[]), torch.library.infer_schema(lambda x: x)],
    "attributes": [getattr(Model, "can", 0), getattr(Model, "cannot", None)],
    "gpus": [pynvml.nvmlDeviceGetCount(), pynvml.nvmlDeviceGetMemoryInfo(0).total, torch.cuda._device_count_nvml()],
}
try:
    importlib.import_module("engine.config")
except ModuleNotFoundError as error:
    told["absent"] = error.name
print(json.dumps(told))
"""


def test_stand_ins_say_what_is_modelled_and_hide_no_module_of_the_engine_itself() -> None:
    command = [sys.executable, "-c", f"import sys; sys.path.append({str(environment.INSIDE)!r})\n{SCRIPT}"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told == {
        "schema": ["(x, y) -> (Tensor, Tensor)", "(x) -> (Tensor)"], "attributes": [True, None],
        "gpus": [4, 2**30, 4], "absent": "engine",
    }  # fmt: skip
