"""A section of a launcher's configuration that the launcher never reads.

The launchers of this fleet stop at a section that they do not know; others ignore it, and the published number then
belongs to a configuration that nobody wrote. A section counts as read if its name stands in a mounted script as a text
of its own, and the file is judged only where the launcher picks its sections by name.
"""

from ...model import Overlay, Problem, Problems
from ...views.engines import all_sections, loaded_sections
from ...views.launchers import configurations
from ..examples import launched

SEVERITY = "error"
HINT = "Correct the section's name to one that the launcher reads, or delete it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/launchers/trtllm-launcher.sh"
COVERS = ("CFG-01",)

_LAUNCH = 'config = yaml.safe_load(open("/etc/engine/engine.yaml"))\nstart(config["launch_server"], config["warmup"])'
_SERVER = "launch_server: {tensor-parallel-size: 8}\n"
GOOD = launched({"launch.py": _LAUNCH, "engine.yaml": f"{_SERVER}warmup: {{requests: 4}}"})
BAD = launched({"launch.py": _LAUNCH, "engine.yaml": f"{_SERVER}warm-up-server: {{requests: 4}}"})


def declared(script: str) -> tuple[str, ...]:
    """The sections that a launcher of this fleet says it reads."""
    found = loaded_sections(script)
    return (*found.required, *found.optional)


def check(overlay: Overlay) -> Problems:
    for config in configurations(overlay):
        read = [name for name, value in config.content.items() if name in config.names and not config.scalar(value)]
        read = [name for script in config.scripts for name in declared(script)] or read
        if not read and not any(map(config.scalar, config.content.values())):
            # None of the sections is known: then by the names that the launchers of this fleet give to theirs.
            read = [name for name in all_sections() if name in config.names]
        for name in config.content if read else ():
            if name not in config.names and not config.respelled(name):
                message = f"nothing reads {name}: the launcher knows {', '.join(sorted(read))}"
                yield Problem(config.resource, (*config.pointer, name), message)
