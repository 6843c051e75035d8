"""Where the programs in Go come from: a folder that is already there, or the Go toolchain.

``KUBEBUILDER_ASSETS`` names a folder with etcd and kube-apiserver, as envtest lays it out; scheduling also
needs kube-scheduler and kube-controller-manager in it. Without it the programs are built from the modules
that ``go/go.mod`` pins, once for each content of that folder, and kept in the cache of the user, because a
build takes minutes and a checkout is often new. So is the reader of YAML texts, a module of its own in ``go/reader``.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

SOURCES = Path(__file__).parent / "go"
PROGRAMS = ("etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager")
CURE = (
    "install Go (https://go.dev/dl/), which builds them once and keeps them, or let KUBEBUILDER_ASSETS name a folder "
    "that holds " + ", ".join(PROGRAMS)
)


READER = SOURCES / "reader"
READER_CURE = "install Go (https://go.dev/dl/), which builds it once and keeps it"


class NoControlPlane(RuntimeError):
    """The programs are not here and cannot be made; the message says what would help."""


class NoReader(NoControlPlane):
    """The same of the reader of YAML texts, for which Go alone is needed."""


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
    cache = _cache(environment) / "control-plane"
    folder = cache / _key()
    if folder.is_dir():
        return folder
    go = shutil.which("go", path=environment.get("PATH"))
    if go is None:
        raise NoControlPlane(f"the tests need a control plane, and there is neither one nor Go: {CURE}")
    return _once(folder, lambda: _build(folder, go, environment))


def reader(environment: Mapping[str, str]) -> Path:
    """The program that says what Kubernetes and Kustomize read in a YAML text. Raises NoReader."""
    digest = hashlib.sha256(" ".join(READER_FLAGS).encode())
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((READER / name).read_bytes())
    folder = _cache(environment) / "reader" / digest.hexdigest()[:16]
    if not folder.is_dir():
        go = shutil.which("go", path=environment.get("PATH"))
        if go is None:
            raise NoReader(f"the tests need what reads YAML in Kubernetes, and there is no Go: {READER_CURE}")
        _once(folder, lambda: _build_reader(folder, go, environment))
    return folder / "reader"


def _cache(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "serving-fleet"


def _once(folder: Path, make: Callable[[], None]) -> Path:
    """Makes the folder, unless another process does so at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever waited here finds the folder made
        if not folder.is_dir():
            make()
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


READER_FLAGS = ("-trimpath", "-buildvcs=false", "-mod=readonly")


def _build_reader(folder: Path, go: str, environment: Mapping[str, str]) -> None:
    """Makes the folder, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as temporary:
        half = Path(temporary) / folder.name
        half.mkdir()
        said = _go_build(go, READER, READER_FLAGS, half / "reader", environment)
        if said is not None:
            raise NoReader(f"Go could not build what reads YAML in Kubernetes; it said\n{said}\nMend that")
        half.replace(folder)


def _go_build(
    go: str, sources: Path, flags: Iterable[str], program: Path, environment: Mapping[str, str]
) -> str | None:
    """Builds one program; the end of what Go says if it cannot."""
    command = [go, "build", *flags, "-o", str(program), "."]
    own = {**environment, "CGO_ENABLED": "0"}
    done = subprocess.run(command, cwd=sources, env=own, capture_output=True, text=True, check=False)
    return "\n".join(done.stderr.strip().splitlines()[-15:]) if done.returncode else None


def _build(folder: Path, go: str, environment: Mapping[str, str]) -> None:
    """Makes the folder, whole or not at all: one program, and a link to it by each name that it answers to."""
    print(f"building Kubernetes {kubernetes_version()} and etcd, once: minutes", file=sys.__stderr__, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as temporary:
        half = Path(temporary) / folder.name
        half.mkdir()
        said = _go_build(go, SOURCES, _flags(), half / "control-plane", environment)
        if said is not None:
            raise NoControlPlane(f"Go could not build the control plane; it said\n{said}\nMend that, or {CURE}")
        for name in PROGRAMS:
            (half / name).symlink_to("control-plane")
        half.replace(folder)
