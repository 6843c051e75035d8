"""Every rule by its own examples: it fires on BAD, is silent on GOOD, and says what a reader needs."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rules import variants
from servelint import lines
from servelint.catalogue.load import load_hardware, load_models
from servelint.model import Ledger, Overlay, Provision, Said
from servelint.rules import Rule, all_rules
from servelint.sources import Reader
from servelint.steps import guard, pipeline, render, waive
from servelint.steps.discover import discover
from servelint.steps.lint import Hit, change, lint, lint_fleet

ROOT = Path(__file__).parents[2]
HARDWARE = load_hardware(ROOT)
MODELS = load_models(ROOT)
RULES = list(all_rules().values())
FAILURES = re.compile(r"(PAR|MEM|ARC|NET|ROL|CFG|REF|STO|KUE|KZ|YML|GIT|KS)-\d\d")


def test_variants_are_of_rules() -> None:
    assert sorted(set(variants.modules()) - {(rule.family, rule.id.replace("-", "_")) for rule in RULES}) == []
    for name, module in variants.modules().items():
        assert hasattr(module, "ALSO_GOOD") or hasattr(module, "ALSO_BAD"), name
    for rule in RULES:
        assert not any(name.startswith("ALSO_") for name in vars(rule.module)), f"{rule.id}: nobody tries them there"


class Example(NamedTuple):
    """One example of a rule, in what form its scope has, and where it stands."""

    rule: Rule
    value: object
    context: dict[str, object]

    @classmethod
    def all(cls, quality: str) -> list[Any]:
        """Every example of every rule that is GOOD or BAD, as parameters of a test."""
        return [
            pytest.param(cls(rule, value, context), id=f"{rule.id}-{i}" if i else rule.id)
            for rule in RULES
            for i, (value, context) in enumerate(variants.examples(rule, quality))
        ]


def _overlay(text: str, context: dict[str, Any], path: str = "overlays/example") -> Overlay:
    return Overlay(
        path=context.get("path", path),
        kind=context.get("kind", "leaf"),
        resources=pipeline.parse(text),
        hardware=HARDWARE.get(context.get("hardware", "")),
        model=MODELS.get(context.get("model", "")),
        workload=context.get("workload"),
        kubernetes=("1.31", "1.37"),
        external=frozenset(tuple(pair) for pair in context.get("external", ())),
        folders=frozenset(context.get("folders", ())),
        built=context.get("built", {}),
        idle=context.get("idle", {}),
        platform=tuple(Provision(*each) for each in context.get("platform", ())),
        site=context.get("site", ()),
        all_hardware=HARDWARE,
        all_models=MODELS,
        said={key: Said(value, "site.yaml", 1) for key, value in context.get("said", {}).items()},
    )


def _tree(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def _hits(given: Example, folder: Path) -> list[Hit]:
    """What the rule says of one of its examples, whatever form the example has."""
    rule, example, context = given
    if rule.scope == "check":
        return lint(_overlay(str(example), context), [rule])
    if rule.scope == "check_change":
        before, after = (_overlay(text, context) for text in example)  # type: ignore[attr-defined]
        return change(before, after, [rule])
    if rule.scope == "judge":
        named = [item if isinstance(item, tuple) else (f"overlays/example-{i}", item) for i, item in enumerate(example)]  # type: ignore[call-overload]
        overlays = [_overlay(text, context, path) for path, text in named]
        return [hit for _, hit in lint_fleet(overlays, [rule])]
    if rule.scope == "check_exceptions":
        _tree(folder, {waive.FILE: str(example)})
        entries = waive.load(folder)
        ledger = Ledger(entries, frozenset(), datetime.date(2026, 1, 1), True)
        return [Hit(rule, problem) for problem in rule.run(ledger)]
    root = _tree(folder, example)  # type: ignore[arg-type]
    if rule.scope == "check_build":
        return [Hit(rule, problem) for problem in rule.run(render.run_kustomize(str(root / "overlays/h/m/w")))]
    reader = Reader(root)
    trees = [guard.tree_of(reader, target) for target in discover(root, [], root)]
    return [hit for tree in trees for hit in guard.check(tree, [rule])]


@pytest.mark.parametrize("example", Example.all("GOOD"))
def test_good_is_clean(example: Example, tmp_path: Path) -> None:
    assert [hit.problem.message for hit in _hits(example, tmp_path)] == []


@pytest.mark.parametrize("example", Example.all("BAD"))
def test_bad_is_found_once(example: Example, tmp_path: Path) -> None:
    hits = _hits(example, tmp_path)
    assert len(hits) == 1, [hit.problem.message for hit in hits]
    assert hits[0].severity in hits[0].rule.severities


@pytest.mark.parametrize("example", Example.all("BAD"))
def test_problems_point_into_their_resource(example: Example) -> None:
    """A pointer that leads nowhere would be located at the wrong line."""
    if example.rule.scope != "check":
        return
    overlay = _overlay(str(example.value), example.context)
    for _, problem in lint(overlay, [example.rule]):
        if problem.resource is None:  # about the overlay as a whole
            continue
        assert problem.resource in overlay.resources
        pointer, value = problem.pointer, problem.resource.body
        for i, step in enumerate(pointer):
            if isinstance(value, str):  # on into a file that a ConfigMap holds
                assert pointer[0] == "data"
                break
            assert (step in value) if isinstance(value, dict) else (0 <= step < len(value)), pointer[: i + 1]
            value = value[step]


@pytest.mark.parametrize("rule", [rule for rule in RULES if len(rule.severities) > 1], ids=lambda rule: rule.id)
def test_a_rule_of_two_severities_says_both_and_no_other(rule: Rule, tmp_path: Path) -> None:
    bad = [param.values[0] for param in Example.all("BAD") if param.values[0].rule is rule]
    assert {hit.severity for example in bad for hit in _hits(example, tmp_path)} == set(rule.severities)
    for severity in rule.severities:
        alone = [example._replace(rule=rule.only([severity])) for example in bad]
        assert {hit.severity for example in alone for hit in _hits(example, tmp_path)} == {severity}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_explains_itself(rule: Rule) -> None:
    doc = (rule.module.__doc__ or "").strip()
    first, _, rest = doc.partition("\n")
    assert first.endswith("."), "the first line says what"
    assert len(rest.strip()) > 60, "the rest says why it matters and what it costs"
    assert rule.severities in (("error",), ("warning",), ("error", "warning"), ("warning", "error"))
    assert all(hint.endswith(".") and "\n" not in hint for hint in rule.hints)
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", old) for old, _ in rule.formerly)
    assert all(severity in (None, *rule.severities) for _, severity in rule.formerly)
    assert rule.source.startswith("https://")
    assert all(FAILURES.fullmatch(covered) for covered in rule.covers)


def test_the_failure_modes_of_the_first_issue_are_covered() -> None:
    wanted = """PAR-01 PAR-02 PAR-06 PAR-09 MEM-04 ARC-02 ARC-03 ARC-06 NET-01 NET-02 NET-04 NET-05 ROL-01 ROL-02 ROL-03
        ROL-04 ROL-08 CFG-01 CFG-07 REF-01 REF-03 REF-04 REF-05 REF-06 REF-07 REF-08 STO-01 STO-04 STO-07 KZ-01 KZ-03
        KZ-06 KZ-08 KZ-09 KZ-13 KZ-14 KZ-17 YML-01 YML-02 YML-04 GIT-01 GIT-04 GIT-06 GIT-10 KS-01 KS-02""".split()
    covered = {failure for rule in RULES for failure in rule.covers}
    assert sorted(set(wanted) - covered) == []


ODD = [
    "apiVersion: v1\nkind: Pod\nmetadata: null\nspec: null\n",
    "apiVersion: v1\nkind: Pod\nmetadata: []\nspec: {containers: {a: b}}\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: 1, labels: [a], annotations: text}\n"
    "spec: {replicas: many, selector: 3, strategy: 4, template: {metadata: 1, spec: {containers: [null, text, {name: 3, "
    "image: [a], command: text, args: {a: b}, env: {a: b}, envFrom: 3, ports: x, resources: 5, volumeMounts: [3, {name: "
    "[]}], startupProbe: [], livenessProbe: 3, readinessProbe: {httpGet: 4}}], initContainers: 7, volumes: [{name: {}}, "
    "null, {name: a, configMap: 5, projected: {sources: [null, 3]}, emptyDir: x, csi: [1]}], tolerations: {a: 1}, "
    "nodeSelector: [a], affinity: 1, serviceAccountName: {a: b}}}}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: [a], ports: {a: b}}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: 1}, ports: [null, {port: x, targetPort: []}]}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {engine.yaml: 3, other.yaml: '[a', b.json: '{', c: null}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: [1]\nbinaryData: x\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\ndata: [1]\nstringData: {a: 3}\n",
    "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: c}\nspec: {csi: 3, claimRef: x, capacity: []}\n",
    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {volumeName: [], resources: 3}\n",
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {a: [1]}}\nspec: {template: {spec: {containers: [{}]}}}\n",
    "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\nspec: {predictor: {model: 3}}\n",
    "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\n"
    "spec: {predictor: {model: {modelFormat: x, runtime: [1], resources: {limits: {nvidia.com/gpu: {}}}}}}\n",
    "apiVersion: serving.kserve.io/v1alpha1\nkind: ClusterServingRuntime\nmetadata: {name: r}\n"
    "spec: {supportedModelFormats: {a: b}, containers: [1], protocolVersions: x}\n",
    "apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: l}\n"
    "spec: {replicas: x, leaderWorkerTemplate: {size: [], workerTemplate: {spec: {containers: [{name: a}]}}}}\n",
    "apiVersion: kueue.x-k8s.io/v1beta2\nkind: LocalQueue\nmetadata: {name: [a]}\nspec: text\n",
    "apiVersion: 3\nkind: [a]\nmetadata: {name: {a: b}}\n",
    "kind: ''\n",
    "{}\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: e, image: i, "
    "args: ['sglang.launch_server --tp-size 99999999999999999999 --dp-size -1 \"'], "
    "resources: {limits: {nvidia.com/gpu: 1e400}}}]}\n",
]


@pytest.mark.parametrize("hardware", [None, "a3ultra", "a4x"])
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("kind", ["leaf", "cluster"])
def test_no_shape_of_input_crashes_a_rule(text: str, kind: str, hardware: str | None) -> None:
    overlay = Overlay(
        path="overlays/odd",
        kind=kind,
        resources=pipeline.parse(text),
        hardware=HARDWARE.get(hardware or ""),
        model=MODELS["deepseek-r1"] if hardware else None,
        kubernetes=("1.31",),
        all_hardware=HARDWARE,
        all_models=MODELS,
    )
    lint(overlay, RULES)
    lint_fleet([overlay, overlay], RULES)


def test_yaml_is_read_as_kubernetes_reads_it() -> None:
    text = "{a: 1:30, b: 1e3, c: 0o700, d: 2026-11-21, e: yes, f: 0700, g: 0x1F, h: '1', i: 08, j: ~, k: .5}\n"
    (_, value), = lines.load(text)  # fmt: skip
    assert value == {
        "a": "1:30", "b": 1000.0, "c": 448, "d": "2026-11-21", "e": True, "f": 448, "g": 31, "h": "1", "i": 8,
        "j": None, "k": 0.5,
    }  # fmt: skip
