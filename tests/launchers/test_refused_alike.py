"""What a launcher refuses in engine.yaml, the validator refuses in the same file.

Each launcher of the fleet reads broken variants of a real engine.yaml, in this process; the flags that its engine has
are those of the list by which the validator judges.
"""

from __future__ import annotations

import contextlib
import copy
import datetime
import importlib.util
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import servelint
from servelint.engines import kind
from servelint.engines.lists import listing
from servelint.engines.triton import MODELS
from support import ROOT

OVERLAYS = {
    "sglang-serve": "a3ultra/deepseek-r1",
    "sglang-bench": "a3ultra/deepseek-r1",
    "sglang-multihost": "a4x/kimi-k2-instruct",
    "vllm-serve": "a4high/deepseek-r1",
    "vllm-bench": "a4high/deepseek-r1",
    "trtllm-serve": "a4high/gpt-oss-120b",
    "trtllm-bench": "a4high/deepseek-r1",
    "trtllm-engine-build": "a3ultra/llama-3-1-8b-instruct",
    "triton-kserve": "a3ultra/llama-3-1-8b-instruct",
}
"""An overlay for each base that has a launcher."""
COMMANDS = {
    "sglang.launch_server": "launch_server",
    "sglang.bench_serving": "bench_serving",
    "vllm serve": "serve",
    "vllm bench serve": "bench_serve",
    "trtllm-serve serve": "serve",
    " throughput": "throughput",
    " build": "build",
    "tritonserver": "tritonserver",
}
"""The list of a command, by how its words end."""


class AnyFlag(dict[str, Any]):
    """The flags of a command without a list: the image alone knows them, and all pass here."""

    def __init__(self, library: Any) -> None:
        self.flag = library.Flag

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return self.flag((name,), True)


VALUES: tuple[Any, ...] = (
    None, [], {}, "a b/c", "x", 3, 0.5, True, False, datetime.date(2026, 1, 31), ["x"], [None], [{}], {"x": 1},
    {"x": None}, {8: "x"},
)  # fmt: skip


LAUNCHER = "/opt/launcher/launch.py"


class Started(Exception):
    """The launcher has checked everything."""


@cache
def _launcher(workload: str) -> Any:
    """The launcher of a base, and the libraries that it shares with others, as modules of their own."""
    folder = ROOT / "base/launcher"
    own = ROOT / f"base/{workload}/launch.py"
    for name, file in (
        ("launchlib", folder / "launchlib.py"), ("benchlib", folder / "results/benchlib.py"), (workload, own),
    ):  # fmt: skip
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[workload], sys.modules["launchlib"], sys.modules["benchlib"]


@dataclass(frozen=True)
class Case:
    """An overlay: its YAML, its engine.yaml, its engine, its image, and what its base calls the launcher with."""

    workload: str
    hardware: str
    model: str
    manifest: str
    text: str
    engine: str
    image: str
    base: tuple[str, ...]


@cache
def _case(workload: str) -> Case:
    hardware, model = OVERLAYS[workload].split("/")
    manifest = (ROOT / f"tests/golden/{hardware}/{model}/{workload}.yaml").read_text()
    text = (ROOT / f"overlays/{hardware}/{model}/{workload}/engine.yaml").read_text()
    for container in (one for document in yaml.safe_load_all(manifest) for one in _containers(document)):
        words = " ".join([*container.get("command", ()), *container.get("args", ())])
        if LAUNCHER in words:
            base = tuple(shlex.split(words.partition(LAUNCHER)[2]))
            return Case(workload, hardware, model, manifest, text, workload.split("-")[0], container["image"], base)
    raise AssertionError(f"{workload} starts no launcher")


def _containers(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("image"), str) and "name" in node:
            yield node
        for value in node.values():
            yield from _containers(value)
    for item in node if isinstance(node, list) else ():
        yield from _containers(item)


def _flags(workload: str, library: Any) -> Callable[..., dict[str, Any]]:
    """What stands for asking the engine for its flags: the list of the overlay's version."""
    case = _case(workload)
    about = kind(case.engine)

    def known(command: list[str], ask: str = "--help") -> dict[str, Any]:
        said = " ".join(map(str, command))
        section = next((section for ending, section in COMMANDS.items() if said.endswith(ending)), None)
        if section is None:
            return AnyFlag(library)
        found = listing(about.family, section, about.version(case.image))
        assert found is not None
        flags = {}
        for argument in found.arguments.values():
            names = (*argument["names"], *argument.get("negative", ()))
            boolean = argument["type"] == "bool" and case.engine in ("trtllm", "triton")
            flags.update({name: library.Flag(names, boolean) for name in names})
        return flags

    return known


