"""An Argo CD project does not let its Application deliver what it is to deliver.

A project lists repositories, destinations and kinds. What is not on the lists is refused at the sync, "not permitted in
project": a new cluster-scoped kind, a namespace with another name, a repository that moved. Everything else of the
Application waits behind it.
"""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...model import Fleet, Overlay, Pointer, Remark, Remarks, Resource, mapping, mappings
from ...server import schema
from ...views.delivery import ARGO, Delivery, delivered, deliveries, normal_repository
from ...views.objects import Objects, noted, objects
from ..examples import marked, other, server, together

SEVERITY = "error"
HINT = "Change the AppProject's lists, or correct the repository, namespace or kind."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/projects/"
COVERS = ("REF-03", "GIT-07")

_PROJECT = other(
    "AppProject",
    """sourceRepos: ["https://example.com/fleet.git"], destinations: [{server: here, namespace: serving}],
clusterResourceWhitelist: [{group: "", kind: Namespace}]""",
    name="fleet",
)
_APP = other(
    "Application",
    """project: fleet, destination: {server: here, namespace: serving},
source: {repoURL: "https://example.com/fleet.git", path: overlays/example-1}""",
)
_SPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: serving\n"
_SYNC = together(_PROJECT, _APP)
_SET = together(_SPACE, marked(server(), "namespace: serving"))
GOOD = (_SYNC, _SET)
BAD = (_SYNC, _SET.replace("namespace: serving", "namespace: inference"))

LISTS = (
    "clusterResourceWhitelist", "clusterResourceBlacklist", "namespaceResourceWhitelist", "namespaceResourceBlacklist",
)  # fmt: skip


def _matches(pattern: object, text: str) -> bool:
    """Argo CD's globs; an empty pattern stands for nothing."""
    return isinstance(pattern, str) and fnmatch.fnmatchcase(text, pattern)


def _kinds(kinds: Any) -> list[list[Any]] | None:
    """The group, kind and name of each entry of a list of kinds, as patterns; None if there is no list."""
    if not isinstance(kinds, list):
        return None
    entries = ([k.get("group"), k.get("kind"), k.get("name") or "*"] for _, k in mappings(kinds))
    # What is no text matches nothing.
    return [entry for entry in entries if all(isinstance(pattern, str) for pattern in entry)]


def _places(project: Resource, destination: dict[str, Any]) -> list[str]:
    """The namespaces, as patterns, that the project names of the destination's cluster. ``!`` denies one."""
    return [
        str(entry.get("namespace", ""))
        for _, entry in mappings(project.spec.get("destinations"))
        if any(destination.get(n) and _matches(entry.get(n), str(destination[n])) for n in ("server", "name"))
    ]


def _reaches(places: list[str], namespace: str) -> bool:
    denied = any(place.startswith("!") and _matches(place[1:], namespace) for place in places)
    return not denied and any(_matches(place, namespace) for place in places)


def _takes(project: Resource, repository: str) -> bool:
    """Whether the project takes from a repository, whichever way its address is written."""
    repositories = project.spec.get("sourceRepos")
    texts = [text for text in (repositories if isinstance(repositories, list) else []) if isinstance(text, str)]
    url = normal_repository(repository)
    denied = any(text.startswith("!") and _matches(normal_repository(text[1:]), url) for text in texts)
    return not denied and any(_matches(normal_repository(text), url) for text in texts)


