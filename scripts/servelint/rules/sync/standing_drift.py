"""Argo CD shows an object as out of sync for ever, and self-heal applies it again and again.

Of a custom kind Argo CD compares what Git has with what the cluster has, field by field. A default that the definition
has inside a list, and a quantity that a webhook writes in another form, are there and not in Git. Each sync is followed
by the next, notifications never end, and a real difference drowns. A diff by a dry run (ServerSideDiff) does not see
them; from Argo CD 3.6 it comes with ServerSideApply, unless the Application switches it off.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Fleet, Overlay, Pointer, Remark, Remarks, Resource, is_marker, mapping, mappings
from ...server import drift
from ...views import kserve
from ...views.delivery import delivered, deliveries
from ..examples import other, together

SEVERITY = "warning"
HINT = "Write out a default, and a value as the server writes it; or set ServerSideDiff=true in compare-options."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/diff-strategies/"
COVERS = ("GIT-06",)

_APP = other("Application", "source: {path: overlays/example-1}, syncPolicy: {syncOptions: [ServerSideApply=true]}")
_WRITTEN = ", conversionStrategy: Default, decodingStrategy: None, metadataPolicy: None"
_API = "external-secrets.io/v1"
_SECRET = other("ExternalSecret", f"data: [{{secretKey: a, remoteRef: {{key: a{_WRITTEN}}}}}]", api=_API)
_QUOTA = "coveredResources: [cpu], flavors: [{name: a, resources: [{name: cpu, nominalQuota: 100k}]}]"
_QUEUE = other("ClusterQueue", f"resourceGroups: [{{{_QUOTA}}}]")
_BARE = _SECRET.replace(_WRITTEN, "")
GOOD = (_APP, together(_SECRET, _QUEUE))
BAD = (_APP, _BARE)

COMPARE = "argocd.argoproj.io/compare-options"


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """delivers: path of each folder that Argo CD delivers, whether it applies on the server's side, and the kinds that
    it does not compare. drifts: place, pointer, text, kind and whether a list is merged by keys."""
    delivers = [
        {"path": one.path, "server_side": _server_side(one.spec), "ignored": _ignored(one.spec)}
        for one in deliveries(overlay)
        if one.tool == "Argo CD" and "ServerSideDiff=true" not in _compared(one.resource)
    ]
    drifts = [said for resource in overlay.resources for said in _drifts(overlay, resource)]
    return {"delivers": delivers, "drifts": drifts} if delivers or drifts else None


def _server_side(spec: dict[str, Any]) -> bool:
    options = mapping(spec.get("syncPolicy")).get("syncOptions")
    return isinstance(options, list) and "ServerSideApply=true" in options


def _ignored(spec: dict[str, Any]) -> list[list[str]]:
    entries = mappings(spec.get("ignoreDifferences"))
    return [[str(entry.get("group") or ""), str(entry.get("kind") or "")] for _, entry in entries]


def _compared(resource: Resource) -> str:
    """How the Application is compared, as its annotation says."""
    at: Pointer = ("metadata",) if resource.kind == "Application" else ("spec", "template", "metadata")
    return str(mapping(mapping(resource.at(at)).get("annotations")).get(COMPARE, ""))


def _drifts(overlay: Overlay, resource: Resource) -> Iterator[list[Any]]:
    place, kind = overlay.place(resource), [resource.group, resource.kind]
    version = overlay.kubernetes[-1] if overlay.kubernetes else ""
    if not version or COMPARE in resource.annotations:
        return
    for at, names, keyed in drift.added(resource.body, version):
        text = f"the server adds {', '.join(names)} inside a list, which Argo CD compares"
        yield [place, list(at), text, kind, keyed]
    for at, written, canonical in drift.rewritten(resource.body, version):
        if not is_marker(written):
            form = f'{written} becomes "{canonical}" in the cluster, which Argo CD takes for another value'
            yield [place, list(at), form, kind, False]
    written = kserve.former_mode(resource)
    if written:
        text = (
            f"KServe writes {kserve.mode(resource)} over {written}, which Argo CD compares; KServe 0.16 refuses updates"
        )
        yield [place, ["metadata", "annotations", kserve.MODE], text, kind, False]


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for delivery in fact.value["delivers"]:
            for target in delivered(delivery["path"], fleet):
                for place, at, text, kind, keyed in target.value["drifts"]:
                    if kind not in delivery["ignored"] and not (keyed and delivery["server_side"]):
                        yield Remark(target.path, place, tuple(at), text)
