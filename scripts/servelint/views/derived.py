"""Names that controllers derive from the names of objects, and how long those may be.

Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/controller/history/controller_history.go and
https://github.com/kubernetes-sigs/lws/blob/main/pkg/controllers/pod_controller.go
"""

from __future__ import annotations

from ..model import Resource, is_marker, mapping, whole

LABEL = 63
"""Characters of a label's value, and of one part of a host name (RFC 1123)."""
HASH = 10
"""Characters of the hash of a StatefulSet's revision, at most: the digits of a number of 32 bits."""


def overlong(resource: Resource, size: int | None = None) -> tuple[str, bool] | None:
    """What of a StatefulSet's or a LeaderWorkerSet's pods is too long by its name, and whether that is certain.

    size: pods of a group, where the object does not say so yet. A hash has nine characters or fewer once in four.
    """
    if resource.kind not in ("StatefulSet", "LeaderWorkerSet"):
        return None
    made = resource.name if resource.kind == "StatefulSet" else group_set(resource, size)
    length = len(made) + 1 + HASH
    if length <= LABEL:
        return None
    said = f"pods get the label controller-revision-hash {made}-<hash>, {length} characters of at most {LABEL}"
    return said, length - 1 > LABEL


def overlong_service(resource: Resource) -> str | None:
    """What KServe makes of an InferenceService's name that is too long.

    Source: https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/components/predictor.go
    """
    made = [f"isvc.{resource.name}-predictor"]
    if resource.namespace and not is_marker(resource.namespace):
        made.append(f"{resource.name}-predictor-{resource.namespace}")
    longest = max(made, key=len)
    return (
        f"KServe makes {longest} of it, {len(longest)} characters of at most {LABEL}" if len(longest) > LABEL else None
    )


def group_set(resource: Resource, size: int | None = None) -> str:
    """The longest name of a StatefulSet that a LeaderWorkerSet makes: of the workers of its last group, or of all
    leaders where a group has no workers."""
    spec = resource.spec
    given, replicas = mapping(spec.get("leaderWorkerTemplate")).get("size", size), spec.get("replicas")
    if (1 if given is None else whole(given)) == 1:
        return resource.name
    last = (1 if replicas is None else whole(replicas) or 1) - 1
    return f"{resource.name}-{max(last, 0)}"
