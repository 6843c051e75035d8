"""Which pods a selector selects, and which ports those pods answer on."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from ..engines import kind
from ..model import Container, Overlay, Pod, Pointer, Resource, mapping, mappings, walk, whole
from . import kserve
from .engines import Engine, engine_of
from .environment import expand, is_shell, shell_words, texts, variables

ANY = object()
"""Value of a label that a controller sets to something that no manifest shows."""
BUILT_IN = ("", "apps", "batch")


def labels_of(pod: Pod) -> dict[str, Any]:
    """The labels that pods of a template carry at run time: the template's and those of its controller."""
    owner, name = pod.resource, pod.resource.name
    added: dict[str, Any] = {}
    if owner.kind == "Job":
        added = dict.fromkeys(("batch.kubernetes.io/job-name", "job-name"), name)
    elif owner.kind == "StatefulSet":
        added = {"statefulset.kubernetes.io/pod-name": ANY, "apps.kubernetes.io/pod-index": ANY}
    elif owner.kind == "Deployment":
        added = {"pod-template-hash": ANY}
    elif owner.kind == "JobSet":
        added = {"jobset.sigs.k8s.io/jobset-name": name} | dict.fromkeys(
            (
                "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index", "job-name",
                "jobset.sigs.k8s.io/replicatedjob-name", "jobset.sigs.k8s.io/job-index",
                "jobset.sigs.k8s.io/job-global-index", "jobset.sigs.k8s.io/restart-attempt",
            ),
            ANY,
        )  # fmt: skip
    elif owner.kind == "LeaderWorkerSet":
        prefix = "leaderworkerset.sigs.k8s.io/"
        # Without a leaderTemplate the worker template makes the leader too.
        lone = not mapping(owner.spec.get("leaderWorkerTemplate")).get("leaderTemplate")
        index: Any = "0" if "leaderTemplate" in pod.pointer else ANY if lone else "1"
        added = {f"{prefix}name": name, f"{prefix}worker-index": index, f"{prefix}group-index": ANY}
    elif owner.group == "serving.kserve.io":
        part = str(pod.pointer[-1]) if pod.pointer else ""
        added = {str(key): value for key, value in owner.labels.items()}
        added |= {"serving.kserve.io/inferenceservice": name, "component": part, "app": f"isvc.{name}-{part}"}
    return {**added, **{str(key): value for key, value in pod.labels.items()}}


