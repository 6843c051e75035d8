"""What a run holds fixed, and what an overlay is told of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ..borders import files
from ..catalogue import controllers
from ..catalogue.facts import Hardware, Model
from ..kustomize.process import DEADLINE
from ..model import Noted, NotValidated, Overlay, Resource, Target, prefix
from ..rules import Rule, all_rules
from ..server import schema
from ..sources import KUSTOMIZATION_NAMES, Tree, layers, site
from . import platform, render
from .discover import MOST, MOST_FILES, limited, targets


class Late(NotValidated):
    """The deadline was over before it was known what is to be judged."""


@dataclass(frozen=True)
class Context:
    """What a run holds fixed: the repository, its facts, the rules asked for."""

    root: Path
    hardware: Mapping[str, Hardware]
    models: Mapping[str, Model]
    chosen: list[Rule] | None
    """None: all of them, which are then imported when the first is asked for."""
    kubernetes: str | None = None
    jobs: int = 1
    cache: bool = True
    strict: bool = False
    deadline: float = DEADLINE
    """Seconds for the whole run: what is not rendered or judged by then is a finding."""
    budget: int = render.BUDGET
    """Bytes that all overlays together may render to."""
    most_overlays: int = MOST
    """Overlays that a fleet may have."""
    most_files: int = MOST_FILES
    """Files that the fleet may have had at ``since``."""
    since: str | None = None
    """The commit that overlays are compared with: what a change does to what runs is judged as well."""
    shard: tuple[int, int] | None = None
    """Which of how many parts of the fleet is judged. What is said of overlays together is for a run over all."""

    seen: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Hashes of files as they were when the run began, as far as it has read them before it is given the context."""

    @cached_property
    def _until(self) -> float:
        return time.monotonic() + self.deadline

    def hurry(self) -> None:
        """Raises Late once the deadline is over, counted from when this was called first."""
        if time.monotonic() > self._until:
            raise Late(f"the deadline of the whole run, {self.deadline:g} s, was over before all was read (--deadline)")

    def left(self) -> float:
        """Seconds until the deadline, and one if it is over."""
        return max(1.0, self._until - time.monotonic())

    @cached_property
    def recalled(self) -> dict[Target, Any]:
        """What kept verdicts were looked for in this run, and what was found; for those who look."""
        return {}

    @cached_property
    def listing(self) -> Listing:
        """What stands in the repository. Walks it, once."""
        return listed(self.root)

    @property
    def folders(self) -> frozenset[str]:
        """Every folder below the root that holds a kustomization, relative to it."""
        return frozenset(self.listing.kustomizations)

    @cached_property
    def targets(self) -> list[Target]:
        """Every overlay of the fleet. Raises NothingFound where there are too many."""
        return limited(targets(self.root), self.most_overlays)

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The name prefix of every leaf, which no other leaf has, to the leaf's path."""
        return {own: target.path for target in self.targets if (own := prefix(target.path))}

    def owners(self, name: str) -> Iterator[str]:
        """The leaves of whose prefixes one begins a name."""
        for i, letter in enumerate(name):
            if letter == "-" and name[: i + 1] in self.prefixes:
                yield self.prefixes[name[: i + 1]]

    @property
    def rules(self) -> list[Rule]:
        """Those that run."""
        return list(all_rules().values()) if self.chosen is None else self.chosen

    @property
    def all_rules_run(self) -> bool:
        return self.chosen is None or set(self.chosen) == set(all_rules().values())


@dataclass(frozen=True)
class Listing:
    """kustomizations: by folder, relative to the root, what stands at one of the names of a kustomization.

    has_links: whether some path below the folders of the fleet is a symbolic link.
    """

    kustomizations: dict[str, tuple[str, ...]]
    has_links: bool


def listed(root: Path) -> Listing:
    """What stands below ``root``, folders with a dot in front aside. Links are not followed."""
    found: dict[str, tuple[str, ...]] = {}
    has_links = False
    ahead = [""]
    while ahead:
        folder = ahead.pop()
        names = []
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    has_links |= entry.is_symlink() and files.is_of_fleet(f"{folder}{entry.name}")
                    if entry.name in KUSTOMIZATION_NAMES:
                        names.append(entry.name)
                    elif not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                        ahead.append(f"{folder}{entry.name}/")
        except OSError:  # gone meanwhile, or not ours to read
            continue
        if names:
            found[folder.rstrip("/") or "."] = tuple(sorted(names))
    return Listing(found, has_links)


def versions(
    named: str, own: list[Hardware], fleet: Mapping[str, Hardware], resources: tuple[Resource, ...]
) -> tuple[str, ...]:
    """The Kubernetes versions to hold for: the one that is named, if there are schemas of it; or else the oldest that
    all machines and controllers run on, and the newest. named: by the run or the cluster. own: its machines; if
    none is known, it may be any of the fleet."""
    if named in schema.VERSIONS:
        return (named,)
    needed = [hw.kubernetes_minimum for hw in own]
    if not own:
        needed = [min((hw.kubernetes_minimum for hw in fleet.values()), key=controllers.order, default=schema.NEWEST)]
    processors = {hw.cpu_architecture for hw in own} or {"amd64"}
    needed += [below for one in controllers.used(resources) for name in processors if (below := one.below(name))]
    return tuple(dict.fromkeys((max(needed, key=controllers.order), schema.NEWEST)))


def overlay(
    context: Context, target: Target, resources: tuple[Resource, ...], tree: Tree, outside: platform.Below
) -> Overlay:
    """A rendered target with what is known of it. ``all_hardware`` and ``all_models`` note what is looked up in them:
    that, and the names in ``asked``, is all of the fleet that a verdict on it stands on."""
    hardware, models = Noted(context.hardware), Noted(context.models)
    own = hardware.get(target.hardware or "")
    folders = {PurePosixPath(k.folder).parts[1] for k in tree.kustomizations if k.folder.startswith("hardware/")}
    used = [own] if own else [hw for name in sorted(folders) if (hw := hardware.get(name))]
    said = site.said(tree) if target.kind == "cluster" else {}
    named = context.kubernetes or (said["kubernetes"].value if "kubernetes" in said else "")
    return Overlay(
        path=target.path,
        kind=target.kind,
        resources=resources,
        hardware=own,
        model=models.get(target.model or ""),
        workload=target.workload,
        kubernetes=versions(named, used, hardware, resources),
        external=platform.declared(tree) if target.kind == "cluster" else outside.objects,
        folders=context.folders,
        built=layers.named(tree),
        idle=layers.idle(tree),
        platform=outside.platform,
        site=outside.site,
        siblings=tuple(prefix for prefix, path in context.prefixes.items() if path != target.path)
        if target.kind == "leaf"
        else (),
        all_hardware=hardware,
        all_models=models,
        said=said,
    )
