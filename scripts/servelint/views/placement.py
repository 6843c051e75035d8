"""Where a pod may run: the node labels it insists on, and the machines that it can thereby mean."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ..catalogue.facts import Hardware
from ..model import Overlay, Pod, Pointer, in_each, mapping, mappings
from . import kserve

ACCELERATOR = "cloud.google.com/gke-accelerator"

FIELDS = ("matchExpressions", "matchFields")


class Pin(NamedTuple):
    """A node label that the pod insists on, the values it accepts, and where they stand."""

    label: str
    values: tuple[str, ...]
    pod: Pod
    pointer: Pointer


def partners(overlay: Overlay, pod: Pod) -> list[Pod]:
    """The pod and what is merged with it: KServe adds an InferenceService's predictor to its runtime's pod."""
    services, runtimes = _kserve(overlay)
    if pod.resource.kind == "InferenceService":
        return [pod, *runtimes.get(_runtime(pod), ())]
    if pod.resource.kind in kserve.RUNTIMES:
        return [pod, *services.get(pod.resource.name, ())]
    return [pod]


def _runtime(pod: Pod) -> str:
    return str(mapping(pod.spec.get("model")).get("runtime") or "")


@lru_cache(maxsize=64)
def _kserve(overlay: Overlay) -> tuple[dict[str, list[Pod]], dict[str, list[Pod]]]:
    """Predictors by the runtime that they name, and runtimes by their names."""
    services: dict[str, list[Pod]] = {}
    runtimes: dict[str, list[Pod]] = {}
    for pod in overlay.pods:
        if pod.resource.kind == "InferenceService":
            services.setdefault(_runtime(pod), []).append(pod)
        elif pod.resource.kind in kserve.RUNTIMES:
            runtimes.setdefault(pod.resource.name, []).append(pod)
    return services, runtimes


def pins(overlay: Overlay, pod: Pod) -> list[Pin]:
    """Every node label that the pod requires: node selector and required node affinity, partners' included."""
    return [pin for part in partners(overlay, pod) for pin in _pins(part)]


def _pins(pod: Pod) -> Iterator[Pin]:
    for label, value in mapping(pod.spec.get("nodeSelector")).items():
        yield Pin(str(label), (str(value),), pod, (*pod.pointer, "nodeSelector", label))
    step = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    terms: object = pod.spec
    for key in step:
        terms = mapping(terms).get(key)
    chosen: list[dict[str, Pin]] = []
    for t, term in mappings(terms):
        chosen.append({})
        for field, e, expression in ((f, *item) for f in FIELDS for item in mappings(term.get(f))):
            values, label = expression.get("values"), str(expression.get("key"))
            if expression.get("operator") == "In" and isinstance(values, list) and values:
                at = (*pod.pointer, *step, t, field, e, "values")
                label = "kubernetes.io/hostname" if (field, label) == (FIELDS[1], "metadata.name") else label
                pin = Pin(label, tuple(map(str, values)), pod, at)
                before = chosen[-1].get(label)
                # Within a term all expressions hold together.
                both = tuple(value for value in pin.values if before is None or value in before.values)
                chosen[-1][label] = pin._replace(values=both)
    # Terms are alternatives: only a label that every one of them names is required.
    for label, pin in chosen[0].items() if chosen else ():
        if all(label in term for term in chosen):
            yield pin._replace(values=tuple(value for term in chosen for value in term[label].values))


def machines(overlay: Overlay, pod: Pod) -> list[Hardware]:
    """The overlay's machine, and the one that the pod is pinned to if that is another.

    A rule about facts of a machine complains only where all of these contradict the pod: a pod wired to another
    machine as a whole is one mistake, and `foreign-hardware` reports it.
    """
    accepted = {value for pin in pins(overlay, pod) if pin.label == ACCELERATOR for value in pin.values}
    every = in_each(overlay.all_hardware, "accelerator") if accepted else []
    pinned = [overlay.all_hardware[name] for name, accelerator in every if accelerator in accepted]
    own = [overlay.hardware] if overlay.hardware is not None else []
    return own + [hardware for hardware in pinned if hardware not in own]


def tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    """Whether a toleration matches a taint.

    Equal is the default operator; Exists without a key matches every key, and no effect matches every effect.
    """
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    same = toleration.get("key") == taint.get("key")
    return same and (toleration.get("value") or "") == (taint.get("value") or "")
