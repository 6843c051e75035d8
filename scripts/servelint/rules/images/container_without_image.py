"""A container has no image, or nothing but the image of another.

A patch that misspells a container's name does not fail: it adds a container that holds nothing but the patch, and the
container that should have been patched keeps its old values. The API server refuses the pod at sync, or worse, the
patch brings the image too, and two containers compete for the GPUs: one as it was, one without its command.
"""

import difflib

from ...model import Container, Overlay, Pod, Problem, Problems
from ..examples import workload

SEVERITY = "error"
HINT = "Give the patch the name of the container that it is meant for, or give the container an image and a command."
SOURCE = "https://github.com/kubernetes/api/blob/master/core/v1/types.go"
COVERS = ("KZ-06",)

_ENGINE = "{name: engine, image: engine:v1, command: [serve]}"
GOOD = workload(f"containers: [{_ENGINE}, {{name: proxy, image: envoy:v1.31.2}}]")
BAD = workload(f"containers: [{_ENGINE}, {{name: engin, env: [{{name: A, value: b}}]}}]")

# Kinds whose pods must name every image; other operators may fill in their own.
GROUPS = ("", "apps", "batch", "leaderworkerset.x-k8s.io", "jobset.x-k8s.io", "kubeflow.org", "ray.io")


def _needs_image(container: Container) -> bool:
    owner = container.resource
    if owner.kind == "InferenceService":  # a predictor with a model takes its containers from the runtime
        return "model" not in container.pod.spec and "predictor" in container.pointer
    return owner.group in GROUPS


def _twin(pod: Pod, container: Container) -> Container | None:
    """The main container whose image another has that says nothing of what it runs."""
    if container.init or not container.image or any(container.body.get(key) for key in ("command", "args", "ports")):
        return None
    others = (c for c in pod.main if c is not container and c.image == container.image)
    return next((c for c in others if c.body.get("command") or c.body.get("args")), None)


def check(overlay: Overlay) -> Problems:
    for container in overlay.containers:
        image = container.body.get("image")
        twin = _twin(container.pod, container)
        if twin:
            text = f"container {container.name} has the image of {twin.name}, but no command, arguments or ports"
            yield Problem(container.resource, container.pointer, f"{text}; a patch that meant {twin.name}")
        if (isinstance(image, str) and image.strip()) or not _needs_image(container):
            continue
        others = [c.name for c in container.pod.containers if c.image and c.name]
        near = difflib.get_close_matches(container.name, others, n=1, cutoff=0.6)
        meant = f"; a patch that meant container {(near or others)[0]}" if near or len(others) == 1 else ""
        message = f"container {container.name or '(unnamed)'} has no image{meant}"
        yield Problem(container.resource, container.pointer, message)
