"""What is to be said of an overlay: gathered from what it renders to, its sources, the catalogue and the planner."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..catalogue import controllers
from ..catalogue.controllers import Controller
from ..catalogue.load import load_hardware, load_models
from ..model import Container, Overlay, Pod, Resource, Target, mapping, mappings
from ..planner.overlay import asked
from ..planner.plan import Plan, make
from ..sources import KUSTOMIZATION_NAMES, Reader, Tree
from ..steps import pipeline
from ..steps.context import Context
from ..steps.discover import targets
from ..views import kserve
from ..views.buckets import buckets
from ..views.engines import Engine, engines
from ..views.queues import POD_BY_POD, copies
from .console import Usage


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs an overlay, and the folder of base/sync that it is followed by."""

    name: str
    tool: str


@dataclass(frozen=True, eq=False)
class Facts:
    """One overlay. ``pod`` and ``container`` are those of its engine, or, where none is known, the first ones.

    names: the overlays whose objects this one names. named_by: those that name objects of this one. same_image: other
    workloads of this model on this machine that run in its image. benchmarks: those of its engine for the same, or
    else the nearest one, which is another's. patches: files of its own, each with its first comment.
    """

    overlay: Overlay
    tree: Tree
    pod: Pod
    container: Container
    engine: Engine | None
    clusters: tuple[Cluster, ...]
    names: tuple[str, ...]
    named_by: tuple[str, ...]
    same_image: tuple[str, ...]
    benchmarks: tuple[str, ...]
    patches: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return self.overlay.path

    @property
    def workload(self) -> Resource:
        """The object that runs the pods."""
        return self.container.resource

    @property
    def hosts(self) -> int:
        """Pods that are one server or one run together."""
        return sum(map(copies, self.overlay.pods_in(self.workload)))

    @property
    def pods(self) -> int:
        """Pods of the workload that run at once."""
        return sum(map(_at_once, self.overlay.pods_in(self.workload)))

    @property
    def gpus(self) -> int:
        """GPUs of all pods of the overlay."""
        own = (pod for pod in self.overlay.pods if not kserve.is_runtime_in_use(self.overlay, pod))
        return sum(kserve.gpus(self.overlay, pod) * _at_once(pod) for pod in own)

    @property
    def plans(self) -> list[tuple[str, Plan]]:
        """What plan.py says of the overlay, with the name of what was planned."""
        return [(item.engine.container.name, make(item.request)) for item in asked(self.overlay)]

    @property
    def folders(self) -> list[str]:
        """Bases and components that it is made of, in their order."""
        own = self.tree.of(self.path)
        return [reference.path for reference in own.references if reference.is_folder] if own else []

    @property
    def mounts(self) -> Mapping[str, str]:
        """The paths at which the container sees its volumes, by name of the volume."""
        return {str(mount.get("name")): str(mount.get("mountPath")) for _, mount in self.container.mounts}

    @property
    def downloads(self) -> bool:
        """Whether the engine fetches its checkpoint onto the node."""
        local = any("hostPath" in volume for _, volume in self.pod.volumes.values())
        return bool(self.gpus and local and not self.claims)

    @property
    def results(self) -> str | None:
        """The folder of the bucket that gets the results, if the container is told to write them into one."""
        folder = str(self.container.env.get("RESULTS_DIR", ("",))[0])
        for bucket in buckets(self.overlay, self.pod):
            mounted = self.mounts.get(bucket.name)
            if mounted and f"{folder}/".startswith(f"{mounted}/"):
                return folder.removeprefix(mounted).strip("/")
        return None

    @property
    def secrets(self) -> list[tuple[str, str]]:
        """Secrets that the container's environment needs, each with its key."""
        given = (mapping(mapping(item.get("valueFrom")).get("secretKeyRef")) for _, item in self._env)
        return [(str(item.get("name")), str(item.get("key"))) for item in given if item]

    @property
    def _env(self) -> list[tuple[int, dict[str, object]]]:
        return mappings(self.container.body.get("env"))

    @property
    def claims(self) -> list[tuple[str, str]]:
        """Claims that the pod mounts, each with the place where the container sees it."""
        found = []
        for name, (_, volume) in self.pod.volumes.items():
            claim = mapping(volume.get("persistentVolumeClaim")).get("claimName")
            if claim is not None:
                found.append((str(claim), self.mounts.get(name, "")))
        return found

    @property
    def site_keys(self) -> list[str]:
        """The keys of site.yaml whose values are left open here; a registry is named among a cluster's images."""
        markers = re.findall(r"SITE_([A-Z0-9_]+)", _text(self.overlay))
        return sorted({marker.lower().replace("_", "-") for marker in markers} - {"registry"})

    @property
    def controllers(self) -> dict[Controller, list[str]]:
        """What a cluster must run for the overlay, with the versions of the kinds that it sees to."""
        versions = sorted({resource.api_version for resource in self.overlay.resources})
        known = controllers.used(self.overlay.resources)
        return {one: [v for v in versions if v.partition("/")[0] in one.groups] for one in known}

    @property
    def others(self) -> list[str]:
        """Versions of kinds that neither Kubernetes has nor a controller that is known: the groups of Kubernetes have
        no dot, or end in ``.k8s.io``."""
        own = re.compile(r"[a-z]*|.*(?<!\.x-k8s\.io)(?<=\.k8s\.io)")
        seen = {version for versions in self.controllers.values() for version in versions}
        return sorted({r.api_version for r in self.overlay.resources if not own.fullmatch(r.group)} - seen)

    @property
    def gke(self) -> tuple[str, str]:
        """The oldest GKE for the machine and the controllers, and whose minimum that is."""
        machine = self.overlay.hardware
        asked = [(machine.gke_minimum, "the machine")] if machine else []
        for one in self.controllers if machine else ():
            version = dict(one.gke).get(machine.cpu_architecture if machine else "", one.kubernetes)
            asked += [(version, one.name)] if version else []
        return max(asked, key=lambda pair: controllers.order(pair[0]), default=("", ""))

    @property
    def kept(self) -> list[Resource]:
        """Objects that a sync leaves when the overlay is gone."""
        mark = "kustomize.toolkit.fluxcd.io/prune"
        return [resource for resource in self.overlay.resources if resource.annotations.get(mark) == "disabled"]

    @property
    def shown(self) -> list[Resource]:
        """The objects that the overlay is known by."""
        return [resource for resource in self.overlay.resources if resource.kind != "ConfigMap"]


