"""Links, and files that are none: out of the repository, in circles, to devices, pipes and sockets, at every place where
Kustomize or the validator itself reads."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from hostile.remotes import FIELDS, HEAD, PART, PODS
from hostile.trial import ANY, POD, Input

FOLDERS = ("resources", "bases", "components", "generators", "transformers", "validators")


def fifo(path: str) -> Callable[[Path], None]:
    """A pipe that nobody writes into: who opens it waits for ever."""
    return lambda folder: _at(folder, path, os.mkfifo)


def sparse(path: str) -> Callable[[Path], None]:
    """A file of 64 GiB that takes no room."""

    def make(file: Path) -> None:
        with file.open("wb") as opened:
            opened.truncate(1 << 36)

    return lambda folder: _at(folder, path, make)


def listening(path: str) -> Callable[[Path], None]:
    """A socket."""

    def make(file: Path) -> None:
        here = os.getcwd()
        os.chdir(file.parent)  # a socket's path is at most 108 bytes
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(file.name)
        finally:
            os.chdir(here)

    return lambda folder: _at(folder, path, make)


def _folder(path: str) -> Callable[[Path], None]:
    return lambda folder: _at(folder, path, Path.mkdir)


def _at(folder: Path, path: str, make: Callable[[Path], object]) -> None:
    root = folder.parents[3]
    file = root / path[1:] if path.startswith("/") else folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_file():
        file.unlink()
    make(file)


TARGETS = (
    ("outside", "<outside>/secret.txt"),
    ("outside-by-dots", "<up>/secret.txt"),
    ("environment", "/proc/self/environ"),
    ("zeros", "/dev/zero"),
    ("input", "/dev/stdin"),
    ("descriptor", "/proc/self/fd/0"),
    ("root-of-a-process", "/proc/self/root/etc/passwd"),
    ("itself", "link"),
    ("nothing", "not-there"),
)

OWN = (
    ("hardware", "/hardware/other/hardware.yaml"),
    ("own-hardware", "/hardware/a3ultra/hardware.yaml"),
    ("model", "/models/other/model.yaml"),
    ("own-model", "/models/deepseek-r1/model.yaml"),
    ("exceptions", "/exceptions.yaml"),
    ("platform", "/base/platform/other/kustomization.yaml"),
)
"""What the validator itself reads."""

OWN_FILE = (2, 1)
"""A message or a finding."""


INPUTS = (
    *(Input(f"generator-{name}", f"{PODS}configMapGenerator: [{{name: c, files: [link]}}]\n", links={"link": to}) for name, to in TARGETS),
    *(Input(f"resource-{name}", f"{HEAD}resources: [pod.yaml, link]\n", links={"link": to}) for name, to in TARGETS),
    *(Input(f"kustomization-{name}", links={"kustomization.yaml": to}) for name, to in TARGETS[:7]),
    *(
        Input(f"{field}-through-a-link", f"{HEAD}{text.format('link')}\n", links={"link": "<outside>/pod.yaml"})
        for field, text in FIELDS
        if field not in ("components", "bases")
    ),
    *(
        Input(f"{field}-through-a-linked-folder", f"{HEAD}{text.format('link')}\n", links={"link": "<outside>"})
        for field, text in FIELDS
        if field in FOLDERS
    ),
    Input("through-two-links", f"{PODS}configMapGenerator: [{{name: c, files: [a/b/secret.txt]}}]\n", {"real/x": ""}, {"a": "real", "real/b": "<outside>"}),
    Input("link-inside-then-out", f"{PODS}configMapGenerator: [{{name: c, files: [link]}}]\n", links={"link": "second", "second": "<outside>/secret.txt"}),
    Input("linked-base-that-goes-on", f"{HEAD}resources: [link]\n", {"below/x/kustomization.yaml": "resources: [../../pod.yaml]\n"}, {"link": "below/x"}),
    Input("linked-part", f"{PODS}components: [link]\n", links={"link": "<outside>"}),
    Input("file-of-a-base-is-a-link", f"{HEAD}resources: [below]\n", {"below/kustomization.yaml": "resources: [p.yaml]\n"}, {"below/p.yaml": "<outside>/pod.yaml"}),
    Input("kustomization-of-a-base-is-a-link", f"{HEAD}resources: [below]\n", {"below/pod.yaml": POD}, {"below/kustomization.yaml": "<outside>/kustomization.yaml"}),
    Input("kustomization-of-another-folder", links={"kustomization.yaml": "../../../../base/platform/namespace/kustomization.yaml"}),
    Input("two-links-in-a-circle", f"{HEAD}resources: [a]\n", links={"a": "b", "b": "a"}),
    Input("folder-in-a-circle", f"{HEAD}resources: [a/a/a/a/pod.yaml]\n", links={"a": "."}, rules=()),
    Input("overlay-is-a-link", links={"/overlays/a3ultra/deepseek-r1/overlay-is-a-link": "<outside>"}),
    Input("git-settings", f"{PODS}configMapGenerator: [{{name: c, files: [link]}}]\n", {"/.git/config": "[http] extraheader = token\n"}, {"link": "../../../../.git/config"}),
    Input("checkout-settings-by-a-path", f"{PODS}configMapGenerator: [{{name: c, files: ['../../../../.git/config']}}]\n", {"/.git/config": "[http] extraheader = token\n"}),
    # Pipes, sockets, folders and huge files in the place of files.
    *(
        Input(f"{what}-as-{name}", f"{HEAD}{text}\n", make=make("odd"))
        for what, make in (("pipe", fifo), ("socket", listening), ("huge-file", sparse))
        for name, text in (
            ("a-resource", "resources: [pod.yaml, odd]"),
            ("a-generators-file", "resources: [pod.yaml]\nconfigMapGenerator: [{name: c, files: [odd]}]"),
            ("a-patch", "resources: [pod.yaml]\npatches: [{path: odd}]"),
            ("an-openapi", "resources: [pod.yaml]\nopenapi: {path: odd}"),
            ("a-plugin", "resources: [pod.yaml]\ntransformers: [odd]"),
        )
    ),
    *(
        Input(f"{what}-as-a-kustomization", make=make("kustomization.yaml"))
        for what, make in (("pipe", fifo), ("socket", listening), ("huge-file", sparse), ("folder", _folder))
    ),
    Input("pipe-as-a-second-kustomization", PODS, make=fifo("kustomization.yml")),
    Input("folder-as-a-patch", f"{PODS}patches: [{{path: odd}}]\n", make=_folder("odd")),
    Input("folder-as-a-generators-file", f"{PODS}configMapGenerator: [{{name: c, files: [odd]}}]\n", make=_folder("odd")),
    Input("empty-folder-as-a-base", f"{HEAD}resources: [odd]\n", make=_folder("odd")),
    # The files that the validator itself reads, and the folders that they lie in.
    *(
        Input(f"own-{name}-{target}", links={path: to}, alone=True, statuses=OWN_FILE, rules=ANY)
        for name, path in OWN
        for target, to in (("outside", "<outside>/secret.txt"), ("zeros", "/dev/zero"))
        if not name.startswith("own")
    ),
    *(
        Input(f"own-{name}-{what}", PODS, make=make(path), alone=True, statuses=OWN_FILE, rules=ANY)
        for name, path in OWN
        for what, make in (("pipe", fifo), ("huge-file", sparse))
    ),
    *(
        Input(f"linked-folder-of-{name}", PODS, links={path: "<outside>"}, alone=True, statuses=OWN_FILE, rules=ANY)
        for name, path in (("hardware", "/hardware/other"), ("models", "/models/other"), ("platform", "/base/platform/other"))
    ),
    Input("linked-folder-of-overlays", links={"/overlays/a4high": "<outside>/../.."}, alone=True, statuses=OWN_FILE, rules=ANY, says="a4high"),
    Input("own-exceptions-folder", PODS, make=_folder("/exceptions.yaml"), alone=True, statuses=OWN_FILE, rules=ANY),
    Input("own-hardware-not-there", PODS, links={"/hardware/other/hardware.yaml": "nowhere"}, alone=True, statuses=OWN_FILE, rules=ANY),
    Input("own-model-in-a-circle", PODS, links={"/models/other/model.yaml": "model.yaml"}, alone=True, statuses=OWN_FILE, rules=ANY),
    Input("part-of-hardware-is-a-link", f"{PODS}components: [../../../../hardware/other]\n", {"/hardware/other/kustomization.yaml": f"{PART}patches: [{{path: host.yaml}}]\n"}, {"/hardware/other/host.yaml": "<outside>/pod.yaml"}, alone=True, statuses=OWN_FILE),
    Input("manifest-is-endless", PODS, alone=True, arguments=("--manifest", "/dev/zero", "--hardware", "a3ultra"), statuses=(2,), says="/dev/zero"),
    Input("manifest-is-a-folder", PODS, alone=True, arguments=("--manifest", "base", "--hardware", "a3ultra"), statuses=(2,), says="base"),
)  # fmt: skip
"""All of them."""

NEIGHBOURS = (
    Input("link-above-then-dots", f"{HEAD}resources: [link/../pod.yaml]\n", links={"link": "<outside>"}, rules=()),
    Input("link-to-a-file-beside-it", f"{PODS}configMapGenerator: [{{name: c, files: [link]}}]\n", {"x.txt": "x"}, {"link": "x.txt"}, rules=()),
    Input("link-to-a-base", f"{HEAD}resources: [link]\n", {"/base/shared-of-all/kustomization.yaml": "resources: [pod.yaml]\n", "/base/shared-of-all/pod.yaml": POD}, {"link": "../../../../base/shared-of-all"}, rules=()),
)  # fmt: skip
"""What is like them and right."""
