"""A selector that cannot change holds a value that will.

The selector of a Deployment is immutable. With `commonLabels` or `includeSelectors` a version, an image tag or a commit
gets into it: the first sync is fine, and the next one fails with "field is immutable" until a person deletes the
server.
"""

import re

from ...model import Overlay, Problem, Problems, mapping
from ..examples import server

SEVERITY = "error"
HINT = "Keep the label out of the selector: `labels` without includeSelectors, or with includeTemplates alone."
SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates"
COVERS = ("KZ-10",)

_SERVER = server(kind="Deployment")
GOOD = _SERVER.replace(" labels: {app: server}", " labels: {app: server, app.kubernetes.io/version: v0.4.6}")
BAD = GOOD.replace("matchLabels: {app: server}", "matchLabels: {app: server, app.kubernetes.io/version: v0.4.6}")

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
KEYS = re.compile(
    r"(?i)(?:.*[-_.])?(?:version|revision|rev|tag|image|build|commit|sha|digest|chart|date|timestamp|hash|model|checkpoint|weights)"
)
VALUES = re.compile(
    r"(?i)v?\d+(?:\.\d+)+(?:[-.]?\w)*|v\d+|(?=\w*\d)[0-9a-f]{7,40}|20\d\d-?[01]\d-?[0-3]\d.*|latest|nightly"
)
IDENTITY = re.compile(r"(?:.*/)?(?:name|instance|component|part-of|managed-by|app|role|tier)", re.IGNORECASE)


def _changes(key: str, value: str) -> bool:
    """Whether a label says which version of a thing this is, rather than which thing."""
    return not IDENTITY.fullmatch(key) and bool(KEYS.fullmatch(key.rpartition("/")[2]) or VALUES.fullmatch(value))


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of(*KINDS):
        for key, value in mapping(mapping(resource.spec.get("selector")).get("matchLabels")).items():
            # server-v1 beside server-v2 is a canary: a new value comes with a new name, and nothing has to change.
            if _changes(str(key), str(value)) and str(value).lower() not in resource.name.lower():
                text = f"the selector of {resource.title} holds {key}: {value}, and it can never change"
                yield Problem(resource, ("spec", "selector", "matchLabels", key), text)
