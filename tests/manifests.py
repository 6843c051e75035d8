"""Small objects and sets of them, for tests that need no more of a manifest than its shape."""

from __future__ import annotations

from typing import Any

from servelint.model import Overlay, Resource

VERSIONS = {
    "ClusterServingRuntime": "serving.kserve.io/v1alpha1", "CronJob": "batch/v1", "DaemonSet": "apps/v1",
    "Deployment": "apps/v1", "InferenceService": "serving.kserve.io/v1beta1", "Job": "batch/v1",
    "JobSet": "jobset.x-k8s.io/v1alpha2", "LeaderWorkerSet": "leaderworkerset.x-k8s.io/v1",
    "ReplicaSet": "apps/v1", "ServingRuntime": "serving.kserve.io/v1alpha1", "StatefulSet": "apps/v1",
}  # fmt: skip


def thing(kind: str, name: str = "x", spec: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    """An object. ``namespace``, ``labels`` and ``annotations`` go into its metadata, all else beside its spec."""
    meta = {key: body.pop(key) for key in ("namespace", "labels", "annotations") if key in body}
    version = body.pop("apiVersion", VERSIONS.get(kind, "v1"))
    found = {"apiVersion": version, "kind": kind, "metadata": {"name": name, **meta}, **body}
    return found if spec is None else {**found, "spec": spec}


def main(gpus: int | None = None, **fields: Any) -> dict[str, Any]:
    """A container, with GPUs if it gets some."""
    limits = {} if gpus is None else {"resources": {"limits": {"nvidia.com/gpu": gpus}}}
    return {"name": "main", "image": "example/x:v1", **limits, **fields}


def pod(name: str = "p", gpus: int | None = None, spec: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A Pod of one container with these fields; ``spec`` is what else its spec has."""
    return thing("Pod", name, {"containers": [main(gpus, **fields)], **(spec or {})})


def template(gpus: int | None = None, spec: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """The template of a pod, as ``pod`` makes it."""
    return {"spec": {"containers": [main(gpus, **fields)], **(spec or {})}}


def config(name: str = "c", **data: Any) -> dict[str, Any]:
    return thing("ConfigMap", name, data=data)


def overlay(*bodies: dict[str, Any], **known: Any) -> Overlay:
    return Overlay(known.pop("path", "overlays/x"), known.pop("kind", "leaf"), tuple(map(Resource, bodies)), **known)
