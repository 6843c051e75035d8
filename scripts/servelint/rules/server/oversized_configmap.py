"""A ConfigMap or Secret holds more than the API server takes.

The limit is 1 MiB for all values together. The sync fails with the object refused, and a dataset or a chat template
collection found its way into Git.
"""

from collections.abc import Iterator

from ...model import Overlay, Problem, Problems, Resource, mapping
from ..examples import config_map

SEVERITY = "error"
HINT = "Keep data sets in a bucket or an image and mount them."
SOURCE = "https://kubernetes.io/docs/concepts/configuration/configmap/"
COVERS = ("GIT-06",)

GOOD = config_map({"prompts.txt": "words"}, "prompts")
LIMIT = 1_048_576
BAD = GOOD.replace("words", "x" * LIMIT)


def _sizes(resource: Resource) -> Iterator[tuple[int, str, str]]:
    """Bytes of each value with its field and key. What stands in base64 counts decoded."""
    for field in ("data", "binaryData", "stringData"):
        encoded = field == "binaryData" or (field == "data" and resource.kind == "Secret")
        for key, value in mapping(resource.body.get(field)).items():
            if isinstance(value, str):
                size = len(value.encode("utf-8", "surrogatepass"))
                yield (size * 3 // 4 if encoded else size), field, str(key)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("ConfigMap", "Secret"):
        sizes = list(_sizes(resource))
        total = sum(size for size, _, _ in sizes)
        if total > LIMIT:
            largest, field, key = max(sizes, key=lambda item: item[0])
            message = f"{resource.kind} holds {total} bytes, {largest} of them in {key}, and the limit is {LIMIT}"
            yield Problem(resource, (field, key), message)
