"""The words that controllers read in annotations, labels and options, out of the sources of their pinned releases.

Each vocabulary is what some patterns find in some files of some Go modules, comments and all: nothing is judged here.
"""

import fnmatch
import json
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from .schemas import Module, Unusable, module_sum

ARGO = Module(
    "github.com/argoproj/argo-cd/v3", "v3.5.7", "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=", "Apache-2.0", "", {}
)
ENGINE = Module(
    "github.com/argoproj/gitops-engine",
    "v0.7.3",
    "h1:0ZlRTReAJG5Y1PviQ8ZIJq/+VowxWe2uFwoXqYcbtXU=",
    "Apache-2.0",
    "",
    {},
)
FLUX = Module(
    "github.com/fluxcd/kustomize-controller", "v1.9.6", "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=", "Apache-2.0",
    "", {},
)  # fmt: skip
FLUX_API = Module(
    "github.com/fluxcd/kustomize-controller/api", "v1.9.6", "h1:7XiuW+l3YYXWeIwLJ8w34zHlJyMUEKosBIxLIki9J3I=",
    "Apache-2.0", "", {},
)  # fmt: skip
GKE = Module(
    "github.com/GoogleCloudPlatform/gke-networking-api", "v0.2.11", "h1:U9n3hHMyWvGHO+wiEUxoLHQlqUxU0oARuCHoDZTDxUQ=",
    "Apache-2.0", "", {},
)  # fmt: skip
KSERVE = Module(
    "github.com/kserve/kserve", "v0.20.0", "h1:Bs7HxmGV4KFqqptDcWseKv+mwD4YOYHJWcuVgPG2Gug=", "Apache-2.0", "", {}
)
LWS = Module("sigs.k8s.io/lws", "v0.9.0", "h1:DcJCgxjjoGOx//QHZkeKpyiblxYq70aCRZNYSfykWyI=", "Apache-2.0", "", {})
KUEUE = Module("sigs.k8s.io/kueue", "v0.17.0", "h1:7hzb38M4eKGzYW+CFv2s1L+swzzacUCHOCXxZmAV90I=", "Apache-2.0", "", {})


class Place(NamedTuple):
    """Files of a module, and what to take of each of their lines: the first group of the pattern."""

    module: Module
    files: str
    pattern: str


OPTION = r"(?<![\w.])([A-Z][A-Za-z]+=[a-z]+)\b"
PLACES: dict[str, tuple[Place, ...]] = {
    "argocd-option": (
        Place(ENGINE, "pkg/sync/common/types.go", OPTION),
        Place(ARGO, "controller/sync.go", OPTION),
        Place(ARGO, "docs/user-guide/sync-options.md", OPTION),
    ),
    "argocd-compare-option": (
        Place(ARGO, "controller/state.go", r'AnnotationCompareOptions, "(\w+=\w+)"'),
        Place(ARGO, "docs/user-guide/compare-options.md", r"compare-options: (\w+(?:=\w+)?)"),
    ),
    "argocd-hook": (
        Place(ENGINE, "pkg/sync/common/types.go", r'HookType = "(\w+)"'),
        Place(ARGO, "controller/hook.go", r'HookType = "(\w+)"'),
    ),
    "argocd-hook-delete-policy": (Place(ENGINE, "pkg/sync/common/types.go", r'HookDeletePolicy = "(\w+)"'),),
    "argocd-key": (
        Place(ENGINE, "pkg/sync/common/types.go", r'"(argocd\.argoproj\.io/[a-z-]+)"'),
        Place(ARGO, "*.go", r'"((?:[a-z]+\.)?argocd\.argoproj\.io/[a-z-]+)"'),
        Place(ARGO, "docs/user-guide/annotations-and-labels.md", r"((?:[a-z]+\.)?argocd\.argoproj\.io/[a-z-]+)"),
    ),
    "flux-key": (Place(FLUX, "internal/*.go", r'"(?:%s|kustomize\.toolkit\.fluxcd\.io)/(\w+)"'),),
    "flux-value": (Place(FLUX_API, "v1/kustomization_types.go", r'^\s*(?:Ena|Disa|Mer|IfN|Ign)\w+Value\s*= "(\w+)"'),),
    "kueue-key": (
        Place(KUEUE, "apis/*.go", r'"((?:[a-z]+\.)?kueue\.x-k8s\.io/[a-z-]+)"'),
        Place(KUEUE, "pkg/*.go", r'"((?:[a-z]+\.)?kueue\.x-k8s\.io/[a-z-]+)"'),
    ),
    # Keys of KServe begin with the name of a constant.
    "kserve-key": (
        Place(KSERVE, "pkg/*.go", r'KServeAPIGroupName \+ "/(?:" \+ ")?([\w-]+)"'),
        Place(KSERVE, "pkg/*.go", r'"serving\.kserve\.io/([\w-]+)"'),
    ),
    "gke-network-key": (Place(GKE, "apis/network/*.go", r'"(networking\.gke\.io/[\w.-]+)"'),),
    "lws-key": (Place(LWS, "api/*.go", r'"(leaderworkerset\.sigs\.k8s\.io/[\w-]+)"'),),
}
MODULES = (ARGO, ENGINE, FLUX, FLUX_API, GKE, KSERVE, KUEUE, LWS)


def build(archives: dict[str, Path]) -> bytes:
    """The vocabularies and where they come from, as the store has them. archives: by path of the module.

    Raises Unusable if an archive is another than the pinned one, or a vocabulary is empty.
    """
    texts = {module.path: _texts(module, archives[module.path]) for module in MODULES}
    words = {}
    for name, places in PLACES.items():
        found = {word for place in places for word in _found(place, texts[place.module.path])}
        if not found:
            raise Unusable(f"the pinned sources hold no {name}: a file or a pattern has moved")
        words[name] = sorted(found)
    sources = [{"path": m.path, "version": m.version, "h1": m.h1, "licence": m.licence} for m in MODULES]
    return (json.dumps({"sources": sources, "words": words}, indent=1, sort_keys=True) + "\n").encode()


def _texts(module: Module, path: Path) -> dict[str, str]:
    """The text of each file of a module that a place names, tests aside."""
    wanted = [place.files for places in PLACES.values() for place in places if place.module is module]
    head = f"{module.path}@{module.version}/"
    with zipfile.ZipFile(path) as archive:
        if (found := module_sum(archive)) != module.h1:
            raise Unusable(f"{module.path} {module.version} is not the pinned one: its sum is {found}")
        names = {name.removeprefix(head): name for name in archive.namelist() if not name.endswith("_test.go")}
        return {
            short: archive.read(name).decode("utf-8", "replace")
            for short, name in names.items()
            if any(fnmatch.fnmatchcase(short, pattern) for pattern in wanted)
        }


def _found(place: Place, texts: dict[str, str]) -> list[str]:
    chosen = [text for name, text in texts.items() if fnmatch.fnmatchcase(name, place.files)]
    return [word for text in chosen for word in re.findall(place.pattern, text, re.MULTILINE)]
