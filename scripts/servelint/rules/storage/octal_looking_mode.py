"""File permissions are written as a decimal number that was meant as an octal one.

YAML reads 0755 as octal, but 755 as seven hundred fifty-five, which is 01363: the API server refuses it, and smaller
ones like 444 give permissions that nobody meant. A script that may not be executed ends the container.
"""

from collections.abc import Iterator

from ...model import Overlay, Pointer, Problem, Problems, mappings
from ..examples import server

SEVERITY = "error"
HINT = "Write a leading zero (0755), or the decimal value (493)."
SOURCE = "https://kubernetes.io/docs/concepts/storage/volumes/#configmap"
COVERS = ("YML-02",)

_VOLUME = "volumes: [{name: launcher, SOURCE}]"
GOOD = server(pod=_VOLUME.replace("SOURCE", "configMap: {name: launcher, defaultMode: 0755}"))
BAD = server(pod=_VOLUME.replace("SOURCE", "configMap: {name: launcher, defaultMode: 755}"))

MEANT = (400, 404, 440, 444, 500, 505)
"""Decimals up to 511 whose digits are a usual mode and whose value is none: 0620, 0624, 0670, 0674, 0764, 0771."""


def _modes(node: object, at: Pointer) -> Iterator[tuple[Pointer, int]]:
    """Every mode below a volume: configMap, secret, projected, downwardAPI and their items."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("defaultMode", "mode") and isinstance(value, int):
                yield (*at, key), value
            elif isinstance(value, dict) or key in ("items", "sources"):
                yield from _modes(value, (*at, key))
    for i, item in mappings(node):
        yield from _modes(item, (*at, i))


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for i, volume in mappings(pod.spec.get("volumes")):
            for source in ("configMap", "secret", "projected", "downwardAPI"):
                at = (*pod.pointer, "volumes", i, source)
                for pointer, mode in _modes(volume.get(source), at):
                    if mode > 0o777 or mode in MEANT:
                        text = f"{pointer[-1]} {mode} is decimal; as permissions it is 0{mode:o}"
                        yield Problem(pod.resource, pointer, text)
