"""What checking and parsing cost beside what else there is, in one run. ``make bench``

Numbers are printed, never asserted; that all agree on the fleet is asserted.
"""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import pytest
import yaml
from test_bench_render import race

from servelint import lines
from servelint.commands import golden
from servelint.model import Resource
from servelint.server import conformance, schema
from support import ROOT

VERSION = "1.33"


@pytest.fixture(scope="module")
def text() -> str:
    """The fleet as one stream."""
    return "---\n".join(golden.renders(ROOT).values())


@pytest.fixture(scope="module")
def documents(text: str) -> list[dict[str, Any]]:
    return [value for _, value in lines.load(text, trusted=True)]


def kubernetes_validate() -> ModuleType | None:
    """A validator of the same kind from PyPI. It is no dependency: it is here to be measured, if somebody put it here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import kubernetes_validate as module
        except ImportError:
            print(
                "\nkubernetes_validate is not here: `.venv/bin/python -m pip install kubernetes-validate`, then again"
            )
            return None
        return module


def test_schema_against_kubernetes_validate(documents: list[dict[str, Any]]) -> None:
    print(f"\n{len(documents)} documents against the schemas of Kubernetes {VERSION}")

    def ours(bodies: list[dict[str, Any]]) -> list[bool]:
        return [not schema.violations(body, VERSION) for body in bodies]

    race({"ours, every kind": lambda: ours(documents)})
    peer = kubernetes_validate()
    if peer is None:
        return
    # Core kinds; a marker in the place of a quantity is a mistake to us alone.
    core = [d for d in documents if "." not in d["apiVersion"] and "SITE_" not in str(d)]

    def theirs() -> list[bool]:
        good = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for body in core:
                try:
                    peer.validate(body, VERSION, strict=True)
                    good.append(True)
                except peer.ValidationError:
                    good.append(False)
        return good

    print(f"{len(core)} of them of kinds that kubernetes_validate knows")
    results = race({"ours": lambda: ours(core), "kubernetes_validate, strict": theirs}, rounds=2)
    assert results["ours"] == results["kubernetes_validate, strict"] == [True] * len(core)


def test_all_that_a_server_checks_in_200_documents(documents: list[dict[str, Any]]) -> None:
    """Shape, meaning and rules, beyond parsing; the goal is 50 ms."""
    some = [documents[i % len(documents)] for i in range(200)]
    conformance.violations.cache_clear()
    conformance.complaints.cache_clear()

    def shape() -> int:
        return sum(bool(schema.violations(body, VERSION)) for body in some)

    def everything() -> int:
        resources = [Resource(body) for body in some]  # new ones: verdicts are kept for each
        bad = [r for r in resources if conformance.violations(r, (VERSION,)) or conformance.complaints(r, (VERSION,))]
        return sum(bool(conformance.violations(r, (VERSION,))) for r in bad)

    print(f"\n{len(some)} documents of Kubernetes {VERSION}, each judged anew")
    results = race({"shape, meaning and rules": everything, "shape alone": shape}, rounds=5)
    assert results["shape, meaning and rules"] == results["shape alone"]


def test_parse_against_other_loaders(text: str) -> None:
    print(f"\nparse {len(text):,} bytes")
    results = race(
        {
            "ours, of a render": lambda: [value for _, value in lines.load(text, trusted=True)],
            "ours, of a source: measured first": lambda: measured(text),
            "yaml.CSafeLoader": lambda: list(yaml.load_all(text, Loader=yaml.CSafeLoader)),
            "yaml.safe_load_all": lambda: list(yaml.safe_load_all(text)),
        }
    )
    first, *others = results.values()
    assert first and all(other == first for other in others)


def measured(text: str) -> list[Any]:
    """The fleet as one stream is larger than one source may be, so the limits are others."""
    assert lines.measure(text, most_documents=10_000, most_nodes=1_000_000) is None
    return [value for _, value in lines.load(text, trusted=True)]
