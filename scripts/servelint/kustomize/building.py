"""The renderer: Kustomize's own library in a loop, in the folder ``renderer``, for whoever has Go.

It is built outside the checkout, once for each content of that folder, and used only by who says so in
``SERVELINT_KUSTOMIZE``. ``process`` knows it by its name, and hands it many folders at a time.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..borders import store
from ..model import NotValidated
from .process import RENDERER

SOURCES = Path(__file__).parent / "renderer"
FLAGS = ("-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w")
PINNED = "sigs.k8s.io/kustomize/kustomize/v5"


class NotBuilt(NotValidated, RuntimeError):
    """There is no renderer, and none can be made here. The message says what would help."""


def pins(module: str) -> dict[str, str]:
    """The modules that the text of a go.mod requires, with their versions."""
    return dict(re.findall(r"^\t(\S+) (v\S+)", module, re.MULTILINE))


def version() -> str:
    """The version of Kustomize that it is built from, such as v5.8.1."""
    return pins((SOURCES / "go.mod").read_text())[PINNED]


def renderer(root: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The program, built unless it is there. root: the checkout, in which it does not lie. Raises NotBuilt."""
    return program(root, RENDERER, version(), SOURCES, ".", environment)


def program(
    root: Path, name: str, pinned: str, sources: Path, package: str, environment: Mapping[str, str] = os.environ
) -> Path:
    """The program of a Go module, built once for each content of its folder. Raises NotBuilt.

    pinned: the version that the name of its folder begins with.
    """
    digest = hashlib.sha256(" ".join((*FLAGS, package)).encode())
    for file in ("go.mod", "go.sum", "main.go"):
        if (sources / file).exists():  # a module that only pins a tool has no code
            digest.update((sources / file).read_bytes())
    kept = store.cache_folder(root, name)
    if kept is None:
        raise NotBuilt(f"there is no folder for {name}: let XDG_CACHE_HOME name one outside the checkout")
    folder = kept / f"{pinned}-{digest.hexdigest()[:16]}"
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not store.is_ours(kept):
        raise NotBuilt(f"{kept} is not ours alone to write to: whoever can write there would decide what is rendered")
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever waited here finds it made
        if not folder.is_dir():
            _build(folder, name, sources, package, environment)
    return folder / name


def _build(folder: Path, name: str, sources: Path, package: str, environment: Mapping[str, str]) -> None:
    """Makes the folder, whole or not at all."""
    go = shutil.which("go", path=environment.get("PATH"))
    if go is None:
        raise NotBuilt(f"{name} is built with Go, and there is none: install it (https://go.dev/dl/), or do without")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as temporary:
        half = Path(temporary) / folder.name
        half.mkdir()
        command = [go, "build", *FLAGS, "-o", str(half / name), package]
        own = {**environment, "CGO_ENABLED": "0"}
        done = subprocess.run(command, cwd=sources, env=own, capture_output=True, text=True, check=False)
        if done.returncode:
            said = "\n".join(done.stderr.strip().splitlines()[-15:])
            raise NotBuilt(f"Go could not build {name}; it said\n{said}")
        half.replace(folder)