def _at_once(pod: Pod) -> int:
    """Pods of a template, with those of its replicas that Kueue admits one by one."""
    alone = pod.resource.kind in (*POD_BY_POD, "LeaderWorkerSet")
    return copies(pod) * (pod.count if alone else 1)


def _text(overlay: Overlay) -> str:
    """An overlay's objects as text, in which names and markers can be looked for."""
    return json.dumps([resource.body for resource in overlay.resources], ensure_ascii=False)


def gather(root: Path) -> list[Facts]:
    """Every leaf. Raises Usage with the overlay and the cause if one does not render or runs nothing."""
    context = Context(root, load_hardware(root), load_models(root), [], jobs=os.cpu_count() or 1)
    fleet = targets(root)
    reader, overlays = Reader(root), dict[str, Overlay]()
    leaves = [t for t in fleet if t.kind == "leaf" and reader.kustomization_file(t.path) is not None]
    for path, overlay in pipeline.rendered(context, leaves).items():
        if isinstance(overlay, str):
            raise Usage(f"{path}: {overlay}")
        overlays[path] = overlay
    names, followed = _named(context, overlays), _followed(reader, fleet)
    runs = {path: _run(overlay) for path, overlay in overlays.items()}
    found = []
    for leaf in leaves:
        pod, container, engine = runs[leaf.path]
        beside = [t.path for t in leaves if (t.hardware, t.model) == (leaf.hardware, leaf.model) and t != leaf]
        tree = reader.tree(leaf.path)
        found.append(
            Facts(
                overlays[leaf.path],
                tree,
                pod,
                container,
                engine,
                tuple(cluster for cluster, paths in followed.items() if leaf.path in paths),
                tuple(sorted(names[leaf.path])),
                tuple(sorted(path for path, others in names.items() if leaf.path in others)),
                tuple(path for path in beside if runs[path][1].image == container.image),
                _benchmarks(leaf, leaves, runs),
                _patches(tree),
            )
        )
    return found


def _run(overlay: Overlay) -> tuple[Pod, Container, Engine | None]:
    known = engines(overlay)
    if known:
        return known[0].container.pod, known[0].container, known[0]
    for pod in overlay.pods:
        for container in kserve.main(overlay, pod):
            return pod, container, None
    raise Usage(f"{overlay.path}: renders no pod, so that there is nothing to say of it: add a workload")


def _named(context: Context, overlays: dict[str, Overlay]) -> dict[str, set[str]]:
    """By overlay, those of the others whose objects it names: a server, a claim."""
    known = {prefix: path for prefix, path in context.prefixes.items() if path in overlays}
    pattern = re.compile("|".join(rf"\b{re.escape(prefix)}" for prefix in sorted(known, key=len, reverse=True)))
    return {
        path: {known[prefix] for prefix in pattern.findall(_text(overlay))} - {path}
        for path, overlay in overlays.items()
    }


def _followed(reader: Reader, fleet: list[Target]) -> dict[Cluster, set[str]]:
    """The folders that each cluster is built from."""
    found = {}
    for target in fleet:
        if target.kind == "cluster":
            sync = [t.path for t in fleet if t.kind == "sync" and t.path.startswith(f"{target.path}/")]
            bases = (k.folder for path in sync for k in reader.tree(path).kustomizations)
            tool = next((folder.removeprefix("base/sync/") for folder in bases if folder.startswith("base/sync/")), "")
            folders = {kustomization.folder for kustomization in reader.tree(target.path).kustomizations}
            found[Cluster(target.path.rpartition("/")[2], tool)] = folders
    return found


def _benchmarks(
    leaf: Target, leaves: list[Target], runs: dict[str, tuple[Pod, Container, Engine | None]]
) -> tuple[str, ...]:
    """Those of a server's engine for its model on its machine; without any, the nearest one: its model's, its
    machine's, or the first."""
    own = runs[leaf.path][2]
    if own is None or own.role != "serve":
        return ()
    same = [t for t in leaves if (other := runs[t.path][2]) and other.role == "bench" and other.name == own.name]
    ranked = sorted(same, key=lambda t: (t.model != leaf.model, t.hardware != leaf.hardware, t.path))
    here = tuple(t.path for t in ranked if (t.model, t.hardware) == (leaf.model, leaf.hardware))
    return here or tuple(t.path for t in ranked[:1])


def _patches(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Files of the overlay's folder that hold YAML for Kustomize, each with the comment that it begins with."""
    found = []
    for path, source in tree.files.items():
        folder, _, name = path.rpartition("/")
        if folder == tree.target and source is not None and name not in (*KUSTOMIZATION_NAMES, "engine.yaml"):
            said = re.match(r"(?:# ?.*\n)+", source.text)
            found.append((name, " ".join(re.sub(r"^# ?", "", said[0], flags=re.M).split()) if said else ""))
    return tuple(found)
