"""Where a pod may run: tolerations, node and pod affinity, topology spread.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidateTolerations and the types of
https://pkg.go.dev/k8s.io/api/core/v1#Affinity
"""

from collections.abc import Iterator
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
    number,
    objects,
    one_of,
    quoted,
    required,
    since,
    text,
    texts,
    within,
)
from .names import label, label_key, label_selector, label_value, subdomain

Body = dict[str, Any]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
TOLERATION_OPERATORS = ("Exists", "Equal")
SPREAD_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
INCLUSION = ("Honor", "Ignore")
# Operator of a node selector: fewest and most values.
NODE_OPERATORS = {
    "In": (1, None), "NotIn": (1, None), "Exists": (0, 0), "DoesNotExist": (0, 0), "Gt": (1, 1), "Lt": (1, 1),
}  # fmt: skip
REQUIRED, PREFERRED = (f"{how}DuringSchedulingIgnoredDuringExecution" for how in ("required", "preferred"))


def tolerations(value: object, at: Pointer) -> Iterator[Complaint]:
    """An absent operator is Equal, an absent effect means every effect."""
    for i, toleration in objects(value):
        here = (*at, i)
        operator, key, worth = (text(toleration.get(name)) for name in ("operator", "key", "value"))
        yield from checked(toleration, "key", label_key, here)
        if not key and operator != "Exists":
            yield complaint((*here, "operator"), "must be Exists if there is no key")
        if given(toleration, "tolerationSeconds") and toleration.get("effect") != "NoExecute":
            yield complaint((*here, "effect"), "must be NoExecute if tolerationSeconds is set")
        if operator in ("", "Equal"):
            wrong = label_value(worth)
            if wrong:
                yield complaint((*here, "operator"), f"value: {wrong}")
        elif operator == "Exists" and worth:
            yield complaint((*here, "operator"), f"Exists takes no value, got {quoted(worth)}")
        yield from choice(toleration, "operator", TOLERATION_OPERATORS, here)
        yield from choice(toleration, "effect", EFFECTS, here)


# --- nodes ----------------------------------------------------------------------------------------


def _requirement(expression: Body, at: Pointer, strict: bool) -> Iterator[Complaint]:
    operator, values = text(expression.get("operator")), texts(expression.get("values"))
    low, high = NODE_OPERATORS.get(operator, (0, None))
    if operator not in NODE_OPERATORS:
        yield complaint((*at, "operator"), f"must be {one_of(tuple(NODE_OPERATORS))}, got {quoted(operator)}")
    elif len(values) < low or (high is not None and len(values) > high):
        wanted = "takes no values" if high == 0 else "needs one value" if high else "needs values"
        yield complaint((*at, "values"), f"operator {operator} {wanted}, got {len(values)}")
    wrong = label_key(text(expression.get("key")))
    if wrong:
        yield complaint((*at, "key"), wrong)
    for i, item in values if strict else ():
        wrong = label_value(item)
        if wrong:
            yield complaint((*at, "values", i), wrong)


def _field_requirement(expression: Body, at: Pointer) -> Iterator[Complaint]:
    """The only field of a node that can be asked for is its name."""
    values = texts(expression.get("values"))
    if expression.get("operator") not in ("In", "NotIn"):
        yield from chosen(expression, "operator", ("In", "NotIn"), at)
    elif len(values) != 1:
        yield complaint((*at, "values"), f"needs one value, got {len(values)}")
    if expression.get("key") != "metadata.name":
        yield from chosen(expression, "key", ("metadata.name",), at)
        return
    for i, item in values:
        wrong = subdomain(item)
        if wrong:
            yield complaint((*at, "values", i), wrong)


def node_selector_term(value: object, at: Pointer, *, strict: bool) -> Iterator[Complaint]:
    """strict: values must be label values, as in required terms and not in preferred ones."""
    term = mapping(value)
    for i, expression in objects(term.get("matchExpressions")):
        yield from _requirement(expression, (*at, "matchExpressions", i), strict)
    for i, expression in objects(term.get("matchFields")):
        yield from _field_requirement(expression, (*at, "matchFields", i))


def node_selector(value: object, at: Pointer, *, strict: bool) -> Iterator[Complaint]:
    """A NodeSelector: of a pod's required node affinity, or of a PersistentVolume."""
    here = (*at, "nodeSelectorTerms")
    terms = objects(mapping(value).get("nodeSelectorTerms"))
    if not terms:
        yield complaint(here, "needs at least one term")
    for i, term in terms:
        yield from node_selector_term(term, (*here, i), strict=strict)


# --- pods -----------------------------------------------------------------------------------------


def _match_label_keys(term: Body, at: Pointer) -> Iterator[Complaint]:
    """matchLabelKeys and mismatchLabelKeys add to a selector, which must exist and not repeat their keys."""
    selector = term.get("labelSelector")
    matching = [key for _, key in texts(term.get("matchLabelKeys"))]
    for name in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = texts(term.get(name))
        if keys and selector is None:
            yield complaint((*at, name), "needs a labelSelector")
        for i, key in keys if selector is not None else ():
            wrong = label_key(key)
            if wrong:
                yield complaint((*at, name, i), wrong)
    seen = set(mapping(mapping(selector).get("matchLabels")))
    for _, expression in objects(mapping(selector).get("matchExpressions")):
        key = text(expression.get("key"))
        if key in matching and key in seen:
            yield complaint((*at, matching.index(key)), f"{quoted(key)} is in both matchLabelKeys and labelSelector")
        seen.add(key)
    mismatching = [key for _, key in texts(term.get("mismatchLabelKeys"))]
    for i, key in enumerate(matching):
        if key in mismatching:
            yield complaint((*at, "matchLabelKeys", i), f"{quoted(key)} is among the mismatchLabelKeys too")


