"""No input has a traceback, a crashed rule or an unreadable report for an answer, and the same input has one answer.

Inputs are numbered, so each can be had again: `make test` tries the first few of every kind, `FUZZ=20000 pytest
tests/test_fuzz.py` the first 20,000, and `FUZZ=20000 FUZZ_FROM=1000000` others.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import mutations
from servelint import lines
from servelint.catalogue.load import load_hardware, load_models
from servelint.commands.validate import main
from servelint.rules import FAMILIES, all_rules
from servelint.steps import pipeline, report
from servelint.steps.context import Context
from support import PYTHON, ROOT, copy_fleet, environment

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
WORKLOADS = (None, "sglang-serve", "trtllm-serve", "sglang-bench", "triton-kserve", "trtllm-bench")
CONTEXT = Context(ROOT, HARDWARE, MODELS, list(all_rules().values()))
TODAY = datetime.date(2026, 1, 1)
ORDER = ("file", "line", "rule", "overlay", "pointer", "message")
LONG, FIRST = int(os.environ.get("FUZZ", "0")), int(os.environ.get("FUZZ_FROM", "0"))


def numbered(count: int) -> Iterator[tuple[int, Random]]:
    """So many numbers, or as many as a long run asks for, each with what its input is drawn from."""
    return ((number, Random(number)) for number in range(FIRST, FIRST + (LONG or count)))


def _validated(text: str, hardware: str, model: str | None, workload: str | None) -> pipeline.Result:
    given = [pipeline.Manifest("it.yaml", text)]
    return pipeline.validate_manifests(CONTEXT, given, hardware, model, workload, TODAY)


def _readable(document: Any) -> bool:
    try:
        return bool(lines.load(mutations.dumped([document])))
    except lines.BadYaml:
        return False


def _rank(finding: dict[str, Any]) -> list[Any]:
    """Errors first, causes before consequences, then as a reader goes through files."""
    family = FAMILIES.index(all_rules()[finding["rule"]].family)
    return [finding["severity"] != "error", family, *(finding[name] for name in ORDER)]


def judged(documents: list[Any], hardware: str, model: str | None, workload: str | None, twice: bool) -> str | None:
    """What is wrong with the verdict on a manifest, or None. twice: whether to ask a second time."""
    text = mutations.dumped(documents)
    try:
        result = _validated(text, hardware, model, workload)
    except pipeline.BadManifest:
        return None
    if result.crashes:
        return f"{result.crashes[0]} ({hardware}, {model}, {workload})\n{text}"
    written = {name: write(result) for name, write in report.FORMATS.items()}
    findings = json.loads(written["json"])["findings"]
    json.loads(written["sarif"])
    if findings != sorted(findings, key=_rank):
        return f"findings are not sorted\n{text}"
    if not all(1 <= finding["line"] <= text.count("\n") + 1 for finding in findings):
        return f"a finding stands in no line\n{text}"
    if twice:
        again = _validated(text, hardware, model, workload)
        if {name: write(again) for name, write in report.FORMATS.items()} != written:
            return f"a second answer is another one\n{text}"
    return None


def told(found: Iterator[tuple[int, str | None]]) -> None:
    """Fails with every number whose input has a wrong answer, and the first such answer."""
    wrong = [(number, said) for number, said in found if said is not None]
    if wrong:
        pytest.fail(f"{[number for number, _ in wrong]}\n{wrong[0][0]}: {wrong[0][1]}", pytrace=False)


def test_the_fleet_mutated() -> None:
    def one(random: Random) -> str | None:
        path, objects = random.choice(mutations.golden())
        hardware, *rest = path.removesuffix(".yaml").split("/")
        some = random.sample(objects, min(len(objects), random.randint(1, 5)))
        documents = [mutations.mutated(body, random) if random.random() < 0.7 else body for body in some]
        model, workload = rest if len(rest) == 2 and random.random() < 0.7 else (None, None)
        hardware = hardware if hardware in HARDWARE else "a3ultra"
        return judged(documents, hardware, model if model in MODELS else None, workload, random.random() < 0.1)

    told((number, one(random)) for number, random in numbered(200))


def test_the_examples_of_the_rules_mutated() -> None:
    def one(random: Random) -> str | None:
        context, objects = random.choice(mutations.examples())
        documents = [mutations.mutated(body, random) for body in objects]
        if random.random() < 0.3:
            documents += random.choice(mutations.examples())[1]
        model = context.get("model") if random.random() < 0.5 else random.choice([None, *MODELS])
        hardware = context.get("hardware") or random.choice(list(HARDWARE))
        workload = context.get("workload") or random.choice(WORKLOADS)
        return judged(documents, hardware, model, workload, random.random() < 0.1)

    told((number, one(random)) for number, random in numbered(500))


def test_objects_made_up_from_the_schemas() -> None:
    def one(random: Random) -> str | None:
        documents: list[Any] = [mutations.generated(random) for _ in range(random.randint(1, 3))]
        if random.random() < 0.5:
            documents += random.choice(mutations.examples())[1]
        model, workload = random.choice([None, *MODELS]), random.choice(WORKLOADS)
        return judged(documents, random.choice(list(HARDWARE)), model, workload, random.random() < 0.1)

    told((number, one(random)) for number, random in numbered(150))


def test_a_text_cut_and_doubled() -> None:
    """Not what YAML makes of a manifest, but its letters."""

    def one(random: Random) -> str | None:
        _, objects = random.choice(mutations.examples())
        text = mutations.garbled(mutations.dumped(list(objects)), random)
        try:
            result = _validated(text, "a3ultra", None, None)
        except pipeline.BadManifest as error:
            line = int(str(error).split(":")[1])
            return None if 1 <= line <= text.count("\n") + 2 else f"{error}\n{text}"
        return f"{result.crashes[0]}\n{text}" if result.crashes else None

    told((number, one(random)) for number, random in numbered(100))


# --- sources ---------------------------------------------------------------------------------------------------------

SOURCES = (
    "overlays/{leaf}/kustomization.yaml", "overlays/{leaf}/engine.yaml", "base/{workload}/kustomization.yaml",
    "base/{workload}/*.yaml", "hardware/{hardware}/kustomization.yaml", "hardware/{hardware}/host.yaml",
    "hardware/{hardware}/hardware.yaml", "models/{model}/kustomization.yaml", "models/{model}/model.yaml",
    "exceptions.yaml", "base/platform/*/*.yaml", "base/launcher/*",
)  # fmt: skip
"""What a leaf is made of and judged by."""
OF_CLUSTERS = ("{cluster}/kustomization.yaml", "{cluster}/site.yaml", "base/site/*.yaml", "{cluster}/sync/*.yaml")
EXCEPTIONS = """\
- {rule: idle-gpus, where: overlays/a3ultra/*, reason: measured and found right, expires: '2026-02-01'}
- {rule: floating-image, where: nowhere, reason: measured and found right, expires: '2999-02-01'}
"""


def spoilt(text: str, random: Random) -> str:
    """A source's text after a mutation of what it holds, or of its letters."""
    try:
        documents = [value for _, value in lines.load(text)]
    except lines.BadYaml:
        documents = []
    if not documents or random.random() < 0.3:
        return mutations.garbled(text, random)
    i = random.randrange(len(documents))
    return mutations.dumped([*documents[:i], mutations.mutated(documents[i], random), *documents[i + 1 :]])


def called(fleet: Path, *arguments: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of a run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([*arguments], root=fleet)
    return status, out.getvalue(), err.getvalue()


def test_sources_mutated(tmp_path: Path) -> None:
    fleet = copy_fleet(tmp_path / "fleet")
    leaves = sorted(file.parent.relative_to(fleet / "overlays") for file in fleet.glob("overlays/a*/*/*/engine.yaml"))
    clusters = sorted(file.parent.relative_to(fleet) for file in fleet.glob("overlays/clusters/*/site.yaml"))

    def one(random: Random) -> str | None:
        leaf, cluster = random.choice(leaves), random.choice(clusters)
        hardware, model, workload = leaf.parts
        names = {"leaf": leaf, "hardware": hardware, "model": model, "workload": workload, "cluster": cluster}
        of_leaf = random.random() < 0.9
        pattern = random.choice(SOURCES if of_leaf else OF_CLUSTERS).format(**names)
        files = [file for file in sorted(fleet.glob(pattern)) if file.is_file()]
        if not files:
            return None
        file = random.choice(files)
        kept = file.read_bytes()
        text = spoilt(EXCEPTIONS if file.name == "exceptions.yaml" else kept.decode(), random)
        file.write_bytes(text.encode("utf-8", "replace"))
        try:
            target = fleet / "overlays" / leaf if of_leaf else fleet / cluster
            status, out, err = called(fleet, str(target), "--format", "json")
        finally:
            file.write_bytes(kept)
        what = f"{file.relative_to(fleet)}: {status} {err}\n{text}"
        if status not in (0, 1, 2) or (status == 2) != bool(err) or "crashed" in err or "Traceback" in err:
            return what
        if status < 2:
            findings = json.loads(out)["findings"]
            if findings != sorted(findings, key=_rank):
                return f"findings are not sorted: {what}"
        return f"says something: {what}" if status == 2 and out else None

    told((number, one(random)) for number, random in numbered(16))


# --- the fuzzer itself -----------------------------------------------------------------------------------------------


def test_the_answer_does_not_hang_on_the_hashes_of_a_process(tmp_path: Path) -> None:
    """Sets of text have another order in every process."""
    random, documents = Random(7), list[Any]()
    for _ in range(12):
        documents += [mutations.mutated(body, random) for body in random.choice(mutations.examples())[1]]
    documents = [document for document in documents if _readable(document)]
    file = tmp_path / "it.yaml"
    file.write_text(mutations.dumped(documents), encoding="utf-8")
    command = [PYTHON, str(ROOT / "scripts/validate.py"), "--manifest", str(file), "--hardware", "a3ultra"]
    runs = [
        subprocess.run(
            [*command, "--format", "json"], env=environment(PYTHONHASHSEED=seed), capture_output=True, check=False
        )
        for seed in ("1", "2")
    ]
    assert [run.returncode for run in runs] == [1, 1], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout and len(json.loads(runs[0].stdout)["findings"]) > 20


def test_the_inputs_reach_the_rules() -> None:
    """Inputs that stop at the first question try nothing: many rules must find something in them."""
    fired: set[str] = set()
    for number in range(150):
        random = Random(number)
        context, objects = random.choice(mutations.examples())
        text = mutations.dumped([mutations.mutated(body, random) for body in objects])
        hardware, model = context.get("hardware", "a3ultra"), context.get("model")
        try:
            result = _validated(text, hardware, model, None)
        except pipeline.BadManifest:
            continue
        fired |= {finding.rule for finding in result.findings}
    assert len(fired) > 40, sorted(fired)
