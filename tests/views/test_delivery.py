"""Which folders the objects of a sync deliver, out of which repository, at which revision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from servelint.model import Overlay
from servelint.steps import pipeline
from servelint.views.delivery import Delivery, deliveries, meant, normal, normal_repository, reaches, unreplaced

FLUX = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
GIT = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository"}
ARGO = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
SET = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet"}
SOURCE = {"sourceRef": {"kind": "GitRepository", "name": "x"}}


def found(*bodies: tuple[dict[str, Any], dict[str, Any]]) -> list[Delivery]:
    documents = [json.dumps({**head, "metadata": {"name": "x"}, "spec": spec}) + "\n" for head, spec in bodies]
    return list(deliveries(Overlay("overlays/x", "sync", pipeline.parse("---\n".join(documents)))))


@pytest.mark.parametrize(
    ("ref", "revision", "at"),
    [
        (None, "master", ("spec",)), ({}, "master", ("spec",)), ({"other": "x"}, "master", ("spec", "ref")),
        ({"branch": "main"}, "main", ("spec", "ref", "branch")), ({"branch": "main", "tag": "v1"}, "v1", ("spec", "ref", "tag")),
        ({"branch": "main", "commit": "c", "semver": ">1", "name": "n"}, "c", ("spec", "ref", "commit")),
        ({"semver": ">1", "name": "n"}, "n", ("spec", "ref", "name")), ({"semver": ">1", "tag": "v"}, ">1", ("spec", "ref", "semver")),
    ],
)  # fmt: skip
def test_the_revision_that_flux_takes(ref: dict[str, str] | None, revision: str, at: tuple[str, ...]) -> None:
    spec = {"url": "https://h/r", **({} if ref is None else {"ref": ref})}
    (one,) = found((FLUX, {**SOURCE, "path": "./overlays/a/"}), (GIT, spec))
    assert (one.tool, one.path, one.path_at, one.repository) == ("Flux", "overlays/a", ("spec", "path"), "https://h/r")
    assert (one.revision, one.revision_at, one.revision_resource.kind) == (revision, at, "GitRepository")


def test_flux_without_its_source_or_path() -> None:
    (one,) = found((FLUX, SOURCE))
    assert (one.path, one.path_at, one.repository, one.revision) == (".", ("spec",), None, None)
    assert one.revision_resource is one.resource
    (other,) = found((FLUX, {"sourceRef": {"kind": "Bucket", "name": "x"}}), ({**GIT, "kind": "Bucket"}, {"url": "u"}))
    assert (other.repository, other.revision, other.revision_resource.kind) == (None, None, "Kustomization")


def test_sources_of_argo() -> None:
    source = {"repoURL": "https://h/r", "path": "/a", "targetRevision": "main"}
    one, other = found((ARGO, {"source": source, "sources": [{"path": "b"}, {"chart": "c"}]}))
    assert (one.path, one.path_at, one.revision, one.revision_at) == (
        "b",
        ("spec", "sources", 0, "path"),
        None,
        ("spec", "sources", 0),
    )
    assert one.repository is None and one.at == ("spec",)
    assert (other.path, other.path_at, other.repository) == ("a", ("spec", "source", "path"), "https://h/r")
    assert (other.revision, other.revision_at) == ("main", ("spec", "source", "targetRevision"))


def test_folders_of_an_application_set() -> None:
    folders = [{"path": "a/*"}, {"path": "b", "exclude": True}, {"path": "c", "exclude": False}, {}]
    template = {"spec": {"source": {"path": "{{path}}", "targetRevision": "{{x}}"}}}
    first, second = found((SET, {"generators": [{}, {"git": {"directories": folders}}], "template": template}))
    assert (first.path, first.path_at) == ("a/*", ("spec", "generators", 1, "git", "directories", 0, "path"))
    assert (second.path, second.revision, second.at) == ("c", None, ("spec", "template", "spec"))
    (named,) = found((SET, {"template": {"spec": {"source": {"path": "d", "targetRevision": "v1"}}}}))
    assert (named.path, named.revision) == ("d", "v1")


def test_what_delivers_nothing() -> None:
    other = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    assert (
        found(
            (other, {"path": "a"}),
            ({**ARGO, "kind": "AppProject"}, {}),
            ({**ARGO, "apiVersion": "v1"}, {"source": {"path": "a"}}),
        )
        == []
    )


@pytest.mark.parametrize(
    ("path", "folder", "meant"),
    [
        ("a/b", "a/b", True), ("a/*", "a/b", True), ("a/*", "a/b/c", False), ("a/**", "a/b/c", True), ("*", "a/b", False),
        ("a/b", "a/c", False), ("a/[b]", "a/b", True), ("a/[b]", "a/[b]", True),
    ],
)  # fmt: skip
def test_wildcards(path: str, folder: str, meant: bool) -> None:
    assert reaches(path, folder) is meant


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", ["a"]), ("a/b", ["a/b"]), ("a/*", ["a/b", "a/c"]), ("a/**", ["a/b", "a/b/c", "a/c"]), ("*/b", ["a/b", "b/b"]),
        ("a/[bc]", ["a/b", "a/c"]), ("[a", ["[a"]), ("*", ["[a", "a", "ab"]), ("a?", ["ab"]), ("a/b*", ["a/b"]), ("c/*", []),
        ("c", []), ("**", ["[a", "a", "a/b", "a/b/c", "a/c", "ab", "b/b"]),
    ],
)  # fmt: skip
def test_what_a_path_means_is_found_by_its_beginning(path: str, found: list[str]) -> None:
    known = ["[a", "a", "a/b", "a/b/c", "a/c", "ab", "b/b"]
    assert known == sorted(known) and meant(path, known, str) == found
    assert found == [folder for folder in known if reaches(path, folder)]


def test_spellings_that_make_no_difference() -> None:
    assert [normal(path) for path in ("./a/", "/a//b", "", " a ", "/")] == ["a", "a/b", ".", "a", "."]
    assert normal_repository(" HTTPS://H/R.git/ ") == normal_repository("https://h/r") == "https://h/r"


OF_ARGO, OF_FLUX = "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"


@pytest.mark.parametrize(
    ("annotations", "tools"),
    [
        ({}, ["Argo CD", "Flux"]),
        ({f"{OF_ARGO}sync-options": "Force=true, Replace=true"}, ["Flux"]),
        ({f"{OF_ARGO}sync-options": "Force=true"}, ["Argo CD", "Flux"]),
        ({f"{OF_ARGO}sync-options": "Replace=true"}, ["Argo CD", "Flux"]),
        ({f"{OF_FLUX}force": "enabled"}, ["Argo CD"]),
        ({f"{OF_FLUX}force": "disabled"}, ["Argo CD", "Flux"]),
        ({f"{OF_FLUX}force": "Enabled", f"{OF_ARGO}sync-options": "Replace=true,Force=true"}, []),
        ({f"{OF_ARGO}hook": "Sync"}, ["Flux"]),
        ({"helm.sh/hook": "pre-install"}, ["Flux"]),
        ({f"{OF_ARGO}hook": "Sync", f"{OF_ARGO}hook-delete-policy": "HookSucceeded"}, ["Argo CD", "Flux"]),
        ({f"{OF_ARGO}hook": "Sync", f"{OF_ARGO}hook-delete-policy": "HookFailed"}, ["Argo CD", "Flux"]),
        ({f"{OF_ARGO}hook": "Sync", f"{OF_ARGO}hook-delete-policy": "HookSucceeded,HookFailed"}, ["Flux"]),
        ({f"{OF_ARGO}hook": "Sync", f"{OF_ARGO}hook-delete-policy": "BeforeHookCreation"}, ["Flux"]),
        ({f"{OF_FLUX}ssa": "IfNotPresent"}, ["Argo CD"]),
        ({f"{OF_FLUX}ssa": "Ignore"}, ["Argo CD"]),
        ({f"{OF_FLUX}ssa": "Merge"}, ["Argo CD", "Flux"]),
    ],
)
def test_tools_that_replace_what_may_not_be_changed(annotations: dict[str, str], tools: list[str]) -> None:
    assert unreplaced(annotations) == tools
