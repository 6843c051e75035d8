"""An object's name is too long for what its controller makes of it.

A StatefulSet labels its pods with its own name, a dash and a hash of up to ten characters, and a label has at most 63.
A LeaderWorkerSet is a StatefulSet of leaders, and each of them one of workers, `<name>-<group>`; a JobSet names pods
`<set>-<job>-<index>-<pod>-<five more>`. The server takes the object, and its controller fails at every pod, for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem, Resource, is_marker, mapping, mappings, whole
from ...views.derived import LABEL, overlong
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Shorten the base's name or the overlay's prefix.",
    "Shorten the base's name or the overlay's prefix: with most hashes the name is too long.",
)
SOURCE = "https://github.com/kubernetes/kubernetes/issues/64023"
COVERS = ()

GOOD = server(kind="LeaderWorkerSet").replace("name: server", f"name: {'a' * 50}", 1)
BAD = GOOD.replace("a" * 50, "a" * 52)

PODS = 5
"""Characters that a Job adds to the names of its pods."""


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.of("StatefulSet", "LeaderWorkerSet", "JobSet"):
        if is_marker(resource.name) or "generateName" in resource.metadata:
            continue
        at = ("metadata", "name")
        if resource.kind == "JobSet":
            longest = max(_pods(resource), key=len, default="")
            if len(longest) > LABEL:
                yield Problem(resource, at, f"JobSet makes pods {longest} of it, {len(longest)} characters of {LABEL}")
            continue
        if resource.kind == "LeaderWorkerSet" and resource.name[:1].isdigit():
            text = "begins with a digit, and a LeaderWorkerSet makes a Service of its name, which begins with a letter"
            yield Problem(resource, at, text)
            continue
        if (found := overlong(resource)) is not None:
            text, certain = found
            yield Problem(resource, at, text, severity="error" if certain else "warning")


def _pods(resource: Resource) -> Iterator[str]:
    """The longest name of a pod of each Job of a set."""
    for _, job in mappings(resource.spec.get("replicatedJobs")):
        spec = mapping(mapping(job.get("template")).get("spec"))
        last = (whole(job.get("replicas")) or 1) - 1
        pods = whole(spec.get("completions")) or whole(spec.get("parallelism")) or 1
        yield f"{resource.name}-{job.get('name')}-{max(last, 0)}-{max(pods - 1, 0)}-{'x' * PODS}"
