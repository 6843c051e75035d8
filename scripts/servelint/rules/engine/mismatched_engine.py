"""A server loads a TensorRT engine that was built by another version, for other GPUs, or for less than it is asked for.

An engine is compiled: another TensorRT-LLM ends in "Serialization assertion stdVersionRead failed" after the load, and
an engine for two GPUs does not start on one. The build takes hours and has to be repeated. Compared are the builds and
the servers of one model on one machine, and in a cluster those that share a claim; the version is that of the image.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ...catalogue.images import tensorrt_llm
from ...model import Fact, Fleet, Overlay, Pod, Pointer, Remark, Remarks, Resource, mapping, whole
from ...views import kserve
from ...views.engines import Engine, engines
from ...views.parallel import parallels
from ..examples import launched

SEVERITY = "error"
HINT = "Let build and server use one image, or two with the same TensorRT-LLM, and build for the GPUs that serve."
SOURCE = "https://github.com/triton-inference-server/tensorrtllm_backend/issues/531"
COVERS = ("CFG-10",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct"}

_TRITON = "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3"


def _build(command: str = "trtllm-build --checkpoint_dir /c", image: str = _TRITON) -> str:
    return launched({"build.sh": ""}, command, image).replace("name: server", "name: build")


def _serve(image: str = _TRITON, command: str = "tritonserver --model-repository=/m", engine: str = "") -> str:
    return launched({"engine.yaml": engine}, command, image)


GOOD = (_build(), _serve())
BAD = (_build(), _serve(_TRITON.replace("25.01", "25.08")))


def facts(overlay: Overlay) -> dict[str, Any] | None:
    # A cluster repeats its leaves, which are compared; of a set without a model or a machine nothing else is known.
    fleet = overlay.kind == "leaf" and overlay.hardware is not None and overlay.model is not None
    if not overlay.pods or not (fleet or overlay.kind == "manifest"):
        return None
    builders, servers = [], []
    for engine in engines(overlay):
        # A benchmark that builds for itself uses one image, so it is no builder for others.
        if engine.role == "build":
            builders.append(_builder(overlay, engine))
        elif engine.role == "serve" and engine.kind.loads_compiled(engine.container.image, engine):
            servers.append(_server(overlay, engine))
    if not builders and not servers:
        return None
    own = [overlay.hardware.name, overlay.model.name] if overlay.hardware and overlay.model and fleet else []
    return {"of": own, "builders": builders, "servers": servers}


def _builder(overlay: Overlay, engine: Engine) -> dict[str, Any]:
    """gpus: those of the engine that it builds, if that is one size. width: the widest beam that this takes."""
    owner, width = engine.container.resource, engine.get("max_beam_width")
    worlds = {run.world for run in parallels(overlay, engine)}
    return {
        "name": owner.title,
        "claims": _claims(engine.container.pod),
        "version": tensorrt_llm(engine.container.image),
        "gpus": max(worlds) if len(worlds) == 1 else None,
        "width": whole(width.value) if width else 1,
    }


def _server(overlay: Overlay, engine: Engine) -> dict[str, Any]:
    """Each as value, place and pointer, None where there is no value to compare."""
    container, width = engine.container, _served_width(engine)

    def written(value: Any, resource: Resource, pointer: Pointer) -> list[Any] | None:
        return [value, overlay.place(resource), list(pointer)] if value else None

    gpus = 0 if engine.kind.sized else container.gpus
    return {
        "claims": _claims(container.pod),
        "version": written(tensorrt_llm(container.image), *kserve.origin(container, (*container.pointer, "image"))),
        "gpus": written(gpus, *kserve.origin(container, container.gpu_pointer)),
        "width": written(*width) if width else None,
    }


def _claims(pod: Pod) -> list[str]:
    volumes = [volume for _, volume in pod.volumes.values()]
    names = (mapping(volume.get("persistentVolumeClaim")).get("claimName") for volume in volumes)
    return sorted({str(name) for name in names if name})


def judge(fleet: Fleet) -> Remarks:
    builders = defaultdict[tuple[str, ...], list[tuple[str, dict[str, Any]]]](list)
    for fact in fleet.facts:
        builders[_group(fact)] += [(fact.path, builder) for builder in fact.value["builders"]]
    for fact in fleet.facts:
        for server in fact.value["servers"]:
            for path, builder in builders[_group(fact)]:
                # On its own, a set tells by the claim whether a server loads what a builder wrote.
                if fact.value["of"] or set(builder["claims"]) & set(server["claims"]):
                    name = builder["name"] + (f" of {path}" if path != fact.path else "")
                    for (_, place, pointer), message in _problems(builder, name, server):
                        yield Remark(fact.path, place, tuple(pointer), message)


def _group(fact: Fact) -> tuple[str, ...]:
    """Overlays of one model on one machine share it; any other has one of its own."""
    return tuple(fact.value["of"]) or (fact.path,)


def _problems(builder: dict[str, Any], name: str, server: dict[str, Any]) -> Iterator[tuple[list[Any], str]]:
    loaded, gpus, width = server["version"], server["gpus"], server["width"]
    if builder["version"] and loaded and _release(builder["version"]) != _release(loaded[0]):
        yield loaded, f"has TensorRT-LLM {loaded[0]}, but {name} builds its engine with {builder['version']}"
        return
    if builder["gpus"] is not None and gpus and gpus[0] < builder["gpus"]:
        plural = "s" if gpus[0] > 1 else ""
        yield gpus, f"has {gpus[0]} GPU{plural}, but {name} builds its engine for {builder['gpus']}"
    if builder["width"] is not None and width and width[0] > builder["width"]:
        yield width, f"max_beam_width is {width[0]}, but {name} builds its engine for {builder['width']}"


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
