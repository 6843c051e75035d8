"""An engine's configuration file, or a section of it, has no content that its launcher could read.

An empty file, a section without keys below it, a section that is a number, a second YAML document: each is valid YAML,
and each stops the launcher or is passed over, on a node that is already paid for. Mostly the lines below a section were
deleted or lost their indentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.engines import engines, hollow

SEVERITY = "error"
HINT = "Write the section's keys below it, {} for none, and one YAML document a file."
SOURCE = "https://yaml.org/spec/1.2.2/#1032-tag-resolution"
COVERS = ("CFG-06",)

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: engine}
data:
  launch.py: |
    import yaml
    start("sglang.launch_server", yaml.safe_load(open("/etc/engine/engine.yaml"))["launch_server"])
  engine.yaml: |
    launch_server: {tensor-parallel-size: 8}
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, /etc/engine/launch.py]
    volumeMounts:
    - {name: engine, mountPath: /etc/engine}
  volumes:
  - {name: engine, configMap: {name: engine}}
"""
BAD = GOOD.replace("launch_server: {tensor-parallel-size: 8}", "launch_server:")


def check(overlay: Overlay) -> Iterator[Problem]:
    seen = set()
    for engine in engines(overlay):
        for resource, pointer, message in hollow(engine):
            if (id(resource), pointer) not in seen:
                seen.add((id(resource), pointer))
                yield Problem(resource, pointer, message)
