"""A section of a launcher's configuration that the launcher never reads.

The launchers of this fleet stop at a section that they do not know; others ignore it, and the published number then
belongs to a configuration that nobody wrote. A section counts as read if its name stands in a mounted script as a text
of its own, and the file is judged only where the launcher picks its sections by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.engines import SECTIONS
from ..views.launchers import configurations

SEVERITY = "error"
HINT = "Correct the section's name to one that the launcher reads, or delete it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/launchers/trtllm-launcher.sh"
COVERS = ("CFG-01",)

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: engine}
data:
  launch.py: |
    import yaml
    config = yaml.safe_load(open("/etc/engine/engine.yaml"))
    start(config["launch_server"], config.get("warmup", {}))
  engine.yaml: |
    launch_server: {tensor-parallel-size: 8}
    warmup: {requests: 4}
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
BAD = GOOD.replace("    warmup: {requests", "    warm-up-server: {requests")


def check(overlay: Overlay) -> Iterator[Problem]:
    for config in configurations(overlay):
        read = [name for name, value in config.content.items() if name in config.names and not config.scalar(value)]
        if not read and not any(map(config.scalar, config.content.values())):
            # None of the sections is known: then by the names that the launchers of this fleet give to theirs.
            read = [name for names in SECTIONS.values() for name in names if name in config.names]
        for name in config.content if read else ():
            if name not in config.names and not config.respelled(name):
                message = f"nothing reads {name}: the launcher knows {', '.join(sorted(read))}"
                yield Problem(config.resource, (*config.pointer, name), message)
