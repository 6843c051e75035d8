"""What the steps hand to each other. Data and lookup only: no step is called from here."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from .catalogue.facts import Hardware, Model


class NotValidated(Exception):
    """Nothing could be judged. The message says what to mend, to whoever asked; each step has kinds of its own."""


Pointer = tuple[str | int, ...]
"""Path into a resource's body: mapping keys and list positions, outermost first."""


def mapping(value: object) -> dict[str, Any]:
    """``value`` if it is a mapping, else an empty one: rules read input that may have any shape."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[tuple[int, dict[str, Any]]]:
    """Position and item of every mapping in a list; an empty list for anything else."""
    return [(i, item) for i, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []


def whole(value: object) -> int | None:
    """An integer of 64 bits written as a number or as text (``8`` or ``"8"``), else None. Booleans are not numbers.

    No API and no engine takes a longer one; and with one of 400 digits a division, with one of 5,000 a print raises.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**63 else None


MARKER = re.compile(r"(?<![A-Za-z0-9])SITE_[A-Z0-9_]+")


MOST_WORDS = 2_000
"""Words of a command line that are judged: all rules together take a third of a millisecond each. The longest of the
fleet has 3; of more, `unjudged-length` is all that is said."""


def is_marker(value: object) -> bool:
    """Whether a text holds what only a cluster knows: base/site replaces every ``SITE_<KEY>`` in it."""
    return isinstance(value, str) and MARKER.search(value) is not None


def walk(value: object, at: Pointer = (), skipped: Collection[str] = ()) -> Iterator[tuple[Any, Pointer]]:
    """A value and all that it holds, each with its place, outermost first. skipped: keys below which nobody looks."""
    ahead = [(value, at)]
    while ahead:
        value, at = ahead[-1]
        yield ahead.pop()
        if isinstance(value, dict):
            below: list[tuple[Any, Pointer]] = [
                (inner, (*at, key if isinstance(key, int) else str(key)))
                for key, inner in value.items()
                if key not in skipped
            ]
            ahead += reversed(below)
        elif isinstance(value, list):
            ahead += [(value[i], (*at, i)) for i in range(len(value) - 1, -1, -1)]


def texts(value: object, at: Pointer = ()) -> Iterator[tuple[str, Pointer]]:
    """Every text that a value holds, keys aside, with its place."""
    return ((inner, place) for inner, place in walk(value, at) if isinstance(inner, str))


@dataclass(frozen=True, order=True)
class Target:
    """One folder to validate. ``path`` is relative to the root, POSIX. hardware, model, workload: of leaves only.

    kind: ``leaf``, ``cluster``, ``sync``, or ``stray`` for a kustomization that stands at no overlay's place.
    """

    path: str
    kind: str
    hardware: str | None = None
    model: str | None = None
    workload: str | None = None


