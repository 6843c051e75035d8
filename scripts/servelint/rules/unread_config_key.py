"""A key of a flat configuration file that the script beside it never mentions.

A script that looks up each setting by name ignores all others: the tuning is silently absent, and the published number
is for another configuration. A script that hands keys on without knowing them, or hands on the whole file, is not
judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.launchers import configurations

SEVERITY = "warning"
HINT = "Let the script read the key, or delete it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/launchers/trtllm-launcher.sh"
COVERS = ("CFG-01",)

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: engine}
data:
  launch.sh: |
    tp=$(yq .tp_size /etc/engine/engine.yaml)
    exec trtllm-serve model --tp_size "$tp"
  engine.yaml: |
    tp_size: 8
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: registry.example.com/trtllm:v1
    command: [/bin/bash, /etc/engine/launch.sh]
    volumeMounts:
    - {name: engine, mountPath: /etc/engine}
  volumes:
  - {name: engine, configMap: {name: engine}}
"""
BAD = GOOD.replace("    tp_size: 8\n", "    tp_size: 8\n    moe_backend: DEEPGEMM\n")


def check(overlay: Overlay) -> Iterator[Problem]:
    for config in configurations(overlay):
        by_section = any(name in config.names and not config.scalar(value) for name, value in config.content.items())
        if by_section or config.generic or not any(config.mentions(name) for name in config.content):
            continue  # sections are `unread-section`'s
        for name in config.content:
            if not config.mentions(name) and not config.respelled(name):
                yield Problem(config.resource, (*config.pointer, name), f"no mounted script mentions {name}")
