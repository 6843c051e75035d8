"""Which list of arguments judges a version, and what a written name means to it."""

from __future__ import annotations

import pytest

from servelint.engines import lists, versions
from servelint.engines.layout import Layout, heads_problem

SGLANG = ("sglang", "0.5.14", "launch_server")


@pytest.mark.parametrize(
    ("wanted", "version", "exact"),
    [
        ("0.5.14", "0.5.14", True), ("0.5.14.post1", "0.5.14", False), ("0.5.13", "0.5.12.post1", False),
        ("0.5.23", "0.5.23", True), ("9.0", "0.5.23", False), ("0.1", "0.4.6.post4", False),
    ],
)  # fmt: skip
def test_the_nearest_older_list_or_else_the_oldest(wanted: str, version: str, exact: bool) -> None:
    chosen = lists.listing("sglang", "launch_server", wanted)
    assert chosen is not None and (chosen.version, chosen.exact) == (version, exact)
    assert chosen.told == (f"sglang {version}" if exact else f"sglang {version}, the nearest list to {wanted},")


def test_no_version_and_no_list_is_none() -> None:
    assert lists.listing("sglang", "launch_server", None) is lists.listing("sglang", "launch_server", "") is None
    assert lists.listing("sglang", "nosuch", "0.5.14") is lists.listing("nosuch", "serve", "1.0") is None


@pytest.mark.parametrize(
    ("name", "abbreviates", "means"),
    [
        ("mem-fraction-static", True, {"mem-fraction-static"}), ("mem-fraction", True, {"mem-fraction-static"}),
        ("mem-fraction", False, {"mem-fraction"}), ("mem_fraction_static", True, {"mem-fraction-static"}),
        ("enable", True, {"enable"}), ("nosuch", True, {"nosuch"}), ("port", True, {"port"}),
    ],
)  # fmt: skip
def test_what_an_abbreviation_means(name: str, abbreviates: bool, means: set[str]) -> None:
    assert lists.meant(SGLANG, name, abbreviates) == means
    assert lists.meant(None, name, abbreviates) == {lists.swap(name)}


def test_the_other_names_of_an_argument() -> None:
    assert {"tp-size", "tensor-parallel-size"} <= lists.same(SGLANG, ("tp_size",), ())
    assert "pp-size" not in lists.same(SGLANG, ("tp-size",), ())
    assert lists.same(None, ("a_b",), (("a-b", "c_d"), ("e",))) == {"a-b", "c-d"}
    assert lists.same(None, ("x",), (("a", "b"),)) == {"x"}


def test_versions_that_have_what_the_own_list_lacks() -> None:
    old = lists.listing("sglang", "launch_server", "0.4.6.post4")
    assert old is not None
    only = sorted(set(lists._by_name(*SGLANG)) - set(old.by_name))[0]
    assert "0.5.14" in lists.elsewhere(old, only) and lists.elsewhere(old, "nosuch") == []
    assert old.version not in lists.elsewhere(old, "port") and lists.elsewhere(old, "port")


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("max_seq_lne", ["max_seq_len", "max_num_tokens"], "max_seq_len"), ("tp", ["tp-size", "pp-size"], "tp-size"),
        ("tp", ["tp-size-long", "tp-size"], "tp-size"), ("tp_size_x", ["tp-size"], "tp-size"), ("zzz", ["tp-size"], None),
        ("size", ["tp-size"], "tp-size"), ("port", [], None),
    ],
)  # fmt: skip
def test_the_name_that_was_probably_meant(name: str, known: list[str], meant: str | None) -> None:
    assert lists.nearest(name, known) == meant


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("lmsysorg/sglang:v0.4.6.post4-cu124", "0.4.6.post4"), ("registry:5000/a/b:1.2.0rc2", "1.2.0rc2"),
        ("registry:5000/a/b", None), ("a:v1", None), ("a:1.2.3@sha256:4.5", "1.2.3"), ("a:latest-1.2", None), ("a:1.2.x", None),
    ],
)  # fmt: skip
def test_the_version_in_a_tag(image: str, version: str | None) -> None:
    assert versions.version_in_tag(image) == version


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [("1.2.0rc2", "1.2.0", True), ("1.2.0", "1.2.0", False), ("1.10", "1.9", False), (None, "1", False), ("x", "1", False), ("1", "x", False)],
)  # fmt: skip
def test_older(one: str | None, other: str, older: bool) -> None:
    assert versions.before(one, other) is older


@pytest.mark.parametrize(
    ("layout", "world", "text"),
    [
        (Layout("sglang"), 1, "TP 1"),
        (Layout("sglang", tp=4, pp=2, dp=3), 24, "TP 4, PP 2, DP 3"),
        (Layout("sglang", tp=8, ep=8, dp=4, attention_dp=True), 8, "TP 8, EP 8, attention DP 4"),
        (Layout("trtllm", tp=2, cp=2), 4, "TP 2, CP 2"),
    ],
)
def test_layouts_in_gpus_and_words(layout: Layout, world: int, text: str) -> None:
    assert (layout.world, str(layout)) == (world, text)


class Heads:
    """As much of a model as the question needs."""

    def __init__(self, attention_heads: int | None, kv_heads: int | None) -> None:
        self.attention_heads, self.kv_heads = attention_heads, kv_heads


@pytest.mark.parametrize(
    ("heads", "groups", "gpus", "problem"),
    [
        (64, 8, 8, None), (64, 8, 16, None), (64, 8, 1, None), (64, 8, 7, "64 % 7 = 1"), (96, 8, 12, "8 key-value heads and 12 GPUs"),
        (96, 12, 8, "12 key-value heads and 8 GPUs"), (64, None, 8, None), (None, None, 7, None), (None, 8, 3, "8 key-value heads and 3"),
    ],
)  # fmt: skip
def test_heads_that_gpus_can_share(heads: int | None, groups: int | None, gpus: int, problem: str | None) -> None:
    said = heads_problem(Heads(heads, groups), gpus)  # type: ignore[arg-type]
    assert said is None if problem is None else said is not None and problem in said
