"""What Kueue's webhooks refuse of its objects, beyond their schema.

Sources: pkg/webhooks of https://pkg.go.dev/sigs.k8s.io/kueue (clusterqueue_webhook.go, cohort_webhook.go,
resourceflavor_webhook.go and common.go), read at v0.17.0. What the definitions themselves hold objects to, among it
that each flavor lists as many resources as are covered, is the schema's to say.
"""

from collections.abc import Iterator
from typing import Any

from .field import Complaint, Pointer, complaint, given, mapping, objects, quoted, text, texts
from .names import label_selector, label_value, labels, qualified, quantity

Body = dict[str, Any]
MOST = (("flavors", 256), ("coveredResources", 256))
MOST_PAIRS = 512
"""Flavors times resources of one resource group."""
AMOUNTS = ("nominalQuota", "borrowingLimit", "lendingLimit")


def cluster_queue(body: Body, version: str) -> Iterator[Complaint]:
    """ClusterQueue, of either version: v1beta1 calls the cohort ``cohort``."""
    spec = mapping(body.get("spec"))
    has_cohort = bool(text(spec.get("cohortName")) or text(spec.get("cohort")))
    yield from _groups(spec, "cohort" if not has_cohort else None, lend_beyond=False)
    yield from label_selector(spec.get("namespaceSelector"), ("spec", "namespaceSelector"))
    yield from _weight(spec)


def cohort(body: Body, version: str) -> Iterator[Complaint]:
    """Cohort, of either version: v1beta1 calls the parent ``parent``."""
    spec = mapping(body.get("spec"))
    has_parent = bool(text(spec.get("parentName")) or text(spec.get("parent")))
    yield from _weight(spec)
    yield from _groups(spec, "parent" if not has_parent else None, lend_beyond=True)


def _weight(spec: Body) -> Iterator[Complaint]:
    weight = quantity(mapping(spec.get("fairSharing")).get("weight"))
    at: Pointer = ("spec", "fairSharing", "weight")
    if weight is not None and weight < 0:
        yield complaint(at, "must not be negative")
    elif weight == 1:
        yield complaint(at, "must be more than a billionth, or 0")


def _groups(spec: Body, lacks: str | None, *, lend_beyond: bool) -> Iterator[Complaint]:
    """The resource groups. lacks: what limits of borrowing and lending need and is not there."""
    at: Pointer = ("spec", "resourceGroups")
    groups = objects(spec.get("resourceGroups"))
    for field, most in MOST:
        total = sum(len(listed) for _, group in groups if isinstance(listed := group.get(field), list))
        if total > most:
            yield complaint(at, f"{field} of all groups together are at most {most}, got {total}")
    resources: set[str] = set()
    flavors: set[str] = set()
    for i, group in groups:
        covered = [name for _, name in texts(group.get("coveredResources"))]
        for j, name in enumerate(covered):
            here: Pointer = (*at, i, "coveredResources", j)
            wrong = qualified(name)
            if wrong:
                yield complaint(here, wrong)
            if name in resources:
                yield complaint(here, f"{quoted(name)} is covered twice")
            resources.add(name)
        pairs = 0
        for j, flavor in objects(group.get("flavors")):
            here = (*at, i, "flavors", j)
            quotas = objects(flavor.get("resources"))
            pairs += len(quotas)
            for k, quota in quotas[: len(covered)]:
                yield from _quota(quota, covered[k], lacks, (*here, "resources", k), lend_beyond)
            name = text(flavor.get("name"))
            if name in flavors:
                yield complaint((*here, "name"), f"flavor {quoted(name)} stands here twice")
            flavors.add(name)
        if pairs > MOST_PAIRS:
            yield complaint((*at, i), f"flavors times resources are at most {MOST_PAIRS}, got {pairs}")


def _quota(quota: Body, covered: str, lacks: str | None, at: Pointer, lend_beyond: bool) -> Iterator[Complaint]:
    name = text(quota.get("name"))
    if name != covered:
        message = f"must be {quoted(covered)}: a flavor lists its resources in the order of coveredResources"
        yield complaint((*at, "name"), f"{message}, got {quoted(name)}")
    for field in AMOUNTS:
        amount = quantity(quota.get(field)) if given(quota, field) else None
        if amount is not None and amount < 0:
            yield complaint((*at, field), f"must not be negative, got {quoted(quota[field])}")
        if lacks and field != "nominalQuota" and given(quota, field):
            yield complaint((*at, field), f"has no place without a {lacks}")
    nominal = quantity(quota.get("nominalQuota"))
    lent = quantity(quota.get("lendingLimit")) if given(quota, "lendingLimit") else None
    if not lend_beyond and lent is not None and nominal is not None and lent > nominal:
        yield complaint((*at, "lendingLimit"), f"must not exceed nominalQuota, got {quoted(quota['lendingLimit'])}")


def flavor(body: Body, version: str) -> Iterator[Complaint]:
    """ResourceFlavor."""
    spec = mapping(body.get("spec"))
    yield from labels(spec.get("nodeLabels"), ("spec", "nodeLabels"))
    seen = set()
    for i, taint in objects(spec.get("nodeTaints")):
        at: Pointer = ("spec", "nodeTaints", i)
        key, effect = text(taint.get("key")), text(taint.get("effect"))
        for field, wrong in (("key", qualified(key)), ("value", label_value(text(taint.get("value"))))):
            if wrong:
                yield complaint((*at, field), wrong)
        if (key, effect) in seen:
            yield complaint(at, f"a taint {quoted(key)} of effect {effect} stands here twice")
        seen.add((key, effect))
    for i, toleration in objects(spec.get("tolerations")):
        key = text(toleration.get("key"))
        wrong = qualified(key) if key else None
        if wrong:
            yield complaint(("spec", "tolerations", i, "key"), wrong)
