"""The validator's verdict on each mutant against the server's own, over every kind that the fleet may use.

``CORPUS=20000 CORPUS_SEED=7 make cluster-test`` runs a larger or another corpus. ``CORPUS_CRDS`` may name a folder of
definitions of projects that publish none in a registry: then their own are asked, and not what we made of them.
"""

from __future__ import annotations

import http.client
import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import binaries
import corpus
import pytest
from client import Client

from servelint.model import Resource
from servelint.server import conformance
from support import ROOT

COUNT = int(os.environ.get("CORPUS", "1600"))
SEED = int(os.environ.get("CORPUS_SEED", "20261121"))
VERSION = binaries.minor()
OF_THE_CLUSTER = {
    r'namespaces "[^"]*" not found': "admission of a Pod looks its namespace up",
    r"serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set": (
        "admission gives every Pod a service account; it is off here, because it looks the account up"
    ),
    r"uid mismatch": "there may be an object of this uid, or none",
    r"no PriorityClass with name": "admission of a Pod looks its priority class up",
    r'RuntimeClass "[^"]*" not found': "admission of a Pod looks its runtime class up",
}
"""Refusals that no manifest shows, and why: another cluster would look further. Such mutants are left out."""
UNDECIDED = "?"

DELIBERATE = {
    r"(nodePort|healthCheckNodePort): must be between 30000 and 32767": (
        "the server looks at the range when it allocates the port, which a dry run does not"
    ),
    r'"[+-]?[A-Za-z]{0,2}" is not a quantity': "the server reads a unit without a number as zero, which nobody means",
}
"""What we refuse and the server accepts: by our words for it, and why."""
WEBHOOKS = re.compile(
    r"^spec\.(resourceGroups|nodeTaints|nodeLabels|refreshInterval|leaderWorkerTemplate|rolloutStrategy|provider)\b"
    r"|^spec\.(predictor|transformer|explainer)\b|^metadata\.annotations\[(serving\.kserve|leaderworkerset)\."
)
"""What the webhooks of Kueue, External Secrets, KServe and LeaderWorkerSet refuse, which this control plane runs
without."""


class Verdicts(NamedTuple):
    """What both say of a mutant; "" is acceptance."""

    mutant: corpus.Mutant
    ours: str
    theirs: str


def ours(body: dict[str, object]) -> str:
    """Why validate.py calls it an error that the server would refuse it, or ""."""
    resource = Resource(body)
    if conformance.unserved(resource, (VERSION,)):
        return "unknown kind"
    for _, violation in conformance.violations(resource, (VERSION,)):
        return f"{'/'.join(map(str, violation.pointer))}: {violation.message}"
    for complaint in conformance.complaints(resource, (VERSION,)):
        return f"{complaint.path}: {complaint.message}"
    for complaint in conformance.unmergeable(resource, (VERSION,)):
        return f"{complaint.path}: {complaint.message}"
    return ""


def theirs(client: Client, body: dict[str, object]) -> str:
    """Why the server refuses to create or to apply it, or ""."""
    metadata = body.get("metadata")
    unnamed = isinstance(metadata, dict) and not metadata.get("name") and metadata.get("generateName")
    for way in (client.create,) if unnamed else (client.create, client.apply):
        try:
            answer = way(body)
        except (OSError, http.client.HTTPException):
            return "the server broke off"  # its own code fails for some objects
        if any(re.search(state, answer.message) for state in OF_THE_CLUSTER):
            return UNDECIDED
        if not answer.valid:
            return answer.message or f"status {answer.status}"
    return ""


@pytest.fixture(scope="module")
def verdicts(control: object) -> list[Verdicts]:
    client: Client = control.client  # type: ignore[attr-defined]
    found = corpus.mutants(ROOT, COUNT, SEED)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda mutant: theirs(client, mutant.body), found))
    pairs = zip(found, answers, strict=True)
    return [Verdicts(mutant, ours(mutant.body), answer) for mutant, answer in pairs if answer != UNDECIDED]


FEW = 10
"""Rows of a table with fewer mutants that both judge alike are put together."""


def _table(verdicts: list[Verdicts], by: str) -> str:
    """How often who accepts, by a property of the mutants."""
    rows: dict[str, Counter[tuple[bool, bool]]] = {}
    for v in verdicts:
        rows.setdefault(getattr(v.mutant, by), Counter())[(not v.ours, not v.theirs)] += 1
    small = [n for n, c in rows.items() if c.total() < FEW and not c[True, False] and not c[False, True]]
    rest: Counter[tuple[bool, bool]] = sum((rows.pop(name) for name in small), Counter())
    listed = [*sorted(rows.items()), *([(f"{len(small)} others", rest)] if small else [])]
    width = max(map(len, (by, *(name for name, _ in listed))))
    head = f"{by:<{width}}  both accept  both refuse  only we accept  only we refuse"
    body = [
        f"{name:<{width}}  {c[True, True]:>11}  {c[False, False]:>11}  {c[True, False]:>14}  {c[False, True]:>14}"
        for name, c in listed
    ]
    return "\n".join([head, *body])


def test_seeds_are_accepted_by_both(control: object) -> None:
    client: Client = control.client  # type: ignore[attr-defined]
    refused = {f"{b['apiVersion']} {b['kind']}": (ours(b), theirs(client, b)) for b in corpus.seeds(ROOT)}
    assert {kind: why for kind, why in refused.items() if any(why)} == {}


def test_nothing_that_the_server_refuses_is_accepted(
    verdicts: list[Verdicts], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        tables = "\n\n".join(_table(verdicts, by) for by in ("kind", "field", "what"))
        left_out = f"{COUNT - len(verdicts)} left out, which only the state of a cluster decides"
        print(f"\n{len(verdicts)} mutants, seed {SEED}, Kubernetes {VERSION}; {left_out}\n\n{tables}")
    missed = [f"{v.mutant}: {v.theirs[:300]}" for v in verdicts if v.theirs and not v.ours]
    assert not missed, f"{len(missed)} of {len(verdicts)}\n" + "\n".join(missed)


def test_hardly_anything_that_the_server_accepts_is_refused(
    verdicts: list[Verdicts], capsys: pytest.CaptureFixture[str]
) -> None:
    extra = [v for v in verdicts if v.ours and not v.theirs and not WEBHOOKS.match(v.ours)]
    reasons = [next((why for what, why in DELIBERATE.items() if re.search(what, v.ours)), "") for v in extra]
    with capsys.disabled():
        print(f"\n{len(extra)} of {len(verdicts)} that we alone refuse")
        for v, why in zip(extra, reasons, strict=True):
            print(f"{v.mutant}: {v.ours} ({why or 'nobody knows why'})")
    assert all(reasons) and len(extra) <= len(verdicts) * 0.005
