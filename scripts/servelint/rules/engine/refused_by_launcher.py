"""engine.yaml lacks a key that its launcher reads itself, or has it in a form at which the launcher stops.

A benchmark without the address of its server, an address without `http://`, a dataset without its lengths, two
experiments that would write one file of results. The launcher checks them first thing and says so in one line, but by
then the Job has waited in the queue and pulled its image.
"""

from ...model import Overlay, Problem, Problems, once_a_place
from ...views.engines import engines
from ...views.needs import faults
from ..examples import launched

SEVERITY = "error"
HINT = "Write the key as the message says; the launcher names it in the same words."
SOURCE = "https://yaml.org/spec/1.2.2/#1032-tag-resolution"
COVERS = ("CFG-06",)

_LAUNCH = """\
import launchlib
needs = {"bench_serving": {"base-url": "address"}, "experiments": [{"name": "file name", "rounds?": "number"}]}
config = launchlib.load(["bench_serving", "experiments"], needs=needs)
launchlib.run(["python3", "-m", "sglang.bench_serving", "/etc/engine/engine.yaml"])
"""
_URL, _NAMED = "base-url: http://server:8000", "[{name: a}, {name: b-1.0, rounds: 3}]"


def _bench(section: str = _URL, experiments: str = _NAMED, launcher: str = _LAUNCH) -> str:
    return launched({"launch.py": launcher, "engine.yaml": f"bench_serving: {{{section}}}\nexperiments: {experiments}"})


GOOD = _bench()
BAD = _bench("backend: sglang")


@once_a_place
def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        yield from (Problem(*found) for found in faults(engine))