def prefix(path: str) -> str | None:
    """The name prefix of the leaf in a folder (relative to the root), which no other leaf has; None of no leaf."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] != "overlays" or parts[1] == "clusters":
        return None
    return f"{parts[2]}-{parts[3]}-{parts[1]}-"


@dataclass(frozen=True, eq=False)
class Resource:
    """One rendered object. ``line`` is where its document starts in the rendered text (1-based)."""

    body: dict[str, Any]
    line: int = 1

    @property
    def api_version(self) -> str:
        return str(self.body.get("apiVersion", ""))

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.body.get("kind", ""))

    @property
    def metadata(self) -> dict[str, Any]:
        return mapping(self.body.get("metadata"))

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", ""))

    @property
    def title(self) -> str:
        """Its kind and name, as messages call it."""
        return f"{self.kind} {self.name}"

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    @property
    def labels(self) -> dict[str, Any]:
        return mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        return mapping(self.metadata.get("annotations"))

    @property
    def spec(self) -> dict[str, Any]:
        return mapping(self.body.get("spec"))

    def at(self, pointer: Pointer) -> Any:
        """The value at ``pointer``, or None where the path ends early."""
        value: Any = self.body
        for step in pointer:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def nearest(self, pointer: Pointer) -> Pointer:
        """The longest part of a pointer that leads to something."""
        while pointer and self.at(pointer) is None:
            pointer = pointer[:-1]
        return pointer


@dataclass(frozen=True, eq=False)
class Container:
    """A container of a pod, with where it stands in the resource."""

    resource: Resource
    pointer: Pointer
    body: dict[str, Any]
    init: bool
    pod: Pod = field(repr=False)

    @property
    def name(self) -> str:
        return str(self.body.get("name", ""))

    @property
    def image(self) -> str:
        return str(self.body.get("image") or "")

    @property
    def gpus(self) -> int:
        """GPUs the container asks for: limits, or requests where no limit stands. 0 if none or unreadable."""
        resources = mapping(self.body.get("resources"))
        for field_name in ("limits", "requests"):
            count = whole(mapping(resources.get(field_name)).get("nvidia.com/gpu"))
            if count is not None:
                return count
        return 0

    @property
    def gpu_pointer(self) -> Pointer:
        """Where the GPU count stands, or where it should."""
        resources = mapping(self.body.get("resources"))
        for field_name in ("limits", "requests"):
            if "nvidia.com/gpu" in mapping(resources.get(field_name)):
                return (*self.pointer, "resources", field_name, "nvidia.com/gpu")
        return (*self.pointer, "resources") if resources else self.pointer

    @cached_property
    def env(self) -> dict[str, tuple[Any, Pointer]]:
        """Literal environment by name, with each value's pointer. Of a duplicate the last wins, as in kubelet."""
        found: dict[str, tuple[Any, Pointer]] = {}
        for i, item in mappings(self.body.get("env")):
            if "value" in item:
                found[str(item.get("name", ""))] = (item["value"], (*self.pointer, "env", i, "value"))
        return found

    @cached_property
    def words(self) -> list[tuple[str, Pointer]]:
        """Every string of command and args, in the order in which they run; none where they are beyond MOST_WORDS: a
        part of them would say another thing than the whole."""
        return self.every_word if len(self.every_word) <= MOST_WORDS else []

    @cached_property
    def every_word(self) -> list[tuple[str, Pointer]]:
        """``words``, however many there are."""
        found = []
        for key in ("command", "args"):
            value = self.body.get(key)
            for i, item in enumerate(value if isinstance(value, list) else []):
                if isinstance(item, str):
                    found.append((item, (*self.pointer, key, i)))
        return found

    @cached_property
    def mounts(self) -> list[tuple[Pointer, dict[str, Any]]]:
        return [((*self.pointer, "volumeMounts", i), mount) for i, mount in mappings(self.body.get("volumeMounts"))]


@dataclass(frozen=True, eq=False)
class Pod:
    """A pod template wherever it stands: Deployment, Job, LeaderWorkerSet, InferenceService, …

    ``pointer`` leads to the pod spec; ``meta_pointer`` to the template's metadata, whether or not it exists.
    ``count`` is how many pods of this template run at once, where the kind says so.
    """

    resource: Resource
    pointer: Pointer
    spec: dict[str, Any]
    meta_pointer: Pointer
    metadata: dict[str, Any]
    count: int = 1

    @property
    def labels(self) -> dict[str, Any]:
        return mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        return mapping(self.metadata.get("annotations"))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Main containers first, then init containers."""
        found = []
        for key in ("containers", "initContainers"):
            for i, body in mappings(self.spec.get(key)):
                found.append(Container(self.resource, (*self.pointer, key, i), body, key == "initContainers", self))
        # KServe spells the predictor's main container `model`.
        if self.resource.kind == "InferenceService" and isinstance(self.spec.get("model"), dict):
            found.insert(0, Container(self.resource, (*self.pointer, "model"), self.spec["model"], False, self))
        return tuple(found)

    @property
    def main(self) -> tuple[Container, ...]:
        return tuple(c for c in self.containers if not c.init)

    @cached_property
    def gpus(self) -> int:
        return sum(c.gpus for c in self.main)

    @cached_property
    def volumes(self) -> dict[str, tuple[Pointer, dict[str, Any]]]:
        return {
            str(volume.get("name", "")): ((*self.pointer, "volumes", i), volume)
            for i, volume in mappings(self.spec.get("volumes"))
        }

    @property
    def serves(self) -> bool:
        """True for kinds that run until they are told to stop, false for run-to-completion kinds."""
        return self.resource.kind not in ("Job", "CronJob", "JobSet", "MPIJob", "Workflow")


def _pod_metadata(resource: Resource, at: Pointer, spec: dict[str, Any], parent: dict[str, Any]) -> tuple[Pointer, Any]:
    if resource.kind == "Pod":
        return ("metadata",), resource.metadata
    if resource.group == "serving.kserve.io":  # labels and annotations stand in the pod spec itself
        return at, spec
    return (*at[:-1], "metadata"), parent.get("metadata")


def pods_of(resource: Resource) -> Iterator[Pod]:
    """Every pod spec inside a resource, found by shape (a list of containers), so custom kinds count too."""

    def walk(node: object, at: Pointer, parent: dict[str, Any], count: int) -> Iterator[Pod]:
        if isinstance(node, list):
            for i, value in enumerate(node):
                yield from walk(value, (*at, i), parent, count)
        if not isinstance(node, dict):
            return
        predictor = resource.kind == "InferenceService" and isinstance(node.get("model"), dict)
        if predictor or any("image" in c or "name" in c for _, c in mappings(node.get("containers"))):
            where, metadata = _pod_metadata(resource, at, node, parent)
            yield Pod(resource, at, node, where, mapping(metadata), count)
            return
        replicas = whole(node.get("replicas"))
        for key, value in node.items():
            yield from walk(value, (*at, key), node, count if replicas is None else replicas)

    if resource.kind not in ("ConfigMap", "Secret", "CustomResourceDefinition"):
        yield from walk(resource.body, (), {}, 1)


T = TypeVar("T")
EVERY = "*"
"""What a Noted mapping notes where all its names were looked at."""


class Noted(Mapping[str, T]):
    """A mapping that notes the names that are looked up in it, also those that it does not have.

    fields: those of which it was looked up what they hold in each.
    """

    def __init__(self, known: Mapping[str, T]) -> None:
        self._known = known
        self.asked: set[str] = set()
        self.fields: set[str] = set()

    def __getitem__(self, name: str) -> T:
        self.asked.add(name)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        self.asked.add(EVERY)
        return iter(self._known)

    def __len__(self) -> int:
        self.asked.add(EVERY)
        return len(self._known)

    def field(self, name: str) -> list[tuple[str, Any]]:
        """As ``in_each`` gives it."""
        self.fields.add(name)
        return in_each(self._known, name)


def in_each(known: Mapping[str, Any], field: str) -> list[tuple[str, Any]]:
    """Each name with what one field holds there: who looks at no more does not stand on all the rest."""
    if isinstance(known, Noted):
        return known.field(field)
    return [(name, getattr(one, field)) for name, one in known.items()]


class Said(NamedTuple):
    """What a cluster's site.yaml says of the cluster itself, and where."""

    value: str
    file: str
    line: int


