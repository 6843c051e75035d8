"""The tables of refusals: how they are judged by, and that they refuse nothing of the fleet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from servelint.catalogue.load import load_hardware, load_models
from servelint.engines import kind, lists, tables
from servelint.engines.kind import Told
from servelint.engines.versions import version_in_tag
from support import ROOT

HW, MODELS = load_hardware(ROOT), load_models(ROOT)
ROWS = [
    {"with": {"backend": ["fast", "faster"]}, "where": "x/args.py:1", "unless": [{"spread": "true", "size": "*"}]},
    {"with": {"mode": ["a"], "tree": ["true"]}, "where": "x/args.py:2", "for": {"facts": ["major"], "are": [[9]]}},
    {"with": {"kind": ["b"]}, "where": "x/args.py:3", "variables": ["X_FREE"],
     "for": {"facts": ["architecture", "weights"], "are": [["GptOssForCausalLM", "mxfp4 in blocks"]]}},
    {"with": {"chunk": ["*"], "tree": ["true"]}, "where": "x/args.py:4", "argument": "chunk", "becomes": "64"},
    {"with": {"mixed": ["true"]}, "where": "x/args.py:5", "argument": "mixed", "becomes": "False",
     "unless": [{"backend": "*"}]},
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for version in ("1.0", "2.0"):
        content = {"engine": "toy", "version": version, "rows": ROWS if version == "2.0" else ROWS[:1]}
        (tmp_path / f"toy-{version}.json").write_text(json.dumps(content))
    monkeypatch.setattr(tables, "STORE", tmp_path)
    tables.stored.cache_clear()
    tables.rows.cache_clear()
    yield tmp_path
    tables.stored.cache_clear()
    tables.rows.cache_clear()


def told(given: dict[str, str | None], version: str | None = "2.0", **more: Any) -> Told:
    known: dict[str, Any] = {"model": MODELS["gpt-oss-120b"], "majors": frozenset({9}), "hosts": 1}
    return Told(value=lambda name: given.get(name, given.get("", "")), version=version, **{**known, **more})


def named(given: dict[str, str | None], version: str | None = "2.0", **more: Any) -> list[tuple[str, bool]]:
    return [(name, certain) for name, _, certain in tables.refused("toy", told(given, version, **more))]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("given", "more", "wanted"),
    [
        ({"backend": "fast"}, {}, ["backend"]),
        ({"backend": "slow"}, {}, []),
        ({}, {}, []),
        ({"backend": None}, {}, []),
        ({"backend": "fast", "spread": "true"}, {}, ["backend"]),
        ({"backend": "fast", "spread": "true", "size": "8"}, {}, []),
        ({"backend": "fast", "spread": "true", "size": None}, {}, []),
        ({"backend": "fast", "": None}, {}, []),
        ({"mode": "a", "tree": "True"}, {}, ["mode"]),
        ({"mode": "a", "tree": "false"}, {}, []),
        ({"mode": "a", "tree": "true"}, {"majors": frozenset({10})}, []),
        ({"mode": "a", "tree": "true"}, {"majors": frozenset({9, 10})}, []),
        ({"kind": "b"}, {}, ["kind"]),
        ({"kind": "b"}, {"model": None}, []),
        ({"kind": "b"}, {"model": MODELS["deepseek-r1"]}, []),
        ({"kind": "b"}, {"variables": frozenset({"X_FREE"})}, []),
    ],
)
def test_what_is_unknown_never_alarms(given: dict[str, str | None], more: dict[str, Any], wanted: list[str]) -> None:
    assert named(given, **more) == [(name, True) for name in wanted]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("version", "wanted"),
    [("2.0", [True]), ("2.0.1", [False]), ("1.0rc1", [False]), ("1.5", []), ("9.0", []), (None, []), ("x", [])],
)
def test_only_the_table_of_the_very_version_is_certain(version: str | None, wanted: list[bool]) -> None:
    assert [certain for _, certain in named({"backend": "fast"}, version)] == wanted


@pytest.mark.usefixtures("store")
def test_a_message_tells_what_stands_beside_it_and_a_way_out() -> None:
    (_, why, _), *_ = tables.refused("toy", told({"backend": "fast"}))
    assert why == "is refused by toy 2.0 (args.py:1); with spread and size it may not be"
    (_, why, _), *_ = tables.refused("toy", told({"mode": "a", "tree": "true"}))
    assert why == "is refused together with tree on compute capability 9 by toy 2.0 (args.py:2)"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"chunk": "16", "tree": "true"}, [("chunk", "becomes 64 together with tree in toy 2.0 (args.py:4)")]),
        ({"chunk": "64", "tree": "true"}, []),
        ({"chunk": "064", "tree": "true"}, []),
        ({"chunk": "", "tree": "true"}, []),
        ({"chunk": None, "tree": "true"}, []),
        ({"chunk": "16", "tree": None}, []),
        ({"mixed": "true"}, [("mixed", "is switched off in toy 2.0 (args.py:5); with backend it may not be")]),
        ({"mixed": "false"}, []),
        ({"mixed": "true", "backend": "fast"}, []),
        ({"mixed": "true", "backend": None}, []),
    ],
)
def test_a_value_that_is_replaced_is_told_where_it_is_another_one(
    given: dict[str, str | None], wanted: list[tuple[str, str]]
) -> None:
    assert [(name, what) for name, what, _ in tables.overridden("toy", told(given))] == wanted
    assert not [name for name, _ in named(given) if name in ("chunk", "mixed")]


TABLES = sorted(tables.STORE.glob("*-*.json"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_table_names_arguments_values_and_facts_that_there_are(path: Path) -> None:
    content = json.loads(path.read_text())
    family, version = content["engine"], content["version"]
    assert path.stem == f"{family}-{version}" and content["rows"]
    command = next(iter(kind(family).loading))
    listed = lists.listing(family, command, version)
    assert listed is not None and listed.exact
    majors = {machine.capability[0] for machine in HW.values()}
    values = {
        "major": majors,
        "architecture": {model.architecture for model in MODELS.values()},
        "weights": {tables.weights(model) for model in MODELS.values()},
    }
    for row in content["rows"]:
        assert set(row) <= {"with", "where", "for", "unless", "variables", "argument", "becomes"} and row["with"]
        assert row.get("argument", next(iter(row["with"]))) in row["with"] and ("argument" in row) == ("becomes" in row)
        for name, wanted in [
            *row["with"].items(),
            *((n, [v]) for cure in row.get("unless", ()) for n, v in cure.items()),
        ]:
            argument = listed.by_name[name]
            choices = argument.get("choices")
            assert not choices or set(wanted) <= {*map(str, choices), tables.ANY}, (name, wanted)
            assert wanted != [tables.ANY] or name == row.get("argument") or {name: tables.ANY} in _cures(row), name
            assert argument["type"] != "switch" or wanted in (["true"], [tables.ANY]), (name, wanted)
        for fact in row.get("for", {}).get("are", ()):
            assert all(value in values[name] for name, value in zip(row["for"]["facts"], fact, strict=True)), row


def _cures(row: dict[str, Any]) -> list[dict[str, str]]:
    return [{name: value} for cure in row.get("unless", ()) for name, value in cure.items()]


def test_the_ledger_has_the_figures_of_every_table() -> None:
    ledger = json.loads((lists.STORE / "PROVENANCE.json").read_text())["oracle"]
    for path in TABLES:
        rows = json.loads(path.read_text())["rows"]
        assert ledger[path.stem].get("overrides", 0) == sum("becomes" in row for row in rows)
        assert ledger[path.stem]["rows"] == sum("becomes" not in row for row in rows)
        assert ledger[path.stem]["probes"] > 1000 and len(ledger[path.stem]["sha256"]) == 64


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_nothing_that_an_engine_accepted_was_refused_in_the_last_trial(path: Path) -> None:
    trial = json.loads((lists.STORE / "PROVENANCE.json").read_text())["oracle"][path.stem]["trial"]
    assert trial["lines"] >= 300 and trial["accepted but refused here"] == 0
    assert trial["disproofs"] == 0 and trial["proofs"] >= 10 * trial["relations"] > 0


SECTIONS = {"sglang-serve": ("sglang", "launch_server"), "vllm-serve": ("vllm", "serve")}


def _servers() -> Iterator[tuple[str, str, str, str, dict[str, Any], str | None]]:
    """Overlay, engine, machine, model, arguments and version of each server of an engine that has tables."""
    for path in sorted((ROOT / "overlays").glob("*/*/*/engine.yaml")):
        hardware, model, workload = path.parts[-4:-1]
        if workload in SECTIONS:
            engine, section = SECTIONS[workload]
            arguments = yaml.safe_load(path.read_text())[section]
            images = yaml.safe_load((path.parent / "kustomization.yaml").read_text())["images"]
            tag = next(image["newTag"] for image in images if image["name"].startswith(engine))
            yield str(path.parent), engine, hardware, model, arguments, version_in_tag(f"{engine}:{tag}")


def test_both_engines_have_servers() -> None:
    assert {engine for _, engine, *_ in _servers()} == {"sglang", "vllm"}


@pytest.mark.parametrize(
    ("engine", "hardware", "model", "arguments", "version"), [c[1:] for c in _servers()], ids=[c[0] for c in _servers()]
)
def test_no_overlay_is_refused_or_overridden(
    engine: str, hardware: str, model: str, arguments: dict[str, Any], version: str | None
) -> None:
    def value(name: str) -> str:
        text = arguments.get(name, "")
        return str(text).lower() if isinstance(text, bool) else str(text)

    majors = frozenset({HW[hardware].capability[0]})
    assert version in tables.stored(kind(engine).family)
    start = Told(value=value, version=version, model=MODELS[model], majors=majors, hosts=1)
    assert not [*kind(engine).refused(start), *kind(engine).overridden(start)]
