"""What drifted-copy tells apart beyond its own examples."""

from servelint.rules.examples import bash, together
from servelint.rules.files.drifted_copy import _ONE, _OTHER

_SHORT = [bash("\n".join(f"step {i}" for i in range(9)) + end) for end in ("\na\nb\nc", "\na\nb", "\na")]

ALSO_GOOD = [
    (_SHORT[1], _SHORT[2]), (_ONE, _ONE.replace("--phase", "--step")),
    (_ONE, _OTHER.replace("launch.sh", "launch.txt").replace("#!", "#")),
]  # fmt: skip
ALSO_BAD = [(_ONE, _OTHER.replace("launch.sh", "launch.py")), (together(_ONE, _OTHER),)]