def refused(workload: str, text: str, folder: Path) -> str | None:
    """What the launcher says to an engine.yaml; None if it would start the engine."""
    module, library, benchmarks = _launcher(workload)
    (folder / "engine.yaml").write_text(text)
    for name in ("mnt", "bin"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "bin/hf").write_text("#!/bin/sh\n")  # the launcher asks which program downloads, and ``run`` starts none
    (folder / "bin/hf").chmod(0o755)
    values = {
        "ENGINE_CONFIG": folder / "engine.yaml", "MODEL_ID": "org/model", "RESULTS_DIR": folder / "results",
        "WORK_DIR": folder / "work", "OUTPUT_DIR": folder / "output", "LWS_GROUP_SIZE": 2, "LWS_WORKER_INDEX": 0,
        "LWS_LEADER_ADDRESS": "leader", "TMPDIR": folder,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip

    def started(*given: Any, **named: Any) -> int:
        raise Started

    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, str(value))
        patch.setattr(library, "known_flags", _flags(workload, library))
        if hasattr(module, "known_flags"):
            patch.setattr(module, "known_flags", lambda: library.known_flags(module.COMMAND))
        for name in ("become", "run"):
            patch.setattr(library, name, started)
        patch.setattr(benchmarks, "opened", started)
        if workload == "triton-kserve":
            patch.setattr(module, "Path", lambda name: Path(name) if name == "/tmp/repository" else _templates(folder))
        try:
            module.launch(list(_case(workload).base))
        except Started:
            return None
        except library.StopLaunch as error:
            return str(error)
    raise AssertionError("neither started nor refused")


def _templates(folder: Path) -> Path:
    """Templates as the list of Triton's backend has them: what is mandatory stands outside of a text."""
    version = kind("trtllm").version(_case("triton-kserve").image)
    for model in MODELS:
        found = listing("tensorrtllm_backend", f"fill_template.{model}", version)
        assert found is not None
        lines = [
            f"{key}: ${{{key}}}" if argument.get("required") else f'string_value: "${{{key}}}"'
            for key, argument in found.arguments.items()
        ]
        file = folder / "models" / model / "config.pbtxt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines))
    return folder / "models"


def said(workload: str, text: str) -> list[Any]:
    """Errors of the validator in an engine.yaml."""
    case = _case(workload)
    documents = list(yaml.safe_load_all(case.manifest))
    for document in documents:
        if document["kind"] == "ConfigMap" and "engine.yaml" in document["data"]:
            document["data"]["engine.yaml"] = text
    result = servelint.validate(
        manifests={"fleet": yaml.safe_dump_all(documents)},
        hardware=case.hardware, model=case.model, workload=workload, cache=False, jobs=1,
    )  # fmt: skip
    assert not result.crashes
    return [f for f in result.findings if f.severity == "error" and "engine.yaml" in f.pointer]


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of a YAML value, its own first."""
    yield at
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield from places(value, (*at, key))


@cache
def variants(workload: str) -> list[tuple[str, str]]:
    """Each engine.yaml that differs from the overlay's in one place, with what was done."""
    content = yaml.safe_load(_case(workload).text)
    found = []
    for at in places(content):
        for change, edit in EDITS.items():
            edited = {"": copy.deepcopy(content)}
            node: Any = edited
            for step in ("", *at)[:-1]:
                node = node[step]
            with contextlib.suppress(TypeError, AttributeError, KeyError):
                edit(node, ("", *at)[-1])
                found.append((f"{change} at {at}", yaml.safe_dump(edited.get(""), sort_keys=False)))
    return found


def _put(value: Any) -> Callable[[Any, Any], None]:
    def edit(node: Any, key: Any) -> None:
        node[key] = value

    return edit


def _add(key: Any, value: Any) -> Callable[[Any, Any], None]:
    def edit(node: Any, at: Any) -> None:
        if not isinstance(node[at], dict):
            raise TypeError
        node[at][key] = value

    return edit


def _again(node: Any, key: Any) -> None:
    node[key].append(copy.deepcopy(node[key][-1]))


def _delete(node: Any, key: Any) -> None:
    del node[key]


EDITS: dict[str, Callable[[Any, Any], None]] = {
    **{f"{value!r}": _put(value) for value in VALUES},
    "deleted": _delete,
    "twice": _again,
    "another key": _add("of-no-known-name", 1),
    "a number for a key": _add(8, 1),
}


def judge(workload: str, change: str, text: str, folder: Path) -> None:
    """The two say the same: what stops the launcher is an error, and of what it reads itself nothing else is."""
    stopped, errors = refused(workload, text, folder), said(workload, text)
    if stopped is not None:
        assert errors, f"{change}: the launcher says {stopped}"
    else:
        assert not [error.message for error in errors if error.rule == "refused-by-launcher"], change


@pytest.mark.parametrize("workload", OVERLAYS)
def test_the_overlays_own_is_accepted(workload: str, tmp_path: Path) -> None:
    text = _case(workload).text
    assert refused(workload, text, tmp_path) is None
    assert said(workload, text) == []


@pytest.mark.parametrize("workload", OVERLAYS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_some_mistakes(workload: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    judge(workload, *data.draw(st.sampled_from(variants(workload))), tmp_path_factory.mktemp("launch"))


@pytest.mark.exhaustive
@pytest.mark.parametrize("workload", OVERLAYS)
def test_every_mistake(workload: str, tmp_path: Path) -> None:
    for change, text in variants(workload):
        judge(workload, change, text, tmp_path)


def test_every_launcher_is_held() -> None:
    assert {file.parent.name for file in ROOT.glob("base/*/launch.py")} == set(OVERLAYS)
