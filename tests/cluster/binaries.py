"""Where the programs of the control plane come from: a folder that is already there, or the Go toolchain.

``KUBEBUILDER_ASSETS`` names a folder with etcd and kube-apiserver, as envtest lays it out; scheduling also
needs kube-scheduler and kube-controller-manager in it. Without it the programs are built from the modules
that ``go/go.mod`` pins, once for each content of that folder, and kept in the cache of the user, because a
build takes minutes and a checkout is often new.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

SOURCES = Path(__file__).parent / "go"
PROGRAMS = ("etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager")
CURE = (
    "install Go (https://go.dev/dl/), which builds them once and keeps them, or let KUBEBUILDER_ASSETS name a folder "
    "that holds " + ", ".join(PROGRAMS)
)


class NoControlPlane(RuntimeError):
    """The programs are not here and cannot be made; the message says what would help."""


def kubernetes_version() -> str:
    """The version of Kubernetes that go.mod pins, such as 1.36.3."""
    pinned = re.search(r"^\tk8s\.io/kubernetes v(\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)
    assert pinned, "go.mod names no k8s.io/kubernetes"
    return pinned[1]


def minor() -> str:
    """Its minor version, by which schemas are stored."""
    return ".".join(kubernetes_version().split(".")[:2])


def find(environment: Mapping[str, str]) -> Path:
    """A folder with the programs. Raises NoControlPlane."""
    if assets := environment.get("KUBEBUILDER_ASSETS"):
        missing = [name for name in PROGRAMS[:2] if not (Path(assets) / name).is_file()]
        if missing:
            raise NoControlPlane(f"KUBEBUILDER_ASSETS is {assets}, which lacks {' and '.join(missing)}: {CURE}")
        return Path(assets)
    cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "serving-fleet/control-plane"
    folder = cache / _key()
    if folder.is_dir():
        return folder
    go = shutil.which("go", path=environment.get("PATH"))
    if go is None:
        raise NoControlPlane(f"the tests need a control plane, and there is neither one nor Go: {CURE}")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever waited here finds the folder made
        if not folder.is_dir():
            _build(folder, go, environment)
    return folder


def _flags() -> list[str]:
    """What decides over the bytes of the result beside the sources."""
    version = kubernetes_version()
    major, minor_ = version.split(".")[:2]
    stamps = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor_}
    stamp = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamps.items())
    return ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", f"-s -w {stamp}"]


def _key() -> str:
    digest = hashlib.sha256(" ".join(_flags()).encode())
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((SOURCES / name).read_bytes())
    return f"{kubernetes_version()}-{digest.hexdigest()[:16]}"


def _build(folder: Path, go: str, environment: Mapping[str, str]) -> None:
    """Makes the folder, whole or not at all: one program, and a link to it by each name that it answers to."""
    print(f"building Kubernetes {kubernetes_version()} and etcd, once: minutes", file=sys.__stderr__, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as temporary:
        half = Path(temporary) / folder.name
        half.mkdir()
        command = [go, "build", *_flags(), "-o", str(half / "control-plane"), "."]
        own = {**environment, "CGO_ENABLED": "0"}
        done = subprocess.run(command, cwd=SOURCES, env=own, capture_output=True, text=True, check=False)
        if done.returncode:
            said = "\n".join(done.stderr.strip().splitlines()[-15:])
            raise NoControlPlane(f"Go could not build the control plane; it said\n{said}\nMend that, or {CURE}")
        for name in PROGRAMS:
            (half / name).symlink_to("control-plane")
        half.replace(folder)
