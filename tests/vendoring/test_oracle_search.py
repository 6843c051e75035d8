"""The search for refusals, on an engine of a few lines instead of a real one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.vendoring.oracle import configs, prober, probing, search, table
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
    if args.backend == "slow" and args.mode == "b":
        args.rows = 64
"""


def row(name: str, kind: str | None = "str", **more: Any) -> dict[str, Any]:
    plain = {"names": [name], "field": name.replace("-", "_"), "nargs": None, "type": kind, "choices": None}
    return {**plain, "default": None, "action": "_StoreAction", "hidden": False, **more}


ROWS = [
    row("backend", choices=["fast", "slow"], default="slow"), row("mode", choices=["a", "b", "c"], default="c"),
    row("spread", None, nargs=0), row("dp-size", "int", default=1), row("tp-size", "int", default=1),
    row("pages", "int", default=1), row("rows", "int", default=1), row("chunk", "int", default=8), row("old", action="DeprecatedAction"),
]  # fmt: skip


class Toy(prober.Prober):
    """Judges as the source above does."""

    def outcomes(self, asked: Sequence[tuple[int, prober.Setting]]) -> list[prober.Outcome]:
        self.known |= {(at, setting): self._judged(at, dict(setting)) for at, setting in asked}
        return [self.known[one] for one in asked]

    def _judged(self, at: int, given: dict[str, str | None]) -> prober.Outcome:
        spread = "spread" in given and given.get("dp_size", "1") != "1"
        line, field, final = 0, "", ""
        if given.get("backend") == "fast" and not spread:
            line = 5
        elif given.get("mode") in ("a", "b") and self.contexts[at].hardware.capability[0] == 9:
            line = 7
        elif int(given.get("pages") or 1) > 1 and given.get("chunk") == "0":
            line = 11
        elif given.get("backend", "slow") == "slow" and given.get("mode") == "b" and "rows" in given:
            line, field, final = 13, "rows", "64"
        return frozenset({prober.Effect(f"toy/server_args.py:{line}", field, final)} if line else ())


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[search.Row], Any, Any, Any]:
    root = tmp_path_factory.mktemp("site")
    (root / "toy").mkdir()
    (root / "toy/server_args.py").write_text(SOURCE)
    options = probing.options(ROWS)
    sites = probing.sites(root, ["/toy/server_args.py"], frozenset(options.rows))
    models = {name: model for name, model in load_models(ROOT).items() if configs.known(model)}
    contexts, some = prober.contexts(models, load_hardware(ROOT), dict.fromkeys(models, Path()))
    assert {contexts[i].hardware.capability[0] for i in some} == {9, 10}
    searching = search.Search(Toy("toy", root, options, contexts), sites, str)
    return searching.run(some, 40), contexts, options, searching.by_place


@pytest.fixture(scope="module")
def found(searched: tuple[list[search.Row], Any, Any, Any]) -> list[dict[str, Any]]:
    return table.tabled(*searched)


def test_a_refusal_has_its_smallest_setting(searched: tuple[list[search.Row], Any, Any, Any]) -> None:
    row = next(row for row in searched[0] if row.where.endswith(":5"))
    assert row.setting == {("backend", "fast")}


def test_a_value_that_is_replaced_is_a_row_with_what_it_becomes(found: list[dict[str, Any]]) -> None:
    one = next(row for row in found if row["where"].endswith(":13"))
    assert one["argument"] == "rows" and one["becomes"] == "64"
    assert one["with"] == {"mode": ["b"], "rows": ["*"]} and one["unless"] == [{"backend": "*"}]


class Cured(Toy):
    """An option that no condition names takes the refusal away, as code does that was called before."""

    def _judged(self, at: int, given: dict[str, str | None]) -> prober.Outcome:
        hidden = given.get("backend") == "fast" and "chunk" in given
        return frozenset() if hidden else super()._judged(at, given)


