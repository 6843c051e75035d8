"""What a cluster lacks, and in which words it is told: a folder of the platform, or an overlay of the repository."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import overlay, pod, thing
from servelint.model import Overlay, Provision, Resource
from servelint.views import ciphers, provision

LEAVES = frozenset(
    {"overlays/h/m/w", "overlays/h/m-w/x", "overlays/clusters/c", "base/platform/queue", "overlays/h/m/w/v2"}
)
SECRET = Provision("base/platform/token", ("base/platform/token", "base/platform/token/store"), (("Secret", "hf"), ("Secret", "SITE_SECRET")),
                   (("base/site/project", ("project", "region")), ("base/site/bucket", ("bucket",))))  # fmt: skip
USES = pod(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "k"}}}])


def cluster(*bodies: dict[str, Any], **known: Any) -> Overlay:
    usual: dict[str, Any] = {"path": "overlays/clusters/c", "kind": "cluster", "folders": LEAVES}
    return overlay(*bodies, **{**usual, "built": {"overlays/h/m/w": ("k.yaml", 3)}, **known})


@pytest.mark.parametrize(
    ("name", "leaf", "left_out"),
    [
        ("m-w-h-server", "overlays/h/m/w", None),
        ("m-w-x-h-server", "overlays/h/m-w/x", "overlays/h/m-w/x"),
        ("m-w-server", None, None),
        ("server", None, None),
        ("a-m-w-h-server", None, None),
    ],
)
def test_the_overlay_that_gives_a_name(name: str, leaf: str | None, left_out: str | None) -> None:
    given = cluster()
    assert provision.leaf_of(given, name) == leaf and name in given.asked
    assert provision.left_out(given, name) == left_out
    assert provision.left_out(cluster(kind="leaf"), name) is None
    assert provision.left_out(cluster(built={}), name) is None


def test_the_line_that_brings_an_object() -> None:
    named = [Resource(thing("Service", name)) for name in ("m-w-h-server", "m-w-x-h-server", "server")]
    assert [provision.line_of(cluster(), one) for one in named] == [("k.yaml", 3), None, None]


@pytest.mark.parametrize(
    ("kind", "name", "known", "found"),
    [
        ("Secret", "hf", {}, True),
        ("Secret", "other", {}, True),  # SITE_SECRET may become it
        ("ConfigMap", "hf", {}, False),
        ("Secret", "hf", {"kind": "leaf"}, False),
        ("Secret", "hf", {"built": {"base/platform/token/store": ("k.yaml", 1)}}, False),
        ("Secret", "other", {"platform": (Provision("f", ("f",), (("Secret", "hf"),)),)}, False),
    ],
)
def test_the_folder_that_would_declare_it(kind: str, name: str, known: dict[str, Any], found: bool) -> None:
    given = cluster(**{"platform": (SECRET,), **known})
    assert (provision.provider(given, kind, name) is SECRET) == found


def test_what_a_cluster_needs_of_a_folder() -> None:
    assert {one.folder: len(found) for one, found in provision.wanted(cluster(USES, USES, platform=(SECRET,))).items()} == {
        "base/platform/token": 2
    }  # fmt: skip
    assert provision.wanted(cluster(USES, thing("Secret", "hf", stringData={"k": "v"}), platform=(SECRET,))) == {}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (
            {},
            "../../../base/platform/token to resources, ../../../base/site/project to components, project and region to site.yaml, "
            "../../../base/site/bucket to components and bucket to site.yaml",
        ),
        (
            {"built": {"base/site/project": ("k.yaml", 1)}, "external": frozenset({("ConfigMap", "site/project"), ("Secret", "site/region")})},
            "../../../base/platform/token to resources, region to site.yaml, ../../../base/site/bucket to components and bucket to site.yaml",
        ),
        (
            {"external": frozenset(("ConfigMap", f"site/{key}") for key in ("project", "region", "bucket")), "built": {"base/site/bucket": ("k", 1)}},
            "../../../base/platform/token to resources and ../../../base/site/project to components",
        ),
    ],
)  # fmt: skip
def test_what_is_to_be_added(known: dict[str, Any], words: str) -> None:
    assert provision.lacking(cluster(**known), SECRET) == words


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_in_words(words: list[str], text: str) -> None:
    assert provision.all_of(words) == text


@pytest.mark.parametrize(
    ("missing", "known", "sure"),
    [
        (USES, {"kind": "leaf"}, True),
        (thing("HTTPRoute", apiVersion="gateway.networking.k8s.io/v1", spec={"rules": [{"backendRefs": [{"name": "s", "port": 1}]}]}), {"kind": "leaf"}, False),
        (thing("HTTPRoute", apiVersion="gateway.networking.k8s.io/v1", spec={"rules": [{"backendRefs": [{"name": "s", "port": 1}]}]}), {}, True),
        (pod(spec={"priorityClassName": "high"}), {}, False),
    ],
)  # fmt: skip
def test_what_is_missing_for_sure(missing: dict[str, Any], known: dict[str, Any], sure: bool) -> None:
    assert bool(list(provision.certain(cluster(missing, **known)))) == sure


def test_a_class_is_missing_where_others_of_its_kind_are_declared() -> None:
    given = cluster(pod(spec={"priorityClassName": "high"}), thing("PriorityClass", "low"))
    assert [one.name for one in provision.certain(given)] == ["high"]


SUM = {"sops": {"mac": "a"}}


@pytest.mark.parametrize(
    ("body", "encrypted"),
    [(SUM, True), ({"sops": {}}, False), ({"sops": "mac"}, False), ({"data": SUM}, False), ({}, False)],
)
def test_cipher_text_is_known_by_its_sum(body: dict[str, Any], encrypted: bool) -> None:
    assert ciphers.encrypted(Resource(body)) is encrypted


@pytest.mark.parametrize(
    ("pointer", "unseen"),
    [(("sops", "mac"), True), (("data", "a"), True), (("data", "b"), False), (("data", "c"), False)],
)
def test_places_that_nobody_sees(pointer: tuple[str, ...], unseen: bool) -> None:
    data = {"a": "ENC[AES256_GCM,data:YQ==]", "b": "ENC[other]", "c": 7}
    assert ciphers.unseen(Resource({"data": data, **SUM}), pointer) is unseen
    assert ciphers.unseen(Resource({"data": data}), pointer) is False
