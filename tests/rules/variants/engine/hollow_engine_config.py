"""What hollow-engine-config tells apart beyond its own examples."""

from servelint.rules.engine.hollow_engine_config import _LAUNCH
from servelint.rules.examples import launched

ALSO_GOOD = [launched({"launch.py": _LAUNCH, "engine.yaml": "launch_server: {}"})]
ALSO_BAD = [launched({"launch.py": _LAUNCH, "engine.yaml": text}) for text in (
    "", "launch_server: 8", "launch_server: {}\n---\na: b",
)]  # fmt: skip
