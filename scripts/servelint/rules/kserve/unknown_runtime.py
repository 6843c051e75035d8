"""An InferenceService names a serving runtime that does not exist in its reach.

KServe sets the condition "No ServingRuntimes or ClusterServingRuntimes with the name" and creates nothing: no pod, no
event on a node, just a service that is never ready.
"""

from ...model import Overlay, Problem, Problems, Resource, is_marker, mapping
from ...views.selection import together as near
from ..examples import other, together

SEVERITY = "error"
HINT = "Render the runtime beside the InferenceService, correct its name, or let `nameReference` carry its prefix."
SOURCE = "https://github.com/kserve/kserve/issues/2109"
COVERS = ("KS-02",)

_RUNTIME = "supportedModelFormats: [{name: triton}], containers: [{name: kserve-container, image: a}]"
GOOD = together(
    other("InferenceService", "predictor: {model: {modelFormat: {name: triton}, runtime: trtllm}}"),
    other("ClusterServingRuntime", _RUNTIME, name="trtllm"),
)
BAD = GOOD.replace("runtime: trtllm", "runtime: trt-llm")

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
        if any(r.kind == KINDS[0] or near(r.namespace, service.namespace) for r in found):
            continue
        if any((kind, name) in overlay.external for kind in KINDS):
            continue
        far = found and f"the ServingRuntime of that name is in namespace {found[0].namespace}"
        why = far or "no runtime has that name"
        yield Problem(service, ("spec", "predictor", "model", "runtime"), f"names runtime {name}, but {why}")
