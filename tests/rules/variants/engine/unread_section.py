"""What unread-section tells apart beyond its own examples."""

from servelint.rules.engine.unread_section import _SERVER
from servelint.rules.examples import launched

_LOADS = "import launchlib\nconfig = launchlib.load(['launch_server'])  # /etc/engine/engine.yaml"

ALSO_GOOD = [
    launched({"launch.py": "start(open('/etc/engine/engine.yaml'))", "engine.yaml": f"{_SERVER}other: {{a: 4}}"}),
]
ALSO_BAD = [launched({"launch.py": _LOADS, "engine.yaml": text}) for text in ("x: 1", f"{_SERVER}x: 1")]
