"""Roles and who has them.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/rbac/validation
"""

from collections.abc import Callable, Iterator
from typing import Any

from .field import (
    Complaint,
    Pointer,
    checked,
    choice,
    chosen,
    complaint,
    given,
    mapping,
    named,
    objects,
    required,
    texts,
)
from .names import label_selector, path_segment, subdomain

GROUP = "rbac.authorization.k8s.io"
SUBJECTS = ("ServiceAccount", "User", "Group")

Check = Callable[[dict[str, Any], str], Iterator[Complaint]]


def _rules(body: dict[str, Any], namespaced: bool) -> Iterator[Complaint]:
    for i, rule in objects(body.get("rules")):
        at = ("rules", i)
        if not texts(rule.get("verbs")):
            yield complaint((*at, "verbs"), "at least one verb is required")
        if texts(rule.get("nonResourceURLs")):
            here = (*at, "nonResourceURLs")
            if namespaced:
                yield complaint(here, "only a ClusterRole can allow URLs that are no resources")
            if any(texts(rule.get(name)) for name in ("apiGroups", "resources", "resourceNames")):
                yield complaint(here, "one rule cannot be about resources and other URLs at once")
            continue
        for name in ("apiGroups", "resources"):
            if not texts(rule.get(name)):
                yield complaint((*at, name), "at least one is required")


def role(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """Role."""
    yield from _rules(body, namespaced=True)


def cluster_role(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """ClusterRole."""
    yield from _rules(body, namespaced=False)
    if given(body, "aggregationRule"):
        at = ("aggregationRule", "clusterRoleSelectors")
        selectors = objects(mapping(body["aggregationRule"]).get(at[1]))
        if not selectors:
            yield complaint(at, "at least one selector is required")
        for i, selector in selectors:
            yield from label_selector(selector, (*at, i))


def _subject(subject: dict[str, Any], at: Pointer, namespaced: bool) -> Iterator[Complaint]:
    account = subject.get("kind") == "ServiceAccount"
    yield from required(subject, at, "name")
    yield from chosen(subject, "kind", SUBJECTS, at)
    if account:
        yield from checked(subject, "name", subdomain, at)
        yield from () if namespaced else required(subject, at, "namespace")
    if subject.get("kind") in SUBJECTS:
        yield from choice(subject, "apiGroup", ("",) if account else (GROUP,), at)


def _binding(namespaced: bool) -> Check:
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)

    def check(body: dict[str, Any], version: str) -> Iterator[Complaint]:
        target = mapping(body.get("roleRef"))
        yield from choice(target, "apiGroup", (GROUP,), ("roleRef",))
        yield from chosen(target, "kind", kinds, ("roleRef",))
        yield from named(target, "name", path_segment, ("roleRef",))
        for i, subject in objects(body.get("subjects")):
            yield from _subject(subject, ("subjects", i), namespaced)

    return check


role_binding = _binding(namespaced=True)
cluster_role_binding = _binding(namespaced=False)
