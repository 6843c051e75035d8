"""A probe restarts a GPU server before its load is done.

Until a startup probe succeeds the liveness probe waits; without one it starts counting at once. If what is counted
runs out before the weights can be loaded, kubelet kills the server and it loads again from the beginning, forever: the
node is paid for and never serves.

It is a warning where a fast load is done in time and a cold one is not: on the day the cache is empty, the bucket
throttles or the image is new, the server restarts in the middle of it. A liveness probe alone can hardly do both: wait
for a load and notice a hang.
"""

from ...model import Overlay, Problem, Problems
from ...views import loading
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Give the server a startupProbe whose periodSeconds x failureThreshold is twice a cold load, say 10 x 360."
SOURCE = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
COVERS = ("ROL-02",)
FORMERLY = (("tight-startup-budget", "warning"),)

_PROBE = "Probe: {httpGet: {path: /health, port: 30000}, periodSeconds: 10, failureThreshold: %d}\n"
GOOD = server(kind="Deployment", container=f"startup{_PROBE % 360}liveness{_PROBE % 12}")
BAD = GOOD.replace("failureThreshold: 360", "failureThreshold: 30")


def check(overlay: Overlay) -> Problems:
    for container, known in loading.servers(overlay):
        killer = loading.killer(container)
        if killer is None:
            continue
        probe, seconds = killer
        least, likely = loading.least(overlay, container), loading.likely(overlay, container)
        if probe == "livenessProbe":  # without a startup probe nothing short of the recipes' half hour is safe
            likely = max(likely, loading.HALF_HOUR)
        at, restarts = loading.pointer(container, probe), f"{probe} restarts the server after {seconds} s"
        if known and seconds < least:
            message = f"{restarts}, but no load of it is done in less than {least} s"
            yield Problem(container.resource, at, message)
        elif seconds < likely:
            message = f"{restarts}, but a cold load can take {likely} s"
            yield Problem(container.resource, at, message, severity="warning")