@dataclass(frozen=True)
class Provision:
    """A folder of the platform, with the folders that it is made of and its objects, as (kind, name), in order.

    filled_by: components of base/site that write site values into it, each with their keys.
    """

    folder: str
    parts: tuple[str, ...]
    objects: tuple[tuple[str, str], ...]
    filled_by: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, eq=False)
class Overlay:
    """A rendered overlay and what is known of it before rendering.

    path: relative to the root, POSIX; for ``--manifest`` the name of the file.
    kind: ``leaf`` (overlays/<hw>/<model>/<workload>), ``cluster``, ``sync`` or ``manifest``.
    kubernetes: the versions ("1.31") that the overlay must hold for.
    external: objects that the overlay may name without rendering them, as (kind, name); ``("Secret", "hf-secret/key")``
    stands for a key of it. siblings: name prefixes of the fleet's other overlays, whose objects a leaf may name too.
    folders: every folder of the repository that Kustomize could build; empty where there is no repository.
    said: what a cluster says of itself, by key of its site.yaml (``sources.site``).
    built: each folder that it builds on, with the file and line that name it first, its own with its kustomization.
    idle: components among them that find nothing to change, each with what it looks for. platform: its folders, those
    that hold others first. site: components that spread site values, each with their keys. All four are empty where
    there are no sources.
    """

    path: str
    kind: str
    resources: tuple[Resource, ...]
    hardware: Hardware | None = None
    model: Model | None = None
    workload: str | None = None
    kubernetes: tuple[str, ...] = ()
    external: frozenset[tuple[str, str]] = frozenset()
    siblings: tuple[str, ...] = ()
    folders: frozenset[str] = field(default=frozenset(), repr=False)
    built: Mapping[str, tuple[str, int]] = field(default_factory=dict, repr=False)
    idle: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    platform: tuple[Provision, ...] = field(default=(), repr=False)
    site: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), repr=False)
    all_hardware: Mapping[str, Hardware] = field(default_factory=dict, repr=False)
    all_models: Mapping[str, Model] = field(default_factory=dict, repr=False)
    said: Mapping[str, Said] = field(default_factory=dict, repr=False)
    asked: set[str] = field(default_factory=set, repr=False)
    """Names of objects of which it was asked whether, and which, overlay of the fleet gives them."""

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        return tuple(pod for resource in self.resources for pod in self.pods_in(resource))

    @property
    def containers(self) -> Iterator[Container]:
        """Every container of every pod."""
        return (container for pod in self.pods for container in pod.containers)

    def pods_in(self, resource: Resource) -> tuple[Pod, ...]:
        """The pods of one resource of this overlay."""
        return self._pods_by_resource.get(id(resource), ())

    @cached_property
    def _pods_by_resource(self) -> dict[int, tuple[Pod, ...]]:
        return {id(resource): found for resource in self.resources if (found := tuple(pods_of(resource)))}

    @cached_property
    def gpu_pods(self) -> tuple[Pod, ...]:
        """Pods that ask for at least one GPU."""
        return tuple(pod for pod in self.pods if pod.gpus)

    def named(self, kind: str, name: str, namespace: str | None = None) -> Resource | None:
        """The rendered object of that kind and name (and namespace, if given)."""
        return self._by_name.get((kind, name, namespace))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str | None], Resource]:
        found: dict[tuple[str, str, str | None], Resource] = {}
        for resource in self.resources:
            for namespace in (None, resource.namespace):
                found.setdefault((resource.kind, resource.name, namespace), resource)
        return found

    @cached_property
    def _by_kind(self) -> dict[str, list[tuple[int, Resource]]]:
        found: dict[str, list[tuple[int, Resource]]] = {}
        for place, resource in enumerate(self.resources):
            found.setdefault(resource.kind, []).append((place, resource))
        return found

    def place(self, resource: Resource) -> int:
        """Where one of the resources stands among them."""
        return self._places[id(resource)]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(resource): place for place, resource in enumerate(self.resources)}

    @property
    def final(self) -> bool:
        """Whether a cluster gets this text as it is, so that no marker may be left in it."""
        return self.kind in ("cluster", "manifest") or self.path.startswith("overlays/clusters/")

    def may_name(self, kind: str, name: str) -> bool:
        """Whether an object that is not rendered here is known to be provided: by the platform or by a sibling."""
        if (kind, name) in self.external:
            return True
        self.asked.add(name)
        return name.startswith(self.siblings)

    def of(self, *kinds: str) -> Iterator[Resource]:
        """The resources of some kinds, in the order of the set."""
        found = [placed for kind in dict.fromkeys(kinds) for placed in self._by_kind.get(kind, ())]
        return (resource for _, resource in (sorted(found, key=lambda placed: placed[0]) if len(kinds) > 1 else found))

    def hardware_of(self, pod: Pod) -> Hardware | None:
        """The overlay's hardware; in a cluster the one that the pod is pinned to by its accelerator label."""
        if self.hardware is not None:
            return self.hardware
        wanted = mapping(pod.spec.get("nodeSelector")).get("cloud.google.com/gke-accelerator")
        return next((hw for hw in self.all_hardware.values() if hw.accelerator == wanted), None)


