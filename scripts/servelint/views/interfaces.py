"""The networks that a pod asks GKE for: the JSON text in its annotation networking.gke.io/interfaces."""

import json
from collections.abc import Iterator

from ..model import Pod, Pointer, Resource, whole

KEY = "networking.gke.io/interfaces"
DEFAULT = "networking.gke.io/default-interface"


def listed(pod: Pod) -> bool:
    """Whether the pod has a list of interfaces at all, a cluster's own included."""
    places = [pod.annotations]
    if pod.resource.group == "serving.kserve.io":
        places.append(pod.resource.annotations)
    return any(KEY in written for written in places)


def default(pod: Pod) -> tuple[Pointer, str] | None:
    """The interface that the pod is to use by default, and where that stands."""
    places = [((*pod.meta_pointer, "annotations", DEFAULT), pod.annotations)]
    if pod.resource.group == "serving.kserve.io":
        places.append((("metadata", "annotations", DEFAULT), pod.resource.annotations))
    for pointer, written in places:
        if isinstance(written.get(DEFAULT), str):
            return pointer, written[DEFAULT]
    return None


def misplaced(pod: Pod) -> Iterator[Pointer]:
    """Lists of interfaces on the objects around a pod template, where GKE does not look."""
    if pod.resource.group == "serving.kserve.io":
        return  # KServe copies them to its pods
    for depth in range(len(pod.meta_pointer) - 1):
        at = (*pod.meta_pointer[:depth], "metadata", "annotations")
        written = pod.resource.at(at)
        if isinstance(written, dict) and KEY in written:
            yield (*at, KEY)


def annotated(pod: Pod) -> list[tuple[Resource, Pointer, str]]:
    """Every annotation of the pod that lists interfaces; KServe copies those of an InferenceService to its pod."""
    found = []
    places = [((*pod.meta_pointer, "annotations", KEY), pod.annotations)]
    if pod.resource.group == "serving.kserve.io":
        places.append((("metadata", "annotations", KEY), pod.resource.annotations))
    for pointer, written in places:
        text = written.get(KEY)
        # A marker stands for the cluster's own list.
        if isinstance(text, str) and not text.strip().startswith("SITE_"):
            found.append((pod.resource, pointer, text))
    return found


def entries(text: str) -> tuple[list[tuple[str, str]], str | None]:
    """Interface and network of every entry, or what is wrong with the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [], f"is no JSON: {error}"
    if not isinstance(value, list):
        return [], f"must be a JSON list, not {type(value).__name__}"
    pairs: list[tuple[str, str]] = []
    for i, item in enumerate(value):
        name, network = (item.get("interfaceName"), item.get("network")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(network, str) or not name or not network:
            return [], f"entry {i} must have the texts interfaceName and network, not {json.dumps(item)[:80]}"
        if any(name == other for other, _ in pairs):
            return [], f"interface {name} is listed twice"
        pairs.append((name, network))
    return pairs, None


def number(text: str, prefix: str) -> int | None:
    """The number behind the last ``prefix`` in a name, if the name ends in it: 3 for ``able-rdma-3``."""
    tail = text.rpartition(prefix)[2] if prefix in text else ""
    return whole(tail) if tail.isascii() and tail.isdigit() else None
