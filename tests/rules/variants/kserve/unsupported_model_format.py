"""What unsupported-model-format tells apart beyond its own examples."""

from servelint.rules.examples import together
from servelint.rules.kserve.unsupported_model_format import _RUNTIME, _SERVICE, BAD, GOOD

_OPEN = GOOD.replace(", runtime: trtllm", "")
_AUTO = _OPEN.replace("[{name: triton", "[{autoSelect: true, name: triton")
_OWN = _RUNTIME.replace("ClusterServingRuntime", "ServingRuntime")
_MULTI = GOOD.replace("protocolVersions", "multiModel: true, protocolVersions")

MESH = "name: server\n  annotations: {serving.kserve.io/deploymentMode: ModelMesh}"
OPEN = _SERVICE.replace(", runtime: trtllm", "")

ALSO_GOOD = [
    GOOD.replace(', version: "2"}, protocol', "}, protocol"), _AUTO,
    GOOD.replace("protocolVersion: v2", "protocolVersion: ''").replace("[v2]", "[v1]"),
    _OPEN.replace("[{name: triton", "[{name: own"),  # KServe's own runtimes take it
    _MULTI.replace("name: server", "name: server\n  annotations: {serving.kserve.io/deploymentMode: ModelMesh}"),
    BAD.replace("runtime: trtllm", "runtime: other"), GOOD.replace("[v2]", "[]"),
    GOOD.replace("name: server", MESH),
    GOOD.replace("modelFormat: {name: triton, version", "modelFormat: {version"),
    together(
        OPEN.replace("triton", "own"),
        _OWN.replace("trtllm", "b").replace("triton", "own").replace("[{name", "[{autoSelect: true, name"),
        _RUNTIME,
    ),
    GOOD.replace("protocolVersions: [v2], ", ""),
    _SERVICE,
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("name: triton, version", "name: tensorrt, version", 1), _OPEN,
    _OPEN.replace("{name: triton", "{name: own", 1), GOOD.replace("[v2]", "[v1]"),
    _AUTO.replace("protocolVersion: v2", "protocolVersion: v1"),
    _AUTO.replace(", protocolVersion: v2", "").replace("[v2]", "[v1]"), _MULTI,
    GOOD.replace("protocolVersions", "disabled: true, protocolVersions"),
    together(_SERVICE, _RUNTIME, _OWN.replace('"2"', '"3"')),
    _MULTI.replace("multiModel: true", "multiModel: true, disabled: true").replace("name: server", MESH),
    together(OPEN.replace("triton", "own"), _RUNTIME, _OWN.replace("trtllm", "b").replace("triton", "own")),
]  # fmt: skip
