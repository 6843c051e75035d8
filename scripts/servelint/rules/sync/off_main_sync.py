"""A cluster follows another branch than main.

A merged pull request then deploys nothing, while every check is green; of several refs Flux reads one, and passes over
the branch that stands beside a tag. A GitRepository without `ref` follows master,
which a repository of today does not have; and an ApplicationSet that lists folders on one branch and renders them from
another delivers what nobody has reviewed together.
"""

import re
from collections.abc import Iterator

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping, mappings
from ...views.delivery import deliveries
from ..examples import other, together

SEVERITY = "warning"
HINT = "Follow main, or pin a tag or a commit."
SOURCE = "https://fluxcd.io/flux/components/source/gitrepositories/#reference"
COVERS = ("GIT-08",)

_GIT = other("GitRepository", "url: 'https://example.com/a', ref: {branch: main}", name="fleet")
GOOD = together(_GIT, other("Kustomization", "path: ./overlays, sourceRef: {kind: GitRepository, name: fleet}"))
BAD = GOOD.replace(", ref: {branch: main}", "")

PINNED = re.compile(
    r"[0-9a-f]{7,40}|refs/(?:tags|pull|merge-requests|changes)/.*|[v^~><=]*\d+(?:\.[\dx*]+)*(?:[-+ ].*)?"
)
MAIN = ("main", "HEAD", "refs/heads/main", "*", "")


def _off(revision: object) -> bool:
    return isinstance(revision, str) and revision not in MAIN and not PINNED.fullmatch(revision)


def _generators(resource: Resource) -> Iterator[tuple[str, Pointer]]:
    for i, generator in mappings(resource.spec.get("generators")):
        revision = mapping(generator.get("git")).get("revision")
        if isinstance(revision, str):
            yield revision, ("spec", "generators", i, "git", "revision")


ORDER = ("name", "semver", "tag", "branch")
"""Of these refs Flux reads the first that is there. A commit is looked for in the branch beside it.
Source: https://github.com/fluxcd/source-controller/blob/v1.7.0/docs/spec/v1/gitrepositories.md"""


def _passed_over(source: Resource) -> Problems:
    ref = mapping(source.spec.get("ref"))
    first, *others = [name for name in ORDER if ref.get(name)] or [""]
    for name in others:
        text = f"{source.title}: Flux follows {first} {ref[first]}, and passes over {name} {ref[name]} beside it"
        yield Problem(source, ("spec", "ref", name), text)


def check(overlay: Overlay) -> Problems:
    if overlay.kind == "manifest":
        return  # another team's branches are its own
    for source in overlay.of("GitRepository"):
        yield from _passed_over(source) if source.group == "source.toolkit.fluxcd.io" else ()
    for delivery in deliveries(overlay):
        places = [(delivery.revision, delivery.revision_resource, delivery.revision_at)]
        places += [(r, delivery.resource, at) for r, at in _generators(delivery.resource)]
        for revision, resource, at in places:
            if _off(revision):
                how = "without a ref it follows master" if at in (("spec",), ("spec", "ref")) else f"follows {revision}"
                yield Problem(resource, at, f"{resource.title}: {how}, and not main")
