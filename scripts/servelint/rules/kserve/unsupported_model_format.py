"""No serving runtime supports the model format that an InferenceService asks for.

KServe compares name and version as text, and without a named runtime also the protocol; it takes only runtimes that
set `autoSelect`. If none is left the condition is NoSupportingRuntime and no pod is ever created.
"""

from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping, mappings
from ...views import kserve
from ...views.selection import together as near
from ..examples import other, together

SEVERITY = "error"
HINT = "Write the format as the runtime's supportedModelFormats spells it, with a protocol that the runtime lists."
SOURCE = "https://github.com/kserve/kserve/blob/master/pkg/apis/serving/v1beta1/predictor_model.go"
COVERS = ("KS-01",)

_SERVICE = other(
    "InferenceService",
    'predictor: {model: {modelFormat: {name: triton, version: "2"}, protocolVersion: v2, runtime: trtllm}}',
)
_RUNTIME = other(
    "ClusterServingRuntime",
    'protocolVersions: [v2], supportedModelFormats: [{name: triton, version: "2"}], containers: [{name: a, image: a}]',
    name="trtllm",
)
GOOD = together(_SERVICE, _RUNTIME)
BAD = together(_SERVICE.replace('version: "2"', 'version: "3"'), _RUNTIME)

AT: Pointer = ("spec", "predictor", "model")

# Formats that the runtimes of KServe's own charts select by themselves.
INSTALLED = frozenset({
    "huggingface", "lightgbm", "mlflow", "onnx", "paddle", "pmml", "pytorch", "sklearn", "tensorflow", "tensorrt",
    "triton", "xgboost",
})  # fmt: skip


def _refusal(model: dict[str, Any], runtime: Resource, named: bool, *, mesh: bool) -> tuple[int, Pointer, str] | None:
    """Why a runtime does not take a model: how far KServe's comparison came, the field that fails, and the reason."""
    wanted = mapping(model.get("modelFormat"))
    name, version = wanted.get("name"), wanted.get("version")
    listed = [f for _, f in mappings(runtime.spec.get("supportedModelFormats"))]
    same = [f for f in listed if f.get("name") == name]
    if not same:
        known = ", ".join(sorted({str(f.get("name")) for f in listed})) or "no format"
        return 0, (*AT, "modelFormat", "name"), f"it lists {known}, not {name}"
    fits = [f for f in same if version is None or str(f.get("version")) == str(version)]
    if not fits:
        known = ", ".join(sorted({str(f.get("version")) for f in same}))
        return 1, (*AT, "modelFormat", "version"), f"it lists {name} in version {known}, not {version}"
    if not named and not any(f.get("autoSelect") is True for f in fits):
        return 2, (*AT, "modelFormat"), f"it does not set autoSelect for {name}, and no runtime is named"
    # A named runtime is not asked for its protocols unless the service states one. Triton's default is v2.
    protocol = model.get("protocolVersion") or (None if named else "v2" if name == "triton" else "v1")
    protocols = runtime.spec.get("protocolVersions")
    if protocol and isinstance(protocols, list) and protocols and protocol not in protocols:
        at = "protocolVersion" if model.get("protocolVersion") else "modelFormat"
        return 3, (*AT, at), f"it speaks {', '.join(map(str, protocols))}, not {protocol}"
    if runtime.spec.get("multiModel") is True and not mesh:
        return 4, (*AT, "runtime" if named else "modelFormat"), "it is for ModelMesh, which this service does not use"
    if runtime.spec.get("disabled") is True:
        return 4, (*AT, "runtime" if named else "modelFormat"), "it is disabled"
    return None


def check(overlay: Overlay) -> Problems:
    for service in overlay.of("InferenceService"):
        model = mapping(service.at(AT))
        named, wanted = model.get("runtime"), mapping(model.get("modelFormat")).get("name")
        own = [r for r in overlay.of("ServingRuntime") if near(r.namespace, service.namespace)]
        runtimes = [r for r in (*own, *overlay.of("ClusterServingRuntime")) if named in (None, r.name)]
        if named is not None and any(r.kind == "ServingRuntime" for r in runtimes):
            runtimes = [r for r in runtimes if r.kind == "ServingRuntime"]  # the namespace's own comes first
        mesh = kserve.mode(service) == "ModelMesh"
        runtimes = [r for r in runtimes if not mesh or r.spec.get("multiModel") is True]
        refusals = [(_refusal(model, runtime, named is not None, mesh=mesh), runtime) for runtime in runtimes]
        if not isinstance(wanted, str) or not refusals or any(why is None for why, _ in refusals):
            continue
        (reached, pointer, text), runtime = max(((why, r) for why, r in refusals if why), key=lambda pair: pair[0][0])
        if reached or named is not None or wanted not in INSTALLED:
            yield Problem(service, pointer, f"runtime {runtime.name} does not take this model: {text}")
