"""What the engines' guides tell people to run is accepted: no error, and no warning but those that the data explains."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import servelint
from servelint.engines.lists import listing
from support import ROOT

PAGES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "commands.yaml").read_text())
PINS = {"sglang": ("lmsysorg/sglang", "v0.5.14-cu129"), "trtllm": ("nvcr.io/nvidia/tensorrt-llm/release", "1.2.0rc2")}
SECTIONS = {"sglang": "launch_server", "trtllm": "serve"}
SHORT = {"tp": "tp-size", "dp": "dp-size", "ep": "ep-size"}
"""What guides write, which a parser takes for the whole name; a launcher of the fleet wants that."""


class Run(NamedTuple):
    """One command line on one machine."""

    page: dict[str, Any]
    words: str
    hardware: str

    def __str__(self) -> str:
        return f"{self.page['engine']} {self.page['model']} {self.hardware} {self.words}"


RUNS = [Run(page, words, hardware) for page in PAGES for words in page["runs"] for hardware in page["machines"]]


def settings(run: Run) -> dict[str, Any]:
    """engine.yaml with the arguments of a command line."""
    engine = run.page["engine"]
    found = listing(engine, SECTIONS[engine], PINS[engine][1].removeprefix("v").partition("-")[0])
    assert found is not None
    section: dict[str, Any] = {}
    for word in shlex.split(run.words):
        if word.startswith("--"):
            name = SHORT.get(word[2:], word[2:])
            assert name in found.by_name, f"{name} is no argument of {found.told}"
            section[name] = True
        else:
            section[list(section)[-1]] = yaml.safe_load(word)
    options = {"extra_llm_api_options": run.page["options"]} if "options" in run.page else {}
    return {SECTIONS[engine]: section, **options}


def manifest(run: Run) -> str:
    """An overlay of the machine and the engine that the fleet has, with another model and engine.yaml."""
    page, workload = run.page, f"{run.page['engine']}-serve"
    own = ROOT / f"tests/golden/{run.hardware}/{page['model']}/{workload}.yaml"
    others = sorted((ROOT / f"tests/golden/{run.hardware}").glob(f"*/{workload}.yaml"))
    others += sorted((ROOT / "tests/golden").glob(f"*/*/{workload}.yaml"))
    text = (own if own.exists() else others[0]).read_text()
    facts = yaml.safe_load((ROOT / f"models/{page['model']}/model.yaml").read_text())
    documents = list(yaml.safe_load_all(text))
    for document in documents:
        data = document.get("data") if document["kind"] == "ConfigMap" else None
        if data and "MODEL_ID" in data:
            data["MODEL_ID"] = facts["id"]
        if data and "engine.yaml" in data:
            data["engine.yaml"] = yaml.safe_dump(settings(run), sort_keys=False)
        if document["kind"] == "Deployment":
            pod = document["spec"]["template"]["spec"]
            name, tag = PINS[page["engine"]]
            (container,) = (one for one in pod["containers"] if one["name"] == "engine")
            container["image"] = f"{name}:{tag}"
            if facts["gated"] and not any(one["name"] == "HF_TOKEN" for one in container["env"]):
                token = {"secretKeyRef": {"name": "hf-secret", "key": "hf_api_token"}}
                container["env"].append({"name": "HF_TOKEN", "valueFrom": token})
    return yaml.safe_dump_all(documents)


def said(run: Run) -> dict[str, str]:
    """What the validator says, by rule."""
    result = servelint.validate(
        manifests={"documented": manifest(run)}, hardware=run.hardware, model=run.page["model"],
        workload=f"{run.page['engine']}-serve", cache=False, jobs=1,
    )  # fmt: skip
    return {f.rule: f"{f.severity}: {f.message}" for f in result.findings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page['engine']}-{page['model']}")
def test_what_a_guide_gives_is_accepted(page: dict[str, Any]) -> None:
    """No explanation excuses an error, and none stands there for nothing."""
    explained, heard = set(page.get("says", {})), set()
    for run in (run for run in RUNS if run.page is page):
        findings = said(run)
        assert not {rule: text for rule, text in findings.items() if rule not in explained}, str(run)
        assert not [text for text in findings.values() if text.startswith("error")], str(run)
        heard |= set(findings)
    assert heard == explained


def test_there_are_forty() -> None:
    assert len({str(run) for run in RUNS}) >= 40
    assert all(page["source"].startswith("https://") for page in PAGES)
    assert all(isinstance(reason, str) and reason for page in PAGES for reason in page.get("says", {}).values())
