"""An InferenceService names a serving runtime that does not exist in its reach, or that it cannot be laid over.

KServe sets the condition "No ServingRuntimes or ClusterServingRuntimes with the name" and creates nothing: no pod, no
event on a node, just a service that is never ready. So it does where no container of the runtime is kserve-container,
which is the one that the predictor completes.
"""

from ...model import Overlay, Problem, Problems, Resource, is_marker, mapping, mappings
from ...views.selection import together as near
from ..examples import other, together

SEVERITY = "error"
HINT = (
    "Render the runtime beside the InferenceService, correct its name or that of its container, or let `nameReference` "
    "carry its prefix."
)
SOURCE = "https://github.com/kserve/kserve/issues/2109"
COVERS = ("KS-02",)

_RUNTIME = "supportedModelFormats: [{name: triton}], containers: [{name: kserve-container, image: a}]"
GOOD = together(
    other("InferenceService", "predictor: {model: {modelFormat: {name: triton}, runtime: trtllm}}"),
    other("ClusterServingRuntime", _RUNTIME, name="trtllm"),
)
BAD = GOOD.replace("runtime: trtllm", "runtime: trt-llm")

CONTAINER = "kserve-container"
KINDS = ("ClusterServingRuntime", "ServingRuntime")
# What KServe's own charts install. Source: https://github.com/kserve/kserve/tree/master/config/runtimes
INSTALLED = frozenset(
    f"kserve-{name}"
    for name in (
        "huggingfaceserver", "huggingfaceserver-multinode", "lgbserver", "mlserver", "paddleserver", "pmmlserver",
        "predictiveserver", "sklearnserver", "tensorflow-serving", "torchserve", "tritonserver", "xgbserver",
    )
)  # fmt: skip


def check(overlay: Overlay) -> Problems:
    runtimes: dict[str, list[Resource]] = {}
    for runtime in overlay.of(*KINDS):
        runtimes.setdefault(runtime.name, []).append(runtime)
    for service in overlay.of("InferenceService"):
        name = mapping(mapping(service.spec.get("predictor")).get("model")).get("runtime")
        if not isinstance(name, str) or not name or name in INSTALLED or is_marker(name):
            continue
        found = runtimes.get(name, [])
        reached = [r for r in found if r.kind == KINDS[0] or near(r.namespace, service.namespace)]
        for runtime in reached:
            yield from _completed(runtime)
        if reached:
            continue
        if any((kind, name) in overlay.external for kind in KINDS):
            continue
        far = found and f"the ServingRuntime of that name is in namespace {found[0].namespace}"
        why = far or "no runtime has that name"
        yield Problem(service, ("spec", "predictor", "model", "runtime"), f"names runtime {name}, but {why}")


def _completed(runtime: Resource) -> Problems:
    """Source: MergeServingRuntimeAndInferenceServiceSpecs in pkg/controller/v1beta1/inferenceservice/utils/utils.go"""
    names = [str(container.get("name")) for _, container in mappings(runtime.spec.get("containers"))]
    if names and CONTAINER not in names:
        text = f"has container {names[0]} and no {CONTAINER}, over which KServe lays what the service says"
        yield Problem(runtime, ("spec", "containers", 0, "name"), text)
