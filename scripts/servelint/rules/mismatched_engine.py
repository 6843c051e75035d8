"""A server loads a TensorRT engine that was built by another version, for other GPUs, or for less than it is asked for.

An engine is compiled: another TensorRT-LLM ends in "Serialization assertion stdVersionRead failed" after the load, and
an engine for two GPUs does not start on one. The build takes hours and has to be repeated. Compared are the builds and
the servers of one model on one machine, and in a cluster those that share a claim; the version is that of the image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..catalogue.images import tensorrt_llm
from ..model import Overlay, Pod, Pointer, Problem, Resource, mapping, whole
from ..views import kserve
from ..views.engines import Engine, engines
from ..views.parallel import parallels

SEVERITY = "error"
HINT = "Let build and server use one image, or two with the same TensorRT-LLM, and build for the GPUs that serve."
SOURCE = "https://github.com/triton-inference-server/tensorrtllm_backend/issues/531"
COVERS = ("CFG-10",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct"}

_BUILD = """\
apiVersion: batch/v1
kind: Job
metadata: {name: build}
spec:
  template:
    spec:
      containers:
      - name: engine
        image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
        command: [trtllm-build, --checkpoint_dir, /checkpoint, --output_dir, /models/engines]
        resources: {limits: {nvidia.com/gpu: "1"}}
"""
_SERVE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  template:
    spec:
      containers:
      - name: engine
        image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
        command: [tritonserver, --model-repository=/models/repository]
        resources: {limits: {nvidia.com/gpu: "1"}}
"""
GOOD = (_BUILD, _SERVE)
BAD = (_BUILD, _SERVE.replace("25.01", "25.08"))


class User(NamedTuple):
    """A container that builds or serves engines, in its overlay."""

    overlay: Overlay
    engine: Engine
    claims: frozenset[str]

    @property
    def image(self) -> tuple[Resource, Pointer]:
        container = self.engine.container
        return kserve.origin(container, (*container.pointer, "image"))


def check_fleet(overlays: Iterable[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    builders: list[User] = []
    servers: list[User] = []
    for overlay in sorted(overlays, key=lambda overlay: overlay.path):
        for engine in engines(overlay):
            user = User(overlay, engine, _claims(engine.container.pod))
            # A benchmark that builds for itself uses one image, so it is no builder for others.
            if engine.role == "build":
                builders.append(user)
            elif engine.role == "serve" and engine.name in ("triton", "trtllm") and _loads(engine):
                servers.append(user)
    for server in servers:
        for builder in builders:
            if _together(builder, server):
                yield from ((server.overlay, problem) for problem in _problems(builder, server))


def _claims(pod: Pod) -> frozenset[str]:
    volumes = [volume for _, volume in pod.volumes.values()]
    names = (mapping(volume.get("persistentVolumeClaim")).get("claimName") for volume in volumes)
    return frozenset(str(name) for name in names if name)


def _loads(engine: Engine) -> bool:
    """Whether a server loads compiled engines: Triton with TensorRT-LLM in its image, trtllm-serve by its backend."""
    if engine.name == "triton":
        return tensorrt_llm(engine.container.image) is not None
    backend = engine.get("backend")
    return backend is not None and str(backend.value) in ("tensorrt", "trt")


def _together(builder: User, server: User) -> bool:
    """Whether a server loads what a builder wrote, as far as can be seen."""
    one, other = builder.overlay, server.overlay
    if one.kind == other.kind == "leaf":
        same = one.hardware is not None and one.hardware is other.hardware
        return same and one.model is not None and one.model is other.model
    # A cluster repeats its leaves, which have been compared.
    return one is other and one.kind == "manifest" and bool(builder.claims & server.claims)


def _problems(builder: User, server: User) -> Iterator[Problem]:
    built = tensorrt_llm(builder.engine.container.image)
    loaded = tensorrt_llm(server.engine.container.image)
    where = f" of {builder.overlay.path}" if builder.overlay is not server.overlay else ""
    owner = builder.engine.container.resource
    name = f"{owner.kind} {owner.name}{where}"
    if built and loaded and _release(built) != _release(loaded):
        message = f"has TensorRT-LLM {loaded}, but {name} builds its engine with {built}"
        yield Problem(*server.image, message)
        return
    gpus = server.engine.container.gpus
    worlds = {run.world for run in parallels(builder.overlay, builder.engine)}
    if server.engine.name == "triton" and gpus and len(worlds) == 1 and gpus < max(worlds):
        message = f"has {gpus} GPU{'s' if gpus > 1 else ''}, but {name} builds its engine for {max(worlds)}"
        yield Problem(*kserve.origin(server.engine.container, server.engine.container.gpu_pointer), message)
    width, asked = builder.engine.get("max_beam_width"), _served_width(server.engine)
    most = whole(width.value) if width else 1
    if asked and most is not None and asked[0] > most:
        message = f"max_beam_width is {asked[0]}, but {name} builds its engine for {most}"
        yield Problem(*asked[1:], message)


def _release(version: str) -> tuple[str, ...]:
    """What an engine is tied to: a post-release only mends what is around it."""
    return tuple(version.partition(".post")[0].split(".")[:3])


def _served_width(engine: Engine) -> tuple[int, Resource, Pointer] | None:
    """The beam width of the model that Triton's TensorRT-LLM backend serves, and where it is written."""
    for resource, key, value in engine.configs:
        for section, models in mapping(value).items():
            width = whole(mapping(mapping(models).get("tensorrt_llm")).get("max_beam_width"))
            if width:
                return width, resource, ("data", key, str(section), "tensorrt_llm", "max_beam_width")
    return None
