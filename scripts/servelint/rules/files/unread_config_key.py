"""A key of a flat configuration file that the script beside it never mentions.

A script that looks up each setting by name ignores all others: the tuning is silently absent, and the published number
is for another configuration. A script that hands keys on without knowing them, or hands on the whole file, is not
judged.
"""

from ...model import Overlay, Problem, Problems
from ...views.launchers import configurations
from ..examples import launched

SEVERITY = "warning"
HINT = "Let the script read the key, or delete it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/launchers/trtllm-launcher.sh"
COVERS = ("CFG-01",)


def _read(script: str, config: str) -> str:
    return launched({"launch.sh": script, "engine.yaml": config}, "/bin/bash /etc/engine/launch.sh", "trtllm:v1")


_READ = 'tp=$(yq .tp_size /etc/engine/engine.yaml)\nexec trtllm-serve model --tp_size "$tp"'
GOOD = _read(_READ, "tp_size: 8")
BAD = _read(_READ, "tp_size: 8\nmoe_backend: DEEPGEMM")


def check(overlay: Overlay) -> Problems:
    for config in configurations(overlay):
        by_section = any(name in config.names and not config.scalar(value) for name, value in config.content.items())
        if by_section or config.generic or not any(config.mentions(name) for name in config.content):
            continue  # sections are `unread-section`'s
        for name in config.content:
            if not config.mentions(name) and not config.respelled(name):
                yield Problem(config.resource, (*config.pointer, name), f"no mounted script mentions {name}")