def terms(selector: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Key, operator and values of everything that a label selector asks for; matchLabels as operator In."""
    for key, value in mapping(selector.get("matchLabels")).items():
        yield str(key), "In", [str(value)]
    for _, term in mappings(selector.get("matchExpressions")):
        values = term.get("values")
        yield (
            str(term.get("key")),
            str(term.get("operator")),
            [str(v) for v in values] if isinstance(values, list) else [],
        )


def selects(selector: dict[str, Any], labels: dict[str, Any]) -> bool:
    """Whether a label selector (matchLabels and matchExpressions) matches; an empty one matches everything."""
    for key, operator, values in terms(selector):
        have = labels.get(key)
        if operator in ("In", "Exists") and (
            have is None or (operator == "In" and have is not ANY and str(have) not in values)
        ):
            return False
        if operator == "DoesNotExist" and have is not None:
            return False
        if operator == "NotIn" and have not in (None, ANY) and str(have) in values:
            return False
    return True


def together(one: str, other: str) -> bool:
    """Whether two namespaces are one; an empty one is not chosen yet."""
    return one == other or not one or not other


def selected(overlay: Overlay, resource: Resource, selector: dict[str, Any]) -> list[Pod]:
    """Pods of the resource's namespace that a selector matches."""
    return [
        pod
        for pod in anywhere(overlay, selector)
        if pod.resource.kind not in RUNTIMES and together(pod.resource.namespace, resource.namespace)
    ]


def anywhere(overlay: Overlay, selector: dict[str, Any]) -> list[Pod]:
    """Templates of whatever kind and namespace that a selector matches, in the order of the set."""
    templates, places = _labelled(overlay)
    fewest: list[int] | range = range(len(templates))
    for key, operator, values in terms(selector):
        if operator == "In" and len(values) == 1:
            bearing = [*places.get((key, values[0]), ()), *places.get((key, ANY), ())]
            fewest = min(fewest, bearing, key=len)
    return [templates[i][0] for i in sorted(fewest) if selects(selector, templates[i][1])]


@lru_cache(maxsize=64)
def _labelled(overlay: Overlay) -> tuple[list[tuple[Pod, dict[str, Any]]], dict[tuple[str, object], list[int]]]:
    """Every template with its labels, and where those stand that have a certain one."""
    templates = [(pod, labels_of(pod)) for pod in overlay.pods]
    places: dict[tuple[str, object], list[int]] = {}
    for i, (_, labels) in enumerate(templates):
        for key, value in labels.items():
            places.setdefault((key, value if value is ANY else str(value)), []).append(i)
    return templates, places


RUNTIMES = (
    "ServingRuntime",
    "ClusterServingRuntime",
    "LLMInferenceServiceConfig",
    "PodTemplate",
    "ClusterTrainingRuntime",
    "TrainingRuntime",
)
"""Templates that make no pods by themselves."""


def service_pods(overlay: Overlay, service: Resource) -> list[Pod] | None:
    """The pods behind a Service; None if no selector chooses them."""
    selector = mapping(service.spec.get("selector"))
    if not selector or service.spec.get("type") == "ExternalName":
        return None
    return selected(overlay, service, {"matchLabels": selector})


def makes_pods(resource: Resource) -> bool:
    """Whether a custom object looks like one that an operator turns into pods and Services."""
    core = resource.group in BUILT_IN or resource.kind in RUNTIMES
    if core or resource.kind in ("LeaderWorkerSet", "JobSet"):
        return not core
    return any(key in mapping(node) for node, _ in walk(resource.spec) for key in MAKERS)


MAKERS = ("image", "replicas", "containers", "podTemplate", "predictor", "modelFormat", "router")


@lru_cache(maxsize=64)
def hidden_pods(overlay: Overlay) -> bool:
    """Whether a custom kind makes pods whose labels no manifest shows."""
    shown = {
        pod.resource for pod in overlay.pods if pod.resource.kind in ("LeaderWorkerSet", "JobSet", "InferenceService")
    }
    return any(makes_pods(resource) and resource not in shown for resource in overlay.resources)


class Port(NamedTuple):
    """A port that a container declares."""

    name: str
    number: int
    container: Container
    pointer: Pointer


def containers(overlay: Overlay, pod: Pod) -> tuple[Container, ...]:
    """All containers as they run; KServe lays a predictor over its runtime."""
    return (*kserve.main(overlay, pod), *(c for c in pod.containers if c.init))


def declared_ports(overlay: Overlay, pod: Pod) -> list[Port]:
    return [
        Port(str(item.get("name") or ""), number, container, (*container.pointer, "ports", i, "containerPort"))
        for container in containers(overlay, pod)
        for i, item in mappings(container.body.get("ports"))
        if (number := whole(item.get("containerPort"))) is not None
    ]


def engine_in(overlay: Overlay, pod: Pod, container: Container) -> Engine | None:
    """The server in a container; KServe's is known by the runtime that the predictor names."""
    found = engine_of(overlay, container)
    return found if found is not None and found.role == "serve" else None


def listening(overlay: Overlay, engine: Engine) -> set[int] | None:
    """Ports that a server listens on, by its flags or its defaults; None where a value cannot be read."""
    defaults = kind(engine.name).ports
    values = {name: value for name, (value, _) in variables(overlay, engine.container).items()}
    found = set()
    for name, default in defaults.items():
        flags = engine.flags.get(name, ())
        texts_given = [str(flags[-1].value)] if flags else _in_scripts(overlay, engine.container, name)
        # A shell array holds arguments that were put together at run time.
        if not texts_given and "[@]" in engine.script:
            return None
        number = whole(expand(texts_given[-1], values).strip("\"'")) if texts_given else default
        if number is None:
            return None
        found.add(number)
    return found


def _in_scripts(overlay: Overlay, container: Container, flag: str) -> list[str]:
    """Values of a flag in the mounted shell scripts of a container."""
    found = []
    for text in texts(overlay, container):
        if text.path and is_shell(text):
            words = shell_words(text.text)
            found += [after for word, after in pairwise(words) if word == f"--{flag}"]
            found += [word.partition("=")[2] for word in words if word.startswith(f"--{flag}=")]
    return found
