"""Every merge runs the cluster's benchmarks again.

A Job with Replace=true and Force=true is deleted and created whenever its Application is synced, changed or not. Argo
CD syncs all objects of an Application when one of them differs, unless ApplyOutOfSyncOnly=true is set. Without it a
pull request that touches one server repeats hours of benchmarks on every other machine, over their results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Overlay, Pointer, Problem, Resource, mapping, mappings

SEVERITY = "error"
HINT = "Add ApplyOutOfSyncOnly=true to spec.syncPolicy.syncOptions of the Application."
SOURCE = "https://github.com/argoproj/argo-cd/issues/22952"
COVERS = ("GIT-04", "ROL-08")

_APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cluster}
spec:
  project: default
  destination: {server: "https://kubernetes.default.svc", namespace: serving}
  source: {repoURL: "https://github.com/example/fleet.git", path: overlays/example-1}
  syncPolicy: {syncOptions: [ServerSideApply=true, ApplyOutOfSyncOnly=true]}
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: bench
  annotations: {argocd.argoproj.io/sync-options: "Force=true,Replace=true"}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: engine, image: "lmsysorg/sglang:v0.4.6.post4-cu124"}]
"""
GOOD = (_APPLICATION, _JOB)
BAD = (_APPLICATION.replace(", ApplyOutOfSyncOnly=true", ""), _JOB)


def _applications(overlay: Overlay) -> Iterator[tuple[Resource, Pointer, set[str]]]:
    """Every Application, declared or made by an ApplicationSet: where its spec stands, and which paths it follows."""
    for resource in overlay.of("Application", "ApplicationSet"):
        if resource.group != "argoproj.io":
            continue
        at: Pointer = ("spec",) if resource.kind == "Application" else ("spec", "template", "spec")
        spec = mapping(resource.at(at))
        sources = [mapping(spec.get("source")), *(source for _, source in mappings(spec.get("sources")))]
        for _, generator in mappings(resource.spec.get("generators")):
            sources += [folder for _, folder in mappings(mapping(generator.get("git")).get("directories"))]
        yield resource, at, {str(source["path"]).strip("/") for source in sources if source.get("path")}


def _replaced(job: Resource) -> bool:
    options = {option.strip() for option in str(job.annotations.get("argocd.argoproj.io/sync-options", "")).split(",")}
    return {"Force=true", "Replace=true"} <= options


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    by_path = {overlay.path: overlay for overlay in overlays}
    for overlay in overlays:
        for resource, at, paths in _applications(overlay):
            policy = mapping(mapping(resource.at(at)).get("syncPolicy"))
            options = policy.get("syncOptions")
            if isinstance(options, list) and "ApplyOutOfSyncOnly=true" in options:
                continue
            followed = [by_path[path] for path in sorted(paths) if path in by_path]
            jobs = sorted(job.name for folder in followed for job in folder.of("Job", "JobSet") if _replaced(job))
            if jobs:
                where = (*at, "syncPolicy", "syncOptions") if "syncOptions" in policy else at
                more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
                message = f"each sync applies unchanged objects too, so Job {jobs[0]}{more} runs again at every merge"
                yield overlay, Problem(resource, where, message)
