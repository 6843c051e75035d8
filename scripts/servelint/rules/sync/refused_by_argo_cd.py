"""Argo CD's own controllers find an object of the sync invalid.

The API server stores it, for its schema says less than the code that reads it: a window whose schedule is none, a
repository that a project lists twice, a time without a unit, an option of Go's templates that there is not. A project
that is invalid stops every Application in it, and an ApplicationSet that fails makes none.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping, mappings
from ...server.semantics.names import DURATION, subdomain
from ...server.semantics.workloads import schedule
from ...views.delivery import ARGO, applications
from ..examples import other

SEVERITY = "error"
HINT = "Write what the controller reads: see what it checks in the source beside this rule."
SOURCE = "https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/app_project_types.go"
COVERS = ("REF-03",)

_WINDOW = "{kind: deny, schedule: '0 22 * * *', duration: 8h, applications: ['*']}"
GOOD = other("AppProject", f"syncWindows: [{_WINDOW}]")
BAD = GOOD.replace("8h", "8 hours")

MISSING_KEY = ("default", "invalid", "zero", "error")
"""What text/template takes behind ``missingkey=``, its only option; it panics at all else.
Source: https://pkg.go.dev/text/template#Template.Option"""
ROLE = re.compile(r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?")
ZONE = re.compile(r"(?:CRON_)?TZ=\S+\s+")
"""What cron reads before the fields; of a CronJob it is Kubernetes that forbids it."""
EFFECTS = ("allow", "deny")
Fault = tuple[Pointer, str]


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("AppProject", "ApplicationSet"):
        find = _project if resource.kind == "AppProject" else _set
        for at, text in find(resource) if resource.group == ARGO else ():
            yield Problem(resource, at, text)
    for resource, at, spec in applications(overlay):
        for pointer, text in (*_application(spec, at), *(() if _patched(resource) else _sources(spec, at))):
            yield Problem(resource, pointer, text)


def _project(project: Resource) -> Iterator[Fault]:
    """AppProject.ValidateProject."""
    yield from _twice(project, "destinations", _destination)
    yield from _twice(project, "sourceRepos", lambda entry: entry)
    yield from _twice(project, "roles", lambda entry: entry.get("name"))
    yield from _twice(project, "syncWindows", lambda entry: sorted(map(repr, entry.items())))
    for i, window in mappings(project.spec.get("syncWindows")):
        yield from _window(window, ("spec", "syncWindows", i))
    for i, role in mappings(project.spec.get("roles")):
        yield from _role(project.name, role, ("spec", "roles", i))


def _destination(entry: dict[str, Any]) -> tuple[object, object]:
    """A cluster by its server, or by its name where it has no server."""
    return entry.get("server") or entry.get("name"), entry.get("namespace")


def _twice(project: Resource, field: str, key: Callable[[Any], object]) -> Iterator[Fault]:
    """Entries of a list that Argo CD takes once."""
    listed, seen = project.spec.get(field), dict[str, int]()
    for i, entry in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(entry, str if field == "sourceRepos" else dict):
            continue
        first = seen.setdefault(repr(key(entry)), i)
        if first != i:
            yield ("spec", field, i), f"{field} has the same as its item {first} once more, and Argo CD takes it once"


def _window(window: dict[str, Any], at: Pointer) -> Iterator[Fault]:
    kind, times, length = (window.get(key) for key in ("kind", "schedule", "duration"))
    if kind not in ("allow", "deny"):
        yield _place(window, at, "kind"), f"a window of kind {kind}, which may be allow or deny"
    # Unlike a CronJob's, it has five fields in any case.
    plain = ZONE.sub("", times) if isinstance(times, str) else ""
    wrong = schedule(plain) if plain and not plain.startswith("@") else "is no schedule"
    if wrong:
        yield _place(window, at, "schedule"), f"schedule of a window: {wrong}"
    if not isinstance(length, str) or not DURATION.fullmatch(length):
        yield _place(window, at, "duration"), f"a window that lasts {length!r}, which is no duration such as 8h or 90m"
    if not any(window.get(key) for key in ("applications", "namespaces", "clusters")):
        yield at, "a window for no application, namespace or cluster"


def _role(project: str, role: dict[str, Any], at: Pointer) -> Iterator[Fault]:
    name = role.get("name")
    if isinstance(name, str) and not ROLE.fullmatch(name):
        yield (*at, "name"), f"{name!r} is no name of a role: letters and digits, - and _ between them"
    policies = role.get("policies")
    for i, policy in enumerate(policies if isinstance(policies, list) else ()):
        if isinstance(policy, str) and (wrong := _policy(policy, f"proj:{project}:{name}", project)):
            yield (*at, "policies", i), wrong


def _policy(policy: str, subject: str, project: str) -> str | None:
    """What validatePolicy says of ``p, proj:P:R, resource, action, P/object, effect``."""
    parts = [part.strip() for part in policy.split(",")]
    if len(parts) != 6 or parts[0] != "p":
        return f"{policy!r} is no policy: p, {subject}, resource, action, {project}/*, allow"
    if parts[1] != subject:
        return f"a policy for {parts[1]} in a role that is {subject}"
    if not parts[4].startswith(f"{project}/"):
        return f"a policy for {parts[4]}, which is not of this project: {project}/*"
    if parts[5] not in EFFECTS:
        return f"a policy ends in {' or '.join(EFFECTS)}, and not in {parts[5] or 'nothing'}"
    return None


def _set(resource: Resource) -> Iterator[Fault]:
    """What fails a whole ApplicationSet."""
    options = resource.spec.get("goTemplateOptions")
    for i, option in enumerate(options if isinstance(options, list) else ()):
        name, _, value = str(option).partition("=")
        if not is_marker(option) and (name != "missingkey" or value not in MISSING_KEY):
            known = ", ".join(f"missingkey={one}" for one in MISSING_KEY)
            yield ("spec", "goTemplateOptions", i), f"{option} is no option of Go's templates, which are {known}"
    name, at = resource.at(("spec", "template", "metadata", "name")), ("spec", "template", "metadata", "name")
    if isinstance(name, str) and not is_marker(name) and (wrong := subdomain(_filled(name))):
        yield at, f"no Application can be called {name}: {wrong}"


def _filled(template: str) -> str:
    """A template with a letter for each of its actions: what is written beside them stays in every name, but for the
    space that a dash takes away."""
    return re.sub(r"(?:\s*\{\{-|\{\{).*?(?:-\}\}\s*|\}\})", "x", template.strip(), flags=re.DOTALL)


def _application(spec: dict[str, Any], at: Pointer) -> Iterator[Fault]:
    """What stops one Application."""
    backoff = mapping(mapping(mapping(spec.get("syncPolicy")).get("retry")).get("backoff"))
    for key in ("duration", "maxDuration"):
        value = backoff.get(key)
        # A bare number is seconds here.
        if isinstance(value, str) and value and not re.fullmatch(r"[+-]?\d+", value) and not DURATION.fullmatch(value):
            text = f"{value!r} is no time such as 30s, 5m or 1h, so a sync that failed is not tried again"
            yield (*at, "syncPolicy", "retry", "backoff", key), text
    for i, entry in mappings(spec.get("ignoreDifferences")):
        yield from _ignored(entry, (*at, "ignoreDifferences", i))


def _patched(resource: Resource) -> bool:
    """Whether an ApplicationSet says more of its Applications than its template does."""
    generators = (kind for _, one in mappings(resource.spec.get("generators")) for kind in one.values())
    return bool(resource.spec.get("templatePatch")) or any(mapping(kind).get("template") for kind in generators)


def _sources(spec: dict[str, Any], at: Pointer) -> Iterator[Fault]:
    sources = [((*at, "source"), spec["source"])] if isinstance(spec.get("source"), dict) else []
    sources += [((*at, "sources", i), source) for i, source in mappings(spec.get("sources"))]
    for place, source in sources:
        if source.get("repoURL") and not any(source.get(key) for key in ("path", "chart", "ref")):
            yield place, "a source without a path in its repository"


def _ignored(entry: dict[str, Any], at: Pointer) -> Iterator[Fault]:
    """What names no field: nothing is ignored then."""
    group, pointers = entry.get("group"), entry.get("jsonPointers")
    if isinstance(group, str) and "/" in group:
        yield (*at, "group"), f"group {group} is that of no kind: a group has no version, {group.partition('/')[0]}"
    for i, pointer in enumerate(pointers if isinstance(pointers, list) else ()):
        if isinstance(pointer, str) and not pointer.startswith("/"):
            meant = "/" + pointer.strip(".").replace(".", "/")
            yield (*at, "jsonPointers", i), f"{pointer} is no JSON pointer, which begins with a slash: {meant}"


def _place(window: dict[str, Any], at: Pointer, key: str) -> Pointer:
    return (*at, key) if key in window else at
