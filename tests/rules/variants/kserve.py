"""What rules of kserve tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import config_map, server, together
from servelint.rules.kserve import serverless_model_load, unknown_runtime, unsupported_model_format

FITS, OWN, MULTI, SERVICE, RUNTIME = (
    unsupported_model_format.GOOD, unsupported_model_format._OWN, unsupported_model_format._MULTI, unsupported_model_format._SERVICE,
    unsupported_model_format._RUNTIME,
)  # fmt: skip
MESH = "name: server\n  annotations: {serving.kserve.io/deploymentMode: ModelMesh}"
LOAD, NEAR, NAMED = serverless_model_load.BAD, unknown_runtime._NEAR, unknown_runtime.GOOD
OPEN = SERVICE.replace(", runtime: trtllm", "")
GOOD: dict[str, list[Any]] = {
    "unsupported-model-format": [
        FITS.replace("name: server", MESH),
        FITS.replace("modelFormat: {name: triton, version", "modelFormat: {version"),
        together(
            OPEN.replace("triton", "own"),
            OWN.replace("trtllm", "b").replace("triton", "own").replace("[{name", "[{autoSelect: true, name"),
            RUNTIME,
        ),
        FITS.replace("protocolVersions: [v2], ", ""),
        SERVICE,
    ],
    "serverless-model-load": [
        server(kind="Deployment"),
        LOAD.replace("predictor:", "transformer:"),
        LOAD.replace('"8"', '"0"'),
        LOAD.replace("{model", "{annotations: {serving.knative.dev/progress-deadline: SITE_TIME}, model"),
    ],
    "unknown-runtime": [NAMED.replace("name: server", "name: server\n  namespace: near")],
}
BAD: dict[str, list[Any]] = {
    "unsupported-model-format": [
        MULTI.replace("multiModel: true", "multiModel: true, disabled: true").replace("name: server", MESH),
        together(OPEN.replace("triton", "own"), RUNTIME, OWN.replace("trtllm", "b").replace("triton", "own")),
    ],
    "serverless-model-load": [
        together(serverless_model_load._SERVICE, config_map({"deploy": "{}"}, "inferenceservice-config")),
        LOAD.replace("{resources", "{startupProbe: {periodSeconds: 10, failureThreshold: 61}, resources"),
    ],
    "unknown-runtime": [NEAR.replace("name: trtllm", "name: trtllm\n  namespace: far", 1)],
}
