"""What container-without-image tells apart beyond its own examples."""

from servelint.rules.examples import workload
from servelint.rules.images.container_without_image import _ENGINE

_GROUP = "apiVersion: example.com/v1\nkind: Group\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n"
_MODEL = _GROUP.replace("example.com/v1", "serving.kserve.io/v1beta1").replace("kind: Group", "kind: InferenceService")
_FILLED = ("command: [a]", "args: [a]", "ports: [{containerPort: 1}]")

ALSO_GOOD = [
    _GROUP, _MODEL.replace("{containers: [{name: a}]}", "{predictor: {model: {modelFormat: {name: a}}}}"),
    *(workload(f"containers: [{_ENGINE}, {{name: a, image: engine:v1, {own}}}]") for own in _FILLED),
    workload("containers: [{name: a, image: engine:v1}, {name: b, image: engine:v1}]"),
    workload(f"containers: [{_ENGINE}]\ninitContainers: [{{name: a, image: engine:v1}}]"),
]  # fmt: skip
ALSO_BAD = [
    workload(f"containers: [{_ENGINE}, {{name: engin, image: engine:v1}}]"),
    workload("containers: [{name: b, image: engine:v1, args: [serve]}, {name: a, image: engine:v1}]"),
    workload("containers: [{name: a}]"), workload(f"containers: [{_ENGINE}]\ninitContainers: [{{name: a}}]"),
    workload("containers: [{name: a, image: ''}]"),
    _MODEL.replace("{containers: [{name: a}]}", "{predictor: {containers: [{name: a}]}}"),
]  # fmt: skip
