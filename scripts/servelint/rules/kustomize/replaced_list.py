"""A patch that was to change a part of a list replaces all of it.

Kustomize merges containers, env or volumes by name for the kinds that it knows. Of a custom kind it replaces every
list, and of any kind args, command and tolerations: the patch that sets an image takes the GPU limit, the environment
and the mounts away, the one that adds a flag drops --tp-size. So does a JSON patch that adds a list where one stands.
It exits 0, and the pod starts on a node without GPUs.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Pointer, Problem, Problems, mapping, mappings
from ...server.schema import core_version
from ...sources import Tree
from ...sources.layers import Write, layers, patch_line
from ...sources.merging import DIRECTIVE, merge_key, patched, replaces, steps_of, valued
from ..examples import POD, tree

SEVERITY = "error"
HINT = "Change the one item with a JSON patch (op, path, value), or repeat in the patch all that is to stay."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/2825"
COVERS = ("KZ-02", "KZ-05")

_SET = """\
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {name: s}
spec: {leaderWorkerTemplate: {workerTemplate: {spec: {containers: [
  {name: w, image: a, command: [serve], args: [--tp, "8"], resources: {limits: {nvidia.com/gpu: "8"}}}]}}}}
"""
_AT, _HEAD = "/spec/leaderWorkerTemplate/workerTemplate/spec/containers/0", _SET[: _SET.index("spec:")]


def _patched(change: str, made: str = _SET, top: str = "") -> dict[str, str]:
    kind = "LeaderWorkerSet" if made is _SET else "Pod"
    files = {"pod.yaml": made, "patch.yaml": change}
    return tree(f"resources: [pod.yaml]\n{top}patches: [{{target: {{kind: {kind}}}, path: patch.yaml}}]\n", files)


def _merged(containers: str, made: str = _SET, top: str = "") -> dict[str, str]:
    below = f"{{leaderWorkerTemplate: {{workerTemplate: {{spec: {{containers: {containers}}}}}}}}}"
    spec = f"spec: {below}\n" if made is _SET else f"spec: {{containers: {containers}}}\n"
    head = _HEAD if made is _SET else POD[: POD.index("spec:")]
    return _patched(head + spec, made, top)


GOOD = _patched(f"[{{op: replace, path: {_AT}/image, value: b}}]")
BAD = _merged("[{name: w, image: b}]")

SOURCES = ("name", "secretName", "path")
TELLS = ("name", "mountPath", "containerPort", "devicePath", "topologyKey", "key", "port")
"""Fields that tell the items of a list apart; a list without one of them is taken to be replaced on purpose."""


def _identity(item: dict[str, Any]) -> tuple[str, str] | None:
    key = next((key for key in TELLS if isinstance(item.get(key), (str, int))), None)
    if key:
        return str(item[key]), str(item.get("effect", ""))
    # Of envFrom and of projected volumes an item is the kind of its source, and in it the source's name.
    kind, source = next(iter(item.items())) if len(item) == 1 else ("", {})
    name = next((value for key in SOURCES if isinstance(value := mapping(source).get(key), str)), None)
    return (f"{kind} {name}", "") if name else None


def _flags(words: list[Any]) -> list[str]:
    """The flags in command or args, those in a shell's script too."""
    texts = [word for word in words if isinstance(word, str)]
    long = [part for text in texts for part in text.split() if part.startswith("--")]
    short = [text for text in texts if text.startswith("-") and not text.startswith("--")]
    return [flag.partition("=")[0] for flag in (*long, *short) if flag.strip("-")]


def _lost(old: list[Any], new: list[Any], name: str) -> Iterator[str]:
    """What is lost when ``new`` takes the place of ``old``, the list called ``name``."""
    if name in ("args", "command"):
        # Another program has flags of its own.
        if name == "args" or old[:1] == new[:1]:
            kept = _flags(new)
            yield from dict.fromkeys(flag for flag in _flags(old) if flag not in kept)
        return
    after = {_identity(item): item for _, item in mappings(new)}
    for _, item in mappings(old):
        identity = _identity(item)
        if identity is None:
            continue
        if identity not in after:
            yield f"{identity[0] or 'an item'}"
        elif name in ("containers", "initContainers"):
            yield from (f"{identity[0]}'s {field}" for field in _lost_fields(item, after[identity]))


def _lost_fields(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What a container loses."""
    for key, value in old.items():
        if key not in new:
            yield str(key)
        elif isinstance(value, list) and isinstance(new[key], list):
            yield from _lost(value, new[key], str(key))
        elif key == "resources":
            for part, amounts in mapping(value).items():
                missing = mapping(amounts).keys() - mapping(mapping(new[key]).get(part)).keys()
                yield from (f"{part}.{name}" for name in sorted(map(str, missing)))


def _replaced(
    write: Write, old: Any, new: dict[str, Any], path: tuple[str, ...], at: Pointer
) -> Iterator[tuple[Pointer, list[str]]]:
    """(pointer into the patch, what is lost) of every list that the patch replaces."""
    if DIRECTIVE in new:
        return
    for key, value in new.items():
        before, here, there = mapping(old).get(key), (*path, str(key)), (*at, str(key))
        if isinstance(value, dict):
            yield from _replaced(write, before, value, here, there)
        elif isinstance(value, list) and isinstance(before, list) and not replaces(value):
            merged_by = merge_key(write.item.api_version, write.item.kind, here)
            if merged_by is None:
                # With another command the arguments are those of another program.
                if key == "args" and "command" in new and new["command"] != mapping(old).get("command"):
                    continue
                if lost := list(_lost(before, value, str(key))):
                    yield there, lost
                continue
            known = {str(item.get(merged_by)): item for _, item in mappings(before)}
            for i, item in mappings(value):
                yield from _replaced(write, known.get(str(item.get(merged_by))), item, here, (*there, i))


def _added(write: Write) -> Iterator[tuple[tuple[str, ...], Pointer, list[str]]]:
    """(path, pointer into the patch, what is lost) of every list that a JSON patch puts where one stands already."""
    body = write.item.body
    for i, operation in mappings(write.change):
        steps = steps_of(operation.get("path"))
        before = valued(body, steps)
        value: Any = operation.get("value")
        # "replace" says what it does.
        over = operation.get("op") == "add" and isinstance(before, list) and isinstance(value, list)
        if over and steps and (lost := list(_lost(before, value, steps[-1]))):
            yield steps, (i,), lost
        body = patched(body, [operation], write.item.api_version, write.item.kind)


def check_sources(tree: Tree) -> Problems:
    taught = any(kustomization.body.get("openapi") for kustomization in tree.kustomizations)
    for layer in layers(tree):
        for write in layer.writes:
            # With an `openapi` of its own, an overlay may have taught Kustomize to merge a custom kind too.
            known = not taught or core_version(write.item.api_version, write.item.kind) is not None
            found = [(".".join(path), at, lost) for path, at, lost in _added(write)]
            if isinstance(write.change, dict) and known:
                merged = _replaced(write, write.item.body, write.change, (), ())
                found += [(".".join(map(str, at)), at, lost) for at, lost in merged]
            for path, pointer, lost in found:
                shown = ", ".join(lost[:4]) + (f" and {len(lost) - 4} more" if len(lost) > 4 else "")
                name = f"{write.item.kind} {write.item.names[-1]}"
                file, line = patch_line(tree, layer.kustomization, write, pointer)
                yield Problem(None, pointer, f"replaces {path} of {name} whole, which loses {shown}", file, line)