def test_what_takes_a_refusal_away_is_found_though_no_condition_names_it(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/server_args.py").write_text(SOURCE)
    options = probing.options(ROWS)
    sites = probing.sites(tmp_path, ["/toy/server_args.py"], frozenset(options.rows))
    models = {name: model for name, model in load_models(ROOT).items() if configs.known(model)}
    contexts, some = prober.contexts(models, load_hardware(ROOT), dict.fromkeys(models, Path()))
    searching = search.Search(Cured("toy", tmp_path, options, contexts), sites, str)
    rows = table.tabled(searching.run(some, 40), contexts, options, searching.by_place)
    one = next(row for row in rows if row["where"].endswith(":5"))
    assert one["unless"] == [{"spread": "*"}, {"chunk": "*"}]


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


class Beside(Toy):
    """Refuses a size that stands beside three options at once, more than are ever tried together."""

    def _judged(self, at: int, given: dict[str, str | None]) -> prober.Outcome:
        three = given.get("mode") == "c" and given.get("backend") == "slow" and "spread" in given
        if three and given.get("rows") == "4":
            return frozenset({prober.Effect("toy/server_args.py:11")})
        return frozenset()


def test_what_is_refused_only_beside_a_servers_own_arguments_is_found_and_is_as_small_as_it_goes(
    tmp_path: Path,
) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/server_args.py").write_text(SOURCE)
    options = probing.options(ROWS)
    sites = probing.sites(tmp_path, ["/toy/server_args.py"], frozenset(options.rows))
    models = {name: model for name, model in load_models(ROOT).items() if configs.known(model)}
    hardware = load_hardware(ROOT)
    contexts, some = prober.contexts(models, hardware, dict.fromkeys(models, Path()))
    stated = {"mode": "c", "chunk": 8, "spread": True, "backend": "slow", "unheard-of": 1, "pages": [1, 2]}
    server = prober.Server("deepseek-r1", "a3ultra", stated)
    starts = prober.starts([server, server], models, hardware, contexts, options)
    wanted = {("mode", "c"), ("chunk", "8"), ("spread", None), ("backend", "slow")}
    assert [setting for _, setting in starts] == [wanted]
    assert contexts[starts[0][0]].hardware.name == "a3ultra"
    without = search.Search(Beside("toy", tmp_path, options, contexts), sites, str).run(some, 5)
    assert not without
    (found,) = search.Search(Beside("toy", tmp_path, options, contexts), sites, str).run(some, 5, starts)
    assert found.setting == {*wanted - {("chunk", "8")}, ("rows", "4")}


def test_a_server_whose_model_has_no_configuration_is_no_start(tmp_path: Path) -> None:
    models, hardware = load_models(ROOT), load_hardware(ROOT)
    known = {name: model for name, model in models.items() if configs.known(model)}
    contexts, _ = prober.contexts(known, hardware, dict.fromkeys(known, Path()))
    unknown = next(name for name, model in models.items() if not configs.known(model))
    server = prober.Server(unknown, "a3ultra", {"mode": "a"})
    assert not prober.starts([server], models, hardware, contexts, probing.options(ROWS))


def test_the_width_is_called_as_the_engine_calls_it(tmp_path: Path) -> None:
    rows = [row("tensor-parallel-size", "int"), row("mode", choices=["a", "b"])]
    models = {name: model for name, model in load_models(ROOT).items() if configs.known(model)}
    contexts, _ = prober.contexts(models, load_hardware(ROOT), dict.fromkeys(models, Path("x")))
    asking = Toy("vllm", tmp_path, probing.options(rows), contexts)
    given = asking.argv(0, frozenset({("mode", "a")}))
    assert given == ["--model", "x", "--tensor-parallel-size", str(contexts[0].hardware.gpus), "--mode=a"]
    assert asking.argv(0, frozenset({("tensor_parallel_size", "2")})) == ["--model", "x", "--tensor-parallel-size=2"]


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
