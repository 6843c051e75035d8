"""An engine's configuration file, or a section of it, has no content that its launcher could read.

An empty file, a section without keys below it, a section that is a number, a second YAML document: each is valid YAML,
and each stops the launcher or is passed over, on a node that is already paid for. Mostly the lines below a section were
deleted or lost their indentation.
"""

from ...model import Overlay, Problem, Problems, once_a_place
from ...views.engines import engines, hollow
from ..examples import launched

SEVERITY = "error"
HINT = "Write the section's keys below it, {} for none, and one YAML document a file."
SOURCE = "https://yaml.org/spec/1.2.2/#1032-tag-resolution"
COVERS = ("CFG-06",)

_LAUNCH = 'import yaml\nstart("sglang.launch_server", yaml.safe_load(open("/etc/engine/engine.yaml"))["launch_server"])'
GOOD = launched({"launch.py": _LAUNCH, "engine.yaml": "launch_server: {tensor-parallel-size: 8}"})
BAD = launched({"launch.py": _LAUNCH, "engine.yaml": "launch_server:"})


@once_a_place
def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        yield from (Problem(*found) for found in hollow(engine))
