"""An InferenceService names a serving runtime that does not exist in its reach.

KServe sets the condition "No ServingRuntimes or ClusterServingRuntimes with the name" and creates nothing: no pod, no
event on a node, just a service that is never ready.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, mapping
from ..views.references import is_marker
from ..views.selection import together

SEVERITY = "error"
HINT = "Render the runtime beside the InferenceService, correct its name, or let `nameReference` carry its prefix."
SOURCE = "https://github.com/kserve/kserve/issues/2109"
COVERS = ("KS-02",)

GOOD = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: llama}
spec:
  predictor:
    model:
      modelFormat: {name: triton, version: "2"}
      runtime: triton-trtllm
---
apiVersion: serving.kserve.io/v1alpha1
kind: ClusterServingRuntime
metadata: {name: triton-trtllm}
spec:
  supportedModelFormats: [{name: triton, version: "2"}]
  containers: [{name: kserve-container, image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3}]
"""
BAD = GOOD.replace("runtime: triton-trtllm", "runtime: triton-trt-llm")

KINDS = ("ClusterServingRuntime", "ServingRuntime")
# What KServe's own charts install. Source: https://github.com/kserve/kserve/tree/master/config/runtimes
INSTALLED = frozenset(
    f"kserve-{name}"
    for name in (
        "huggingfaceserver", "huggingfaceserver-multinode", "lgbserver", "mlserver", "paddleserver", "pmmlserver",
        "predictiveserver", "sklearnserver", "tensorflow-serving", "torchserve", "tritonserver", "xgbserver",
    )
)  # fmt: skip


def check(overlay: Overlay) -> Iterator[Problem]:
    for service in overlay.of("InferenceService"):
        name = mapping(mapping(service.spec.get("predictor")).get("model")).get("runtime")
        if not isinstance(name, str) or not name or name in INSTALLED or is_marker(name):
            continue
        found = [r for r in overlay.of(*KINDS) if r.name == name]
        if any(r.kind == KINDS[0] or together(r.namespace, service.namespace) for r in found):
            continue
        if any((kind, name) in overlay.external for kind in KINDS):
            continue
        why = "no runtime has that name"
        if found:
            why = f"the ServingRuntime of that name is in namespace {found[0].namespace}"
        yield Problem(service, ("spec", "predictor", "model", "runtime"), f"names runtime {name}, but {why}")
