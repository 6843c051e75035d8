"""Argo CD retries a failed sync with the commit that failed.

While it retries it does not look at Git, unless `refresh: true`: the fix is merged, and the cluster goes on trying the
broken commit until the last attempt has failed. With backoffs of half an hour that is a morning.
"""

from ...model import Overlay, Problem, Problems, mapping, whole
from ...views.amounts import seconds
from ...views.delivery import deliveries
from ..examples import other

SEVERITY = "warning"
HINT = "Set retry.refresh: true, or let the attempts end within some minutes."
SOURCE = "https://github.com/argoproj/argo-cd/issues/11494"
COVERS = ("GIT-07",)

GOOD = other(
    "Application",
    "source: {path: overlays}, syncPolicy: {automated: {}, retry: {limit: 10, refresh: true,\n"
    "backoff: {duration: 1m, factor: 2, maxDuration: 30m}}}",
)
BAD = GOOD.replace(" refresh: true,", "")

LONG = 3600.0
"""Seconds for which a fix may wait. The default, five attempts from 5 s on, takes two and a half minutes."""
MOST = 1000


def _duration(retry: dict[str, object]) -> float:
    """Seconds between the first failure and the last attempt; attempts themselves not counted."""
    backoff = mapping(retry.get("backoff"))
    wait = seconds(backoff.get("duration", "5s")) or 5.0
    most = seconds(backoff.get("maxDuration", "3m")) or 180.0
    factor = max(whole(backoff.get("factor", 2)) or 2, 1)
    limit = whole(retry.get("limit"))
    if limit is None:
        return 0.0
    if limit < 0:  # for ever
        return float("inf")
    total = 0.0
    for _ in range(min(limit, MOST)):
        total += min(wait, most)
        wait = min(wait * factor, most)
    return total


def check(overlay: Overlay) -> Problems:
    for delivery in deliveries(overlay):
        policy = mapping(delivery.spec.get("syncPolicy"))
        retry = mapping(policy.get("retry"))
        lasts = _duration(retry)
        if delivery.tool == "Argo CD" and "automated" in policy and retry.get("refresh") is not True and lasts > LONG:
            long = "without end" if lasts == float("inf") else f"for {lasts / 3600:.1f} h"
            text = f"{delivery.resource.title} retries one commit {long}, whatever Git says"
            yield Problem(delivery.resource, (*delivery.at, "syncPolicy", "retry"), text)
