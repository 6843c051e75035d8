"""A disruption budget allows no eviction, or a pod has two budgets.

A drain asks the budget for each pod. One that never allows anything holds a node upgrade up until GKE's patience of an
hour ends and the pod is killed all the same, in the middle of its requests. With two budgets over one pod each eviction
fails with an error of the server, whatever they allow.
"""

import re
from functools import lru_cache

from ...model import Overlay, Pod, Problem, Problems, Resource, mapping, whole
from ...views.admission import owner, replicas
from ...views.selection import RUNTIMES, selected
from ..examples import other, server, together

SEVERITY = ("error", "warning")
HINT = (
    "Let each pod be selected by one budget.",
    "Let the budget allow one eviction, or run one replica more; a server that may go needs no budget.",
)
SOURCE = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/"


def _budget(amount: str, name: str = "budget", label: str = "app: server") -> str:
    spec = f"{amount}, selector: {{matchLabels: {{{label}}}}}"
    return other("PodDisruptionBudget", spec, name=name, api="policy/v1")


_ONE = server(kind="Deployment")
_LABELLED = server(kind="Deployment", metadata="labels: {part: of}")
GOOD = together(_budget("maxUnavailable: 1"), _ONE)
BAD = together(_budget("maxUnavailable: 1"), _budget("maxUnavailable: 1", "other", "part: of"), _LABELLED)

UNSCALED = ("Job", "CronJob", "JobSet", "Pod", "MPIJob", "PyTorchJob")
"""Kinds without a scale of their own, so that a share of them, or what may be missing, cannot be reckoned."""


def check(overlay: Overlay) -> Problems:
    first: dict[int, Resource] = {}
    for budget in overlay.of("PodDisruptionBudget"):
        selector = budget.spec.get("selector")
        if budget.group != "policy" or not isinstance(selector, dict):
            continue
        pods = [pod for pod in selected(overlay, budget, selector) if pod.resource.kind not in RUNTIMES]
        both = [(pod, first[id(pod)]) for pod in pods if id(pod) in first]
        if both:
            pod, before = both[0]
            text = f"also selects the pods of {owner(pod)}, which budget {before.name} selects: no eviction succeeds"
            yield Problem(budget, ("spec", "selector"), text)
        for pod in pods:
            first.setdefault(id(pod), budget)
        if pods and not both:
            yield from _amounts(overlay, budget, pods)


def _amounts(overlay: Overlay, budget: Resource, pods: list[Pod]) -> Problems:
    """What keeps a budget from allowing any eviction of its pods."""
    count = sum(_fewest(overlay, pod) for pod in pods)
    for field in ("minAvailable", "maxUnavailable"):
        value = budget.spec.get(field)
        number = _scaled(value, count)
        if value is None or number is None:
            continue
        at = ("spec", field)
        lone = next((pod for pod in pods if pod.resource.kind in UNSCALED), None)
        if lone is not None and (field == "maxUnavailable" or isinstance(value, str)):
            text = f"{field} is reckoned by the scale of the pods' owner, which {owner(lone)} lacks: nothing may go"
            yield Problem(budget, at, text, severity="warning")
        elif field == "maxUnavailable" and number == 0:
            yield Problem(budget, at, f"{field} is {value}: no pod may ever be evicted", severity="warning")
        elif field == "minAvailable" and count and number >= count:
            text = f"{field} is {value} of {count} pod{'s' * (count > 1)}: none of them may ever be evicted"
            yield Problem(budget, at, text, severity="warning")


def _fewest(overlay: Overlay, pod: Pod) -> int:
    """Pods of a template that stand at least: what an autoscaler leaves, if there is one."""
    least = _scaled_by(overlay).get((pod.resource.kind, pod.resource.name))
    return replicas(pod) if least is None else least


@lru_cache(maxsize=64)
def _scaled_by(overlay: Overlay) -> dict[tuple[str, str], int]:
    """The fewest replicas that an autoscaler leaves of each object, by kind and name."""
    found = {}
    for scaler in overlay.of("HorizontalPodAutoscaler"):
        target, least = mapping(scaler.spec.get("scaleTargetRef")), scaler.spec.get("minReplicas")
        found[str(target.get("kind")), str(target.get("name"))] = max(1 if least is None else whole(least) or 0, 0)
    return found


def _scaled(value: object, count: int) -> int | None:
    """A number of pods, or a share of them, which the controller rounds up."""
    share = re.fullmatch(r"(\d{1,3})%", value) if isinstance(value, str) else None
    return -(-count * int(share[1]) // 100) if share else whole(value)
