"""What unread-run-duration tells apart beyond its own examples."""

from servelint.rules.examples import QUEUED, marked, other, server
from servelint.rules.queue.unread_run_duration import _LASTS, GOOD

_SERVICE = other("InferenceService", "predictor: {model: {modelFormat: {name: triton}}}")

ALSO_GOOD = [
    marked(server(kind="Job"), _LASTS.replace("provreq.", "other.")), marked(_SERVICE, f"{QUEUED}\n{_LASTS}"),
    GOOD.replace("'3600'", "SITE_SECONDS"), GOOD.replace("'3600'", "'604800'"),
    GOOD.replace("maxRunDurationSeconds: '3600'", "class: a"),
]  # fmt: skip
ALSO_BAD = [
    marked(server(kind="Job", metadata=_LASTS), QUEUED), GOOD.replace("'3600'", "1h"),
    GOOD.replace("'3600'", "'604801'"), GOOD.replace("'3600'", "'0'"),
]  # fmt: skip
