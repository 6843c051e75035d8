"""An object's name is too long for what its controller makes of it.

A StatefulSet labels its pods with its own name, a dash and a hash of up to ten characters, and a label has at most 63.
A LeaderWorkerSet is a StatefulSet of leaders, and each of them one of workers, `<name>-<group>`; a JobSet names pods
`<set>-<job>-<index>-<pod>-<five more>`; Kueue labels a group's pods with its workload's name. The server takes the
object, and the controller fails at every pod, for ever.
"""

from ...model import Overlay, Problem, Problems, is_marker
from ...views.derived import overlong
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Shorten the base's name or the overlay's prefix.",
    "Shorten the base's name or the overlay's prefix; Kueue's gate WorkloadIdentifierAnnotations lifts its own limit.",
)
SOURCE = "https://github.com/kubernetes/kubernetes/issues/64023"

GOOD = server(kind="LeaderWorkerSet").replace("name: server", f"name: {'a' * 50}", 1)
BAD = GOOD.replace("a" * 50, "a" * 52)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("StatefulSet", "LeaderWorkerSet", "JobSet"):
        if is_marker(resource.name) or "generateName" in resource.metadata:
            continue
        at = ("metadata", "name")
        if resource.kind == "LeaderWorkerSet" and resource.name[:1].isdigit():
            text = "begins with a digit, and a LeaderWorkerSet makes a Service of its name, which begins with a letter"
            yield Problem(resource, at, text)
        elif (made := overlong(resource)) is not None:
            yield Problem(resource, at, str(made), severity="error" if made.certain else "warning")
