"""What KServe makes of an InferenceService: its predictor laid over the serving runtime that it names.

GPUs, probes and ports may stand in either of the two; the pod has them all.
"""

from __future__ import annotations

from dataclasses import replace

from ..model import Container, Overlay, Pod, Resource, mapping, pods_of


def runtime(overlay: Overlay, pod: Pod) -> Resource | None:
    """The ServingRuntime or ClusterServingRuntime that a predictor names, if the overlay renders it."""
    if pod.resource.kind != "InferenceService":
        return None
    name = str(mapping(pod.spec.get("model")).get("runtime") or "")
    return overlay.named("ServingRuntime", name) or overlay.named("ClusterServingRuntime", name) if name else None


def main(overlay: Overlay, pod: Pod) -> tuple[Container, ...]:
    """The main containers as they will run. Pointers lead into the pod's own resource, where a field may be added."""
    below = runtime(overlay, pod)
    bodies = [c.body for template in pods_of(below) for c in template.main] if below else []
    if not bodies or not pod.main:
        return pod.main
    server = next((b for b in bodies if b.get("name") == "kserve-container"), bodies[0])
    first, *others = pod.main
    return replace(first, body={**server, **first.body}), *others


def gpus(overlay: Overlay, pod: Pod) -> int:
    return sum(container.gpus for container in main(overlay, pod))
