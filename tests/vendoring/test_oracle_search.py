"""The search for refusals, on an engine of a few lines instead of a real one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.vendoring.oracle import configs, probing, refusals, table
from support import ROOT

SOURCE = """\
def check(args):
    if args.dp_size == 1:
        args.spread = False
    if args.backend == "fast":
        assert args.spread, "no"
    if args.mode in ("a", "b") and args.major == 9:
        raise ValueError(args.mode)
    if args.pages > 1:
        big = args.chunk
        if big == 0:
            raise ValueError("both")
"""


def row(name: str, kind: str | None = "str", **more: Any) -> dict[str, Any]:
    plain = {"names": [name], "field": name.replace("-", "_"), "nargs": None, "type": kind, "choices": None}
    return {**plain, "default": None, "action": "_StoreAction", "hidden": False, **more}


ROWS = [
    row("backend", choices=["fast", "slow"], default="slow"), row("mode", choices=["a", "b", "c"], default="c"),
    row("spread", None, nargs=0), row("dp-size", "int", default=1), row("tp-size", "int", default=1),
    row("pages", "int", default=1), row("chunk", "int", default=8), row("old", action="DeprecatedAction"),
]  # fmt: skip


class Toy(refusals.Prober):
    """Judges as the source above does."""

    @property
    def probes(self) -> int:
        return len(self.known)

    def verdicts(self, at: int, settings: Iterable[refusals.Setting]) -> list[str]:
        found = list(settings)
        for setting in found:
            self.known[at, setting] = self._judged(at, dict(setting))
        return [self.known[at, s] for s in found]

    def _judged(self, at: int, given: dict[str, str | None]) -> str:
        spread = "spread" in given and given.get("dp_size", "1") != "1"
        if given.get("backend") == "fast" and not spread:
            return "toy/server_args.py:5"
        if given.get("mode") in ("a", "b") and self.contexts[at].hardware.capability[0] == 9:
            return "toy/server_args.py:7"
        return "toy/server_args.py:11" if int(given.get("pages") or 1) > 1 and given.get("chunk") == "0" else ""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[refusals.Row], Any, Any, Any]:
    root = tmp_path_factory.mktemp("site")
    (root / "toy").mkdir()
    (root / "toy/server_args.py").write_text(SOURCE)
    options = probing.options(ROWS)
    sites = probing.sites(root, ["/toy/server_args.py"], frozenset(options.rows))
    models = {name: model for name, model in load_models(ROOT).items() if configs.known(model)}
    contexts, some = refusals.contexts(models, load_hardware(ROOT), dict.fromkeys(models, Path()))
    assert {contexts[i].hardware.capability[0] for i in some} == {9, 10}
    search = refusals.Search(Toy("toy", root, options, contexts), sites, str)
    return search.run(some, 40), contexts, options, search.by_place


@pytest.fixture(scope="module")
def found(searched: tuple[list[refusals.Row], Any, Any, Any]) -> list[dict[str, Any]]:
    return table.tabled(*searched)


def test_a_refusal_has_its_smallest_setting_and_what_takes_it_away(
    searched: tuple[list[refusals.Row], Any, Any, Any],
) -> None:
    row = next(row for row in searched[0] if row.where.endswith(":5"))
    assert row.setting == {("backend", "fast")}
    assert row.unless == [{("dp_size", "*"), ("spread", None)}]


def test_a_table_is_silent_where_another_argument_of_the_condition_is_stated(found: list[dict[str, Any]]) -> None:
    one = next(row for row in found if row["where"].endswith(":5"))
    assert one["with"] == {"backend": ["fast"]} and "for" not in one and one["unless"] == [{"spread": "*"}]


@pytest.mark.parametrize(
    ("site", "wanted"),
    [
        (None, None),
        (probing.Site("a:1", fields={"tp_size", "backend"}), None),
        (probing.Site("a:1", fields={"backend"}, of_the_image=True), None),
        (probing.Site("a:1", fields={"backend"}), {}),
        (probing.Site("a:1", fields={"backend"}, read={"pages"}), {"unless": [{"pages": "*"}]}),
    ],
)
def test_a_table_claims_no_more_than_its_source(site: probing.Site | None, wanted: dict[str, Any] | None) -> None:
    entry = {"with": {"backend": ["fast"]}, "where": "a:1"}
    assert table.cautious(entry, site, probing.options(ROWS)) == (None if wanted is None else entry | wanted)


def test_values_that_are_refused_alike_are_one_row_with_the_facts_that_it_needs(found: list[dict[str, Any]]) -> None:
    one = next(row for row in found if row["where"].endswith(":7"))
    assert one["with"] == {"mode": ["a", "b"]} and one["for"] == {"facts": ["major"], "are": [[9]]}
    assert "unless" not in one


def test_two_numbers_are_a_relation_and_no_row(found: list[dict[str, Any]]) -> None:
    assert not [row for row in found if row["where"].endswith(":11")]


def test_what_stands_in_a_condition_is_tried(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/server_args.py").write_text(SOURCE)
    sites = probing.sites(tmp_path, ["/toy/server_args.py"], frozenset(probing.options(ROWS).rows))
    by_place = {site.where.rpartition(":")[2]: site for site in sites}
    assert by_place["5"].fields == {"backend", "spread"} and by_place["5"].origins == {"dp_size"}
    assert by_place["7"].constants["mode"] >= {"a", "b"}
    assert by_place["11"].fields == {"pages", "chunk"}


def test_a_retired_option_is_not_varied() -> None:
    assert "old" not in probing.options(ROWS).rows


@pytest.mark.parametrize("model", sorted(load_models(ROOT)))
def test_facts_make_a_configuration(model: str) -> None:
    facts = load_models(ROOT)[model]
    if configs.known(facts):
        config = configs.files(facts)["config.json"]
        inner = config.get("text_config", config)
        assert config["architectures"] == [facts.architecture] and inner["num_hidden_layers"] == facts.layers
        assert ("quantization_config" in config) == (facts.native_precision != "bf16")