SEVERITIES = ("error", "warning")


Part = Literal["name", "tag", "digest"]


@dataclass(frozen=True)
class Problem:
    """All that a rule may say: where, and what is wrong. ``file``/``line`` only for what is read from sources.

    severity: of a rule that declares several, which one, if not the first. part: what of an image is wrong, where the
    rule knows: a kustomization writes each part in a field of its own. explains: what other rules say of this resource
    for the same reason, by their ids and their pointer or file; it is not said again.
    """

    resource: Resource | None
    pointer: Pointer
    message: str
    file: str | None = None
    line: int | None = None
    severity: str | None = None
    part: Part | None = None
    explains: tuple[tuple[str, Pointer | str], ...] = ()


@dataclass(frozen=True)
class Change:
    """An overlay as it was at the commit that ``--changed-since`` names, and as it is."""

    before: Overlay
    after: Overlay


@dataclass(frozen=True)
class Fact:
    """What a rule over the fleet knows of one overlay: ``value`` is what the rule's ``facts`` noted, as JSON has it."""

    path: str
    kind: str
    value: Any


@dataclass(frozen=True)
class Fleet:
    """What a rule over the fleet judges: the overlays of a run of which it knows something, in order of path.

    folders: as an overlay has them.
    """

    facts: tuple[Fact, ...]
    folders: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True)
class Remark:
    """A problem as a rule over the fleet says it: it sees no resource, only what its ``facts`` noted of one.

    path: of the overlay. place: of the resource, among the overlay's. The others are those of a Problem.
    """

    path: str
    place: int
    pointer: Pointer
    message: str
    severity: str | None = None


