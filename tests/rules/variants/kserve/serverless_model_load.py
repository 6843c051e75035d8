"""What serverless-model-load tells apart beyond its own examples."""

from servelint.rules.examples import config_map, server, together
from servelint.rules.kserve.serverless_model_load import _SERVICE, BAD

_LONG = 'annotations: {serving.knative.dev/progress-deadline: "7200s"}'
_CONFIG = config_map({"deploy": '{"defaultDeploymentMode": "Standard"}'}, "inferenceservice-config")

ALSO_GOOD = [
    BAD.replace("nvidia.com/gpu", "cpu"), BAD.replace("{model", "{workerSpec: {size: 1}, model"),
    BAD.replace("{model", f"{{{_LONG}, model"), together(_SERVICE, _CONFIG),
    BAD.replace("{resources", "{startupProbe: {periodSeconds: 10, failureThreshold: 60}, resources"),
    BAD.replace("InferenceService", "Other"),
    server(kind="Deployment"),
    BAD.replace("predictor:", "transformer:"),
    BAD.replace('"8"', '"0"'),
    BAD.replace("{model", "{annotations: {serving.knative.dev/progress-deadline: SITE_TIME}, model"),
]  # fmt: skip
ALSO_BAD = [
    _SERVICE, together(_SERVICE, _CONFIG.replace('"Standard"', '"Knative"')),
    together(_SERVICE, _CONFIG.replace('"Standard"', '"Serverless"')),
    together(_SERVICE, _CONFIG.replace("inferenceservice-config", "other")),
    together(_SERVICE, config_map({"deploy": "{}"}, "inferenceservice-config")),
    BAD.replace("{resources", "{startupProbe: {periodSeconds: 10, failureThreshold: 61}, resources"),
]  # fmt: skip
