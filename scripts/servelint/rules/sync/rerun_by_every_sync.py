"""Every merge runs the cluster's benchmarks again.

A Job with Replace=true and Force=true is deleted and created whenever its Application is synced, changed or not. Argo
CD syncs all objects of an Application when one of them differs, unless ApplyOutOfSyncOnly=true is set. Without it a
pull request that touches one server repeats hours of benchmarks on every other machine, over their results.
"""

from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks, Resource, mapping, mappings
from ...views.delivery import applications as each_application
from ...views.delivery import own_options, sync_options
from ..examples import marked, other, server

SEVERITY = "error"
HINT = "Add ApplyOutOfSyncOnly=true to spec.syncPolicy.syncOptions of the Application."
SOURCE = "https://github.com/argoproj/argo-cd/issues/22952"
COVERS = ("GIT-04", "ROL-08")

_APP = other(
    "Application",
    "source: {path: overlays/example-1}, syncPolicy: {syncOptions: [ServerSideApply=true, ApplyOutOfSyncOnly=true]}",
)
_JOB = marked(server(kind="Job"), "annotations: {argocd.argoproj.io/sync-options: 'Force=true,Replace=true'}")
_WITHOUT = _APP.replace(", ApplyOutOfSyncOnly=true", "")
GOOD = (_APP, _JOB)
BAD = (_WITHOUT, _JOB)


def _followed(resource: Resource, spec: dict[str, Any]) -> set[str]:
    """The paths that an Application follows, those of its generators included."""
    sources = [mapping(spec.get("source")), *(source for _, source in mappings(spec.get("sources")))]
    for _, generator in mappings(resource.spec.get("generators")):
        sources += [folder for _, folder in mappings(mapping(generator.get("git")).get("directories"))]
    return {str(source["path"]).strip("/") for source in sources if source.get("path")}


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """applications: those that apply unchanged objects too, with where to say otherwise. jobs: that a sync replaces."""
    applications = []
    for resource, at, spec in each_application(overlay):
        paths = _followed(resource, spec)
        if paths and "ApplyOutOfSyncOnly=true" not in sync_options(spec):
            stated = "syncOptions" in mapping(spec.get("syncPolicy"))
            where = [*at, "syncPolicy", "syncOptions"] if stated else list(at)
            applications.append({"place": overlay.place(resource), "at": where, "paths": sorted(paths)})
    replacing = {"Force=true", "Replace=true"}
    jobs = sorted(job.name for job in overlay.of("Job", "JobSet") if replacing <= own_options(job.annotations))
    return {"applications": applications, "jobs": jobs} if applications or jobs else None


def judge(fleet: Fleet) -> Remarks:
    jobs_of = {fact.path: fact.value["jobs"] for fact in fleet.facts}
    for fact in fleet.facts:
        for application in fact.value["applications"]:
            jobs = sorted(job for path in application["paths"] for job in jobs_of.get(path, ()))
            if jobs:
                more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
                text = f"each sync applies unchanged objects too, so Job {jobs[0]}{more} runs again at every merge"
                yield Remark(fact.path, application["place"], tuple(application["at"]), text)