Problems = Iterator[Problem]
Remarks = Iterator[Remark]
"""What a check says, one by one, and what one over the fleet does."""


def once_a_place(check: Callable[[Overlay], Problems]) -> Callable[[Overlay], Problems]:
    """A check that says one thing, the first, of each place: several containers or runs may share what stands there."""

    @wraps(check)
    def first(overlay: Overlay) -> Problems:
        told = set()
        for problem in check(overlay):
            if (problem.resource, problem.pointer) not in told:
                told.add((problem.resource, problem.pointer))
                yield problem

    return first


@dataclass(frozen=True, order=True)
class Finding:
    """A problem with its rule's identity and its place in the sources; what reports print."""

    overlay: str
    file: str
    line: int
    rule: str
    api_version: str
    resource_kind: str
    namespace: str
    name: str
    pointer: str
    message: str
    severity: str
    hint: str
    covers: tuple[str, ...]
    waived: str | None = None

    @property
    def blocks(self) -> bool:
        return self.severity == "error" and self.waived is None


MANIFEST = "manifest"
"""The kind of a target that is no overlay of the fleet."""
NOWHERE = (
    "overlays/0-no-machine/0-no-model/0-no-workload",
    "overlays/clusters/0-no-cluster",
    "overlays/clusters/0-no-cluster/sync",
)
"""Overlays that no fleet has. What reaches them does so by wildcards alone, and reaches what is added tomorrow."""


@dataclass(frozen=True)
class Exception_:
    """One entry of exceptions.yaml; ``expires`` is the last day on which it holds.

    severity: it is of these findings alone. written: the rule's id in the file, if that is one which it had formerly.
    """

    rule: str
    where: str
    reason: str
    expires: datetime.date
    line: int
    owner: str | None = None
    severity: str | None = None
    written: str | None = None

    @property
    def title(self) -> str:
        """The rule as the file names it, and as it is called."""
        return f"{self.written} (now {self.rule})" if self.written else self.rule

    def concerns(self, severity: str) -> bool:
        return self.severity in (None, severity)

    def covers(self, finding: Finding) -> bool:
        here = self.reaches(finding.overlay) or self.builds(finding)
        return self.rule == finding.rule and self.concerns(finding.severity) and here

    def builds(self, finding: Finding) -> bool:
        """Whether a cluster's finding is of an object that the overlay in ``where`` brought there: no other overlay has
        its name prefix."""
        own = prefix(self.where)
        cluster = finding.overlay.startswith("overlays/clusters/")
        return own is not None and cluster and fnmatchcase(finding.name, f"{own}*")

    def reaches(self, path: str) -> bool:
        return fnmatchcase(path, self.where)

    @property
    def is_wildcard(self) -> bool:
        return any(sign in self.where for sign in "*?[")


@dataclass(frozen=True)
class Ledger:
    """The exceptions and what became of them: input of the rules that look at exceptions themselves."""

    exceptions: tuple[Exception_, ...]
    used: frozenset[Exception_]
    today: datetime.date
    complete: bool
    """Whether every overlay and every rule was run: only then does "matched nothing" mean anything."""
    fleet: tuple[Target, ...] = ()
    """Every overlay there is, and every manifest of this run."""

    @cached_property
    def boundless(self) -> frozenset[Exception_]:
        """Those in force whose wildcards leave a rule no room: they reach an overlay of any name, or a manifest, or all
        overlays of a kind but for a tenth. What a rule's wildcards reach counts together, severity by severity: one is
        easily cut in two.
        """
        found: set[Exception_] = set()
        wild = [e for e in self.exceptions if e.is_wildcard and e.expires >= self.today]
        for rule, severity in {(e.rule, severity) for e in wild for severity in SEVERITIES}:
            of_rule = [e for e in wild if e.rule == rule and e.concerns(severity)]
            reached = {e: [t for t in self.fleet if e.reaches(t.path)] for e in of_rule}
            together = {target for targets in reached.values() for target in targets}
            full = {kind for kind in {t.kind for t in together} if self._is_full(kind, together)}
            for exception, targets in reached.items():
                if any(t.kind in full for t in targets) or any(map(exception.reaches, NOWHERE)):
                    found.add(exception)
        return frozenset(found)

    def _is_full(self, kind: str, reached: set[Target]) -> bool:
        """Whether that is as good as all there is. Which manifests are judged tomorrow nobody knows."""
        there = sum(target.kind == kind for target in self.fleet)
        return kind == MANIFEST or 10 * (there - sum(target.kind == kind for target in reached)) <= there
