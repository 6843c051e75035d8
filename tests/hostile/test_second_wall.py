"""What stands behind the guard: with the guard switched off, Kustomize still reaches nothing.

``run_kustomize`` is what comes after the guard. Some of the inputs are given to Kustomize without walls too, to show that
the servers on loopback and the watch over the places outside would notice.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hostile.servers import SMUGGLED, Loopback
from servelint.kustomize import process as kustomize
from servelint.model import Target
from servelint.sources import Tree
from servelint.steps import render

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
Written = Callable[[str], str]


def _each(field: str) -> Written:
    return lambda address: f"resources: [pod.yaml]\n{field}: ['{address}']\n"


SHAPES: dict[str, Written] = {
    "resources": lambda address: f"resources: [pod.yaml, '{address}']\n",
    "components": _each("components"),
    "transformers": _each("transformers"),
    "generators": _each("generators"),
    "validators": _each("validators"),
    "crds": _each("crds"),
    "configurations": _each("configurations"),
    "patchesStrategicMerge": _each("patchesStrategicMerge"),
    "patches": lambda address: f"resources: [pod.yaml]\npatches: [{{path: '{address}', target: {{kind: Pod}}}}]\n",
    "openapi": lambda address: f"resources: [pod.yaml]\nopenapi: {{path: '{address}'}}\n",
    "replacements": lambda address: f"resources: [pod.yaml]\nreplacements: [{{path: '{address}'}}]\n",
    "files": lambda address: f"configMapGenerator: [{{name: a, files: ['x={address}']}}]\n",
    "envs": lambda address: f"secretGenerator: [{{name: a, envs: ['{address}']}}]\n",
    "merge key": lambda address: f"resources: [pod.yaml]\n<<: {{resources: ['{address}']}}\n",
    "inline plugin": lambda address: (
        "resources: [pod.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n"
        f"  metadata: {{name: a}}\n  path: '{address}'\n  target: {{kind: Pod}}\n"
    ),
}
ADDRESSES: dict[str, Callable[[Loopback, Path], str]] = {
    "web": lambda loopback, _: f"{loopback.http}/pod.yaml",
    "git over http": lambda loopback, _: f"git::{loopback.git_http}",
    "git suffix": lambda loopback, _: f"{loopback.http}/a/b.git//c?ref=main",
    "git file": lambda loopback, _: f"file://{loopback.repo}",
    "git file, a folder": lambda loopback, _: f"git::file://{loopback.repo}//?ref=main",
    "ssh": lambda loopback, _: f"{loopback.ssh}/a/b.git",
    "scp": lambda loopback, _: "git@127.0.0.1:a/b.git",
    "folder outside": lambda loopback, folder: os.path.relpath(loopback.outside, folder),
    "file outside": lambda loopback, folder: f"{os.path.relpath(loopback.outside, folder)}/secret.txt",
    "link to a folder": lambda loopback, folder: "link",
    "link to a file": lambda loopback, folder: "link.yaml",
}


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    with Loopback(tmp_path_factory.mktemp("elsewhere")) as running:
        yield running


PATH = "overlays/h/m/w"


def _written(root: Path, loopback: Loopback, shape: str, address: str, path: str = PATH) -> Path:
    folder = root / path
    folder.mkdir(parents=True)
    (folder / "pod.yaml").write_text(POD)
    (folder / "link").symlink_to(loopback.outside)
    (folder / "link.yaml").symlink_to(loopback.outside / "pod.yaml")
    (folder / "kustomization.yaml").write_text(SHAPES[shape](ADDRESSES[address](loopback, folder)))
    return folder


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_asked_without_the_guard(address: str, loopback: Loopback, tmp_path: Path) -> None:
    standing = kustomize.walls(tmp_path)
    on_disk = address.startswith(("folder", "file", "link"))
    if on_disk and "files" not in standing:
        pytest.skip("this kernel has no Landlock: only the guard keeps Kustomize inside the checkout")
    if not on_disk and not {"network", "sockets"} & {*standing}:
        pytest.skip("this system gives an ordinary user no wall against its own servers")
    reached = []
    for shape in SHAPES:
        root = tmp_path / shape.replace(" ", "-")
        folder = _written(root, loopback, shape, address)
        loopback.forget()
        for outcome in (
            kustomize.run_kustomize(str(folder), root),
            *_together(root, PATH),
        ):
            if loopback.asked or SMUGGLED in (outcome.text or ""):
                reached.append(f"{shape}: {loopback.asked} {(outcome.text or '')[:200]}")
    assert not reached


def _together(root: Path, path: str) -> list[kustomize.Rendered]:
    """The other two ways to Kustomize: in a batch, and for where things come from."""
    told = render.render_provenance(root, path)
    return [render.render_batch(root, [path]), kustomize.Rendered(told[0] if told else None)]


NOTICED = [
    ("resources", "web"), ("patches", "web"), ("openapi", "web"), ("merge key", "web"), ("inline plugin", "web"),
    ("files", "web"), ("resources", "git over http"), ("resources", "git file"), ("components", "git file"),
    ("resources", "folder outside"), ("resources", "link to a folder"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "address"), NOTICED, ids=[f"{shape} {address}" for shape, address in NOTICED])
def test_without_walls_it_would_be_noticed(shape: str, address: str, loopback: Loopback, tmp_path: Path) -> None:
    folder = _written(tmp_path, loopback, shape, address)
    loopback.forget()
    subprocess.run(
        [*kustomize.kustomize_command(), str(folder)],
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"},
        timeout=60,
    )
    assert loopback.asked


def test_a_whole_run_asks_nothing_without_the_guard(loopback: Loopback, tmp_path: Path) -> None:
    """As ``render`` does it for a fleet: a batch fails, and then each on its own."""
    if "files" not in kustomize.walls(tmp_path):
        pytest.skip("this kernel has no Landlock: only the guard keeps Kustomize inside the checkout")
    targets = []
    for i, address in enumerate(("web", "git file", "folder outside")):
        folder = _written(tmp_path, loopback, "resources", address, f"overlays/h/m/w{i}")
        targets.append(Target(folder.relative_to(tmp_path).as_posix(), "leaf"))
    loopback.forget()
    outcomes = render.render(tmp_path, targets, {t.path: Tree(t.path) for t in targets}, jobs=2)
    assert not loopback.asked
    assert all(outcome.text is None and outcome.error for outcome in outcomes.values())