def _own(project: Resource, delivery: Delivery, destination: dict[str, Any]) -> Iterator[tuple[str, Pointer]]:
    """What the project refuses of the Application itself."""
    source: Pointer = (*delivery.at, "source") if "source" in delivery.spec else delivery.at
    if delivery.repository is not None and not _takes(project, delivery.repository):
        yield f"the repository {delivery.repository}", source
    namespace = str(destination.get("namespace") or "")
    if destination and namespace and not _reaches(_places(project, destination), namespace):
        where = destination.get("server") or destination.get("name")
        yield f"the destination {namespace} in {where}", (*delivery.at, "destination")


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """said: place, pointer and text of what is refused here. projects: their lists by name. delivers: under which of
    them. objects: of this overlay."""
    if not overlay.resources:
        return None
    projects: dict[str, Resource] = {}
    for project in overlay.of("AppProject"):
        if project.group == ARGO:
            projects.setdefault(project.name, project)
    said, delivers = [], []
    for delivery in deliveries(overlay) if projects else ():
        name = delivery.spec.get("project")
        if not isinstance(name, str) or name not in projects:
            if isinstance(name, str) and name != "default" and "{{" not in name:
                text = f"names the project {name}, which nothing here declares"
                said.append([delivery.place, [*delivery.at, "project"], text])
            continue
        destination = mapping(delivery.spec.get("destination"))
        if "{{" in str(destination):
            continue
        refusals = list(_own(projects[name], delivery, destination))
        said += [[delivery.place, list(at), f"AppProject {name} does not allow {what}"] for what, at in refusals]
        if not refusals:
            places, default = _places(projects[name], destination), str(destination.get("namespace") or "default")
            delivers.append({"path": delivery.path, "project": name, "places": places, "namespace": default})
    lists = {name: [_kinds(project.spec.get(field)) for field in LISTS] for name, project in projects.items()}
    return {"said": said, "projects": lists, "delivers": delivers, "objects": noted(overlay)}


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for place, pointer, text in fact.value["said"]:
            yield Remark(fact.path, place, tuple(pointer), text)
        for delivery in fact.value["delivers"]:
            lists = fact.value["projects"][delivery["project"]]
            project = Project(lists, delivery["places"], delivery["namespace"])
            told = set()
            for target in delivered(delivery["path"], fleet):
                for place, what, at in sorted(project.refused(target.value["objects"])):
                    if what not in told:
                        told.add(what)
                        text = f"AppProject {delivery['project']} in {fact.path} does not allow {what}"
                        yield Remark(target.path, place, at, text)


@dataclass(frozen=True)
class Project:
    """What an Application may deliver: ``lists`` of kinds as LISTS names them, and namespaces as patterns.

    namespace: of what names none.
    """

    lists: list[list[list[str]] | None]
    places: list[str]
    namespace: str

    def refused(self, data: list[Any]) -> Iterator[tuple[int, str, Pointer]]:
        """Of an overlay's objects: the place of each that is refused, why, and where in the object that is written."""
        by_name = any(name != "*" for kinds in self.lists for _, _, name in kinds or ())
        for alike in objects(data):
            for place, name in alike.named if by_name else alike.named[:1]:
                why = self._refused(alike, name)
                if why is not None:
                    yield place, *why

    def _refused(self, alike: Objects, name: str) -> tuple[str, Pointer] | None:
        scope = schema.scope(alike.api_version, alike.kind)
        if scope == "Cluster" and (listed := self._of_kind(LISTS[:2], alike, name)):
            return f"the kind {alike.kind} for a whole cluster: {listed}", ("kind",)
        if scope == "Namespaced":
            if listed := self._of_kind(LISTS[2:], alike, name):
                return f"the kind {alike.kind}: {listed}", ("kind",)
            namespace = alike.namespace or self.namespace
            if not _reaches(self.places, namespace):
                return f"the namespace {namespace}", ("metadata", "namespace") if alike.namespace else ("metadata",)
        return None

    def _of_kind(self, of: tuple[str, str], alike: Objects, name: str) -> str | None:
        """Which of two lists, of what is let in and of what is not, refuses an object, and why.

        Without the first, what is for a whole cluster is refused, and what is for a namespace is not.
        """
        white, black = (self.lists[LISTS.index(field)] for field in of)
        wanted = (alike.group, alike.kind, name)
        for entry in black or ():
            if all(map(fnmatch.fnmatchcase, wanted, entry)):
                return f"{_shown(*entry)} is on its {of[1]}"
        needed = white is not None or of == LISTS[:2]
        if needed and not any(all(map(fnmatch.fnmatchcase, wanted, entry)) for entry in white or ()):
            return f"{_shown(alike.group, alike.kind)} is not on its {of[0]}"
        return None


def _shown(group: str, kind: str, name: str = "*") -> str:
    """A kind, or one object of it, as the lists count it."""
    return "/".join(part for part in (group, kind, name if name != "*" else "") if part)
