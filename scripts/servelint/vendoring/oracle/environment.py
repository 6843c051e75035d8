"""The sandbox from outside: made once a version, outside the checkout, from pinned wheels; asked by lines of JSON.

The process has no network where the system can take it away, no variable of ours, and a home of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ...catalogue.facts import Hardware, Model
from ...engines.lists import Wheel
from ..arguments import fetch
from ..schemas import Unusable, _last_line
from . import configs

INSIDE = Path(__file__).parent
LOCKS = INSIDE / "locks"
REPLACED = (
    "IPython", "aiohttp", "anthropic", "av", "blobfile", "cbor2", "cloudpickle", "compressed_tensors", "cpuinfo",
    "cuda", "cutlass",
    "datasets", "decord", "deep_ep", "deep_gemm", "deepseek_recipe", "diskcache", "distro", "easydict",
    "einops", "fastapi", "flashinfer", "gguf", "google", "grpc", "ijson", "interegular", "kernels", "litellm",
    "llguidance", "mistral_common", "modelscope", "mooncake", "msgpack", "multipart", "nixl", "numba", "nvidia",
    "openai", "openai_harmony", "orjson", "outlines", "outlines_core", "partial_json_parser",
    "prometheus_client", "psutil", "pybase64", "pynvml", "pytest", "quack", "ray", "requests_toolbelt", "scipy",
    "sentencepiece", "setproctitle", "sgl_kernel", "sglang_router", "smg_grpc_servicer", "soundfile",
    "starlette", "tiktoken", "tilelang", "timm", "tml_renderers", "torch", "torch_memory_saver", "torchao",
    "torchaudio", "torchcodec", "torchvision", "triton", "tvm_ffi", "uvicorn", "uvloop", "vllm", "watchfiles",
    "xgrammar", "xxhash", "zmq", "zstandard",
    "vllm.cumem_allocator", "vllm._C", "vllm._C_stable_libtorch", "vllm._moe_C_stable_libtorch", "vllm._qutlass_C",
    "vllm.vllm_flash_attn._vllm_fa2_C", "vllm.vllm_flash_attn._vllm_fa3_C",
)  # fmt: skip
"""Packages that stand-ins replace: kernels, servers, grammars, media."""
ASKING = {
    "sglang": ("/sglang/srt/server_args.py", "/sglang/srt/arg_groups/", "/sglang/srt/configs/model_config.py"),
    "vllm": (
        "/vllm/engine/arg_utils.py", "/vllm/config/", "/vllm/entrypoints/openai/cli_args.py",
        "/vllm/entrypoints/common/cli_args.py", "/vllm/platforms/cuda.py",
    ),
}  # fmt: skip
"""The argument code of an engine, as parts of paths."""
MODEL = {"sglang": "--model-path"}
"""The option that names the checkpoint, where it is not ``--model``."""
WITHIN = ("prober", "sandbox", "stand_ins")
"""Modules that decide what is an answer."""
CUDA, TORCH = "12.9", "2.9.1"
"""What the made-up torch says of itself."""


def locked(engine: str, version: str) -> Path | None:
    """The lock file of a version that the oracle can run; None if it has none."""
    path = LOCKS / f"{engine}-{version}.txt"
    return path if path.exists() else None


def make(cache: Path, engine: str, wheel: Wheel) -> Path:
    """The folder of packages of one version; made if it is not there whole. Raises Unusable."""
    lock = locked(engine, wheel.version)
    if lock is None:
        raise Unusable(f"{engine} {wheel.version} has no lock file beside the oracle")
    digest = hashlib.sha256(lock.read_bytes() + wheel.sha256.encode()).hexdigest()
    site = cache / f"{engine}-{wheel.version}-{digest[:16]}"
    if site.exists():
        return site
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        made = Path(folder) / "site"
        command = [
            sys.executable,
            "-P",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--no-compile",
        ]
        command += [
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "--target",
            str(made),
            "--requirement",
            str(lock),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unusable(f"pip could not install what {engine} {wheel.version} needs: {_last_line(done.stderr)}")
        packed = zipfile.ZipFile(fetch(wheel, Path(folder)))
        packed.extractall(made, [name for name in packed.namelist() if not name.endswith(".so")])
        made.rename(site)
    return site


def checkpoints(folder: Path, models: Mapping[str, Model]) -> dict[str, Path]:
    """Writes the folder of each checkpoint whose facts make a configuration; by name of the model."""
    found = {}
    for name, model in models.items():
        if configs.known(model):
            found[name] = folder / name
            found[name].mkdir(parents=True)
            for file, content in configs.files(model).items():
                (found[name] / file).write_text(json.dumps(content))
    return found


def digest(models: Mapping[str, Model], hardware: Mapping[str, Hardware]) -> str:
    """What the answers of a sandbox depend on besides the engine: its code, the made-up GPUs and checkpoints."""
    code = [path.read_text(encoding="utf-8") for path in sorted(INSIDE.glob("*.py")) if path.stem in WITHIN]
    told = [gpu(machine) for machine in hardware.values()]
    made = {name: configs.files(model) for name, model in models.items() if configs.known(model)}
    text = json.dumps([code, told, made, REPLACED, ASKING], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without_network() -> list[str]:
    """The words before a command that take the network away from it; none where the system does not let us."""
    words = ["unshare", "--map-root-user", "--net"]
    if shutil.which(words[0]) and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
        return words
    return []


def gpu(hardware: Hardware) -> dict[str, Any]:
    """A machine's GPUs, as the stand-ins tell of them."""
    return {
        "name": " ".join(hardware.accelerator.upper().split("-")[:2]),
        "capability": list(hardware.capability),
        "memory": hardware.gpu_memory_mib,
        "count": hardware.gpus,
        "cuda": CUDA,
        "torch": TORCH,
    }


class Sandbox:
    """One engine's argument code in a process of its own, on one kind of GPU."""

    def __init__(self, engine: str, site: Path, hardware: Hardware, jobs: int = 1) -> None:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": tempfile.gettempdir(),
            "PYTHONPATH": os.pathsep.join((str(site), str(INSIDE))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_VERBOSITY": "error",
        }
        command = [*without_network(), sys.executable, "-s", "-P", str(INSIDE / "sandbox.py")]
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment
        )
        packages = [name for name in REPLACED if name != engine]
        job = {"packages": packages, "gpu": gpu(hardware), "asking": ASKING[engine], "engine": engine}
        self._send(job | {"children": jobs})

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()
        self.log.close()

    def _send(self, line: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(line) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Unusable(f"the sandbox ended: {self._said()}") from None

    def _said(self) -> str:
        self.log.seek(0)
        return _last_line(self.log.read())

    def ask(self, line: Mapping[str, Any]) -> Any:
        """The answer to one line. Raises Unusable if the sandbox is gone."""
        assert self.process.stdout is not None
        self._send(line)
        text = self.process.stdout.readline()
        if not text:
            raise Unusable(f"the sandbox ended: {self._said()}")
        return json.loads(text)

    def judge(self, argvs: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
        """What becomes of command lines."""
        return list(self.ask({"argvs": [list(argv) for argv in argvs]}))

    def parsers(self) -> dict[str, list[dict[str, Any]]]:
        """What the engine's own parsers take, by command."""
        return dict(self.ask({"parsers": True})["parsers"])