def _pod_affinity_term(value: object, at: Pointer) -> Iterator[Complaint]:
    term = mapping(value)
    yield from label_selector(term.get("labelSelector"), (*at, "labelSelector"))
    yield from label_selector(term.get("namespaceSelector"), (*at, "namespaceSelector"))
    for i, name in texts(term.get("namespaces")):
        wrong = label(name)
        if wrong:
            yield complaint((*at, "namespace"), wrong)._replace(pointer=(*at, "namespaces", i))
    yield from _match_label_keys(term, at)
    wrong = label_key(text(term.get("topologyKey")))
    if wrong:
        yield complaint((*at, "topologyKey"), wrong)


def _weighted(terms: object, at: Pointer, inner: str) -> Iterator[tuple[Pointer, object, list[Complaint]]]:
    """Place and content of every preferred term, with what is wrong with its weight."""
    for i, term in objects(terms):
        yield (*at, i, inner), term.get(inner), list(within(term, "weight", 1, 100, (*at, i), default=0))


def _merged(term: Body, labelled: Body | None) -> Body:
    """A term as the server sees it in a Pod: matchLabelKeys have become expressions of its selector."""
    selector = term.get("labelSelector")
    if not labelled or not isinstance(selector, dict):
        return term
    added = [
        {"key": key, "operator": operator, "values": [labelled[key]]}
        for name, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn"))
        for _, key in texts(term.get(name))
        if key in labelled
    ]
    expressions = [item for _, item in objects(selector.get("matchExpressions"))]
    return {**term, "labelSelector": {**selector, "matchExpressions": expressions + added}}


def affinity(value: object, at: Pointer, version: str, labelled: Body | None = None) -> Iterator[Complaint]:
    """Node affinity, pod affinity and pod anti-affinity. ``labelled``: the labels of a Pod, None for a template."""
    body = mapping(value)
    node, here = mapping(body.get("nodeAffinity")), (*at, "nodeAffinity")
    if given(node, REQUIRED):
        yield from node_selector(node[REQUIRED], (*here, REQUIRED), strict=since(version, "1.33"))
    for place, term, wrong in _weighted(node.get(PREFERRED), (*here, PREFERRED), "preference"):
        yield from wrong
        yield from node_selector_term(term, place, strict=False)
    for name in ("podAffinity", "podAntiAffinity"):
        pods, here = mapping(body.get(name)), (*at, name)
        for i, item in objects(pods.get(REQUIRED)):
            yield from _pod_affinity_term(_merged(item, labelled), (*here, REQUIRED, i))
        for place, term, wrong in _weighted(pods.get(PREFERRED), (*here, PREFERRED), "podAffinityTerm"):
            yield from wrong
            yield from _pod_affinity_term(_merged(mapping(term), labelled), place)


def _spread_label_keys(constraint: Body, at: Pointer) -> Iterator[Complaint]:
    """Before 1.34 a key could not be in matchLabelKeys and in the selector at once."""
    keys, selector = texts(constraint.get("matchLabelKeys")), constraint.get("labelSelector")
    if keys and selector is None:
        yield complaint(at, "needs a labelSelector")
    used = set(mapping(mapping(selector).get("matchLabels")))
    used.update(text(item.get("key")) for _, item in objects(mapping(selector).get("matchExpressions")))
    for i, key in keys:
        wrong = label_key(key) or (f"{quoted(key)} is in the labelSelector too" if key in used else None)
        if wrong:
            yield complaint((*at, i), wrong)


def topology_spread(value: object, at: Pointer, version: str, labelled: Body | None = None) -> Iterator[Complaint]:
    """topologySpreadConstraints; each pair of topologyKey and whenUnsatisfiable may occur once."""
    seen: dict[tuple[str, str], int] = {}
    for i, constraint in objects(value):
        here = (*at, i)
        if (skew := number(constraint, "maxSkew")) < 1:
            yield complaint((*here, "maxSkew"), f"must be greater than zero, got {skew}")
        yield from required(constraint, here, "topologyKey")
        yield from chosen(constraint, "whenUnsatisfiable", SPREAD_ACTIONS, here)
        pair = text(constraint.get("topologyKey")), text(constraint.get("whenUnsatisfiable"))
        if pair in seen:
            # The server names the earlier of the two.
            earlier = (*at, seen[pair], "{topologyKey, whenUnsatisfiable}")
            yield complaint(earlier, f"{pair[0]} with {pair[1]} occurs twice")._replace(pointer=here)
        seen[pair] = i
        if given(constraint, "minDomains"):
            if (domains := number(constraint, "minDomains", 1)) < 1:
                yield complaint((*here, "minDomains"), f"must be greater than zero, got {domains}")
            if pair[1] != "DoNotSchedule":
                yield complaint((*here, "minDomains"), "needs whenUnsatisfiable to be DoNotSchedule")
        for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            yield from choice(constraint, name, INCLUSION, here, empty=False)
        if since(version, "1.34"):
            yield from _match_label_keys(_merged({**constraint, "mismatchLabelKeys": None}, labelled), here)
        else:
            yield from _spread_label_keys(constraint, (*here, "matchLabelKeys"))
        yield from label_selector(constraint.get("labelSelector"), (*here, "labelSelector"))
