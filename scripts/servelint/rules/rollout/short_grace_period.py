"""A server is killed while it still generates.

Between the request to end and the kill lie `terminationGracePeriodSeconds`, 30 by default, and the preStop hook is part
of them. What is left is all that running generations get: with half a minute every rollout and every node upgrade cuts
the long answers off. How long a generation takes is not in the manifest, so a timeout that the set grants its requests
counts, and without one what 4096 tokens take at 40 a second.
"""

import re
from collections.abc import Iterator

from ...model import Container, Overlay, Problem, Problems, mapping, mappings, whole
from ...views import loading
from ...views.amounts import seconds
from ..examples import server

SEVERITY = "warning"
HINT = "Set terminationGracePeriodSeconds to the preStop hook, the longest generation and some seconds to exit."
SOURCE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"
COVERS = ("ROL-07",)

_HOOK = "lifecycle: {preStop: {sleep: {seconds: 15}}}"
GOOD = server(kind="Deployment", container=_HOOK, pod="terminationGracePeriodSeconds: 630")
BAD = server(kind="Deployment", container=_HOOK)

GENERATION = 100
"""Seconds that 4096 tokens take at 40 tokens a second, which is what a reader of a busy large model sees."""


def check(overlay: Overlay) -> Problems:
    needed, why = max(_timeouts(overlay), default=(GENERATION, "a generation of 4096 tokens"))
    told = set()  # its containers are killed together
    for container, _ in loading.servers(overlay):
        pod = container.pod
        given = pod.spec.get("terminationGracePeriodSeconds")
        grace = 30 if given is None else whole(given)
        stop = _pre_stop(container)
        if grace is None or stop is None or pod in told:
            continue
        if grace - stop < needed:
            told.add(pod)
            at = (*pod.pointer, "terminationGracePeriodSeconds")
            if given is None:  # many patches write into a pod; the hook stands where the time to end was thought of
                at = (*container.pointer, "lifecycle") if "lifecycle" in container.body else pod.pointer
            after = f", {stop} s of it for the preStop hook" if stop else ""
            default = " by default" if given is None else ""
            message = f"is killed {grace} s after it is told to end{default}{after}, but {why} takes {needed} s"
            yield Problem(pod.resource, at, message)


def _pre_stop(container: Container) -> int | None:
    """Seconds that the preStop hook takes at least; None where it waits for something that no manifest shows."""
    hook = mapping(mapping(container.body.get("lifecycle")).get("preStop"))
    if "sleep" in hook:
        return whole(mapping(hook["sleep"]).get("seconds"))
    command = mapping(hook.get("exec")).get("command")
    text = " ".join(word for word in command if isinstance(word, str)) if isinstance(command, list) else ""
    return sum(int(number) for number in re.findall(r"\bsleep\s+(\d{1,6})\b", text))


def _timeouts(overlay: Overlay) -> Iterator[tuple[int, str]]:
    """What the set grants one request: seconds, and who does."""
    for resource in overlay.resources:
        found: list[float | None] = []
        if resource.kind == "HTTPRoute":
            rules = [mapping(rule.get("timeouts")) for _, rule in mappings(resource.spec.get("rules"))]
            found = [seconds(timeouts.get("request")) for timeouts in rules]
        elif resource.kind == "BackendConfig":
            found = [whole(resource.spec.get("timeoutSec"))]
        elif resource.kind == "GCPBackendPolicy":
            found = [whole(mapping(resource.spec.get("default")).get("timeoutSec"))]
        elif resource.kind == "InferenceService":
            found = [whole(mapping(resource.spec.get("predictor")).get("timeout"))]
        yield from ((int(number), f"a request of {resource.title}") for number in found if number)
