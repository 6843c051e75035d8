"""What is compared with what, what counts as worse, and what repeats hide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from servelint.benchmarks.compare import COMPARED, asked, changes, groups, named
from servelint.benchmarks.record import Latency, Record

RUN = Record(
    source="a", line=1, tool="t", engine="sglang", model="org/m", isl=1000, osl=1000, requests=100, max_concurrency=8,
    output_throughput=1000.0, ttft=Latency(mean=50.0, p99=90.0, maximum=99.0),
)  # fmt: skip


def at(throughput: float, ttft: float = 50.0) -> Record:
    return replace(RUN, output_throughput=throughput, ttft=Latency(mean=ttft))


def test_a_larger_throughput_and_a_smaller_latency_are_better() -> None:
    found = {one.figure: one for one in changes([at(1000, 50)], [at(900, 40)], 0.05, COMPARED)}
    assert set(found) == {"output_throughput", "ttft_mean_ms"}
    worse, better = found["output_throughput"], found["ttft_mean_ms"]
    assert (worse.share, worse.worse, worse.beyond) == (pytest.approx(-0.1), True, True)
    assert (better.share, better.worse, better.beyond) == (pytest.approx(-0.2), False, False)
    assert changes([at(1, 40)], [at(1, 50)], 0.05, ["ttft_mean_ms"])[0].beyond


@pytest.mark.parametrize(("b", "beyond"), [(960.0, False), (951.0, False), (949.0, True), (1200.0, False)])
def test_the_threshold_is_what_may_be_lost(b: float, beyond: bool) -> None:
    (one,) = changes([at(1000)], [at(b)], 0.05, ["output_throughput"])
    assert one.beyond is beyond and one.spread_a is None and one.spread_b is None


def test_what_is_inside_the_spread_of_repeats_is_noise() -> None:
    before = [at(1000), at(1100), at(850)]
    (one,) = changes(before, [at(900), at(860)], 0.05, ["output_throughput"])
    assert one.a == pytest.approx(983.33, abs=0.01) and one.b == 880 and one.worse and not one.beyond
    assert one.spread_a == pytest.approx(250 / 983.333, rel=1e-4) and one.spread_b == pytest.approx(40 / 880)
    assert changes(before, [at(840), at(800)], 0.05, ["output_throughput"])[0].beyond
    slow = [at(1, 50), at(1, 70)]
    assert not changes(slow, [at(1, 69), at(1, 90)], 0.05, ["ttft_mean_ms"])[0].beyond
    assert changes(slow, [at(1, 71), at(1, 90)], 0.05, ["ttft_mean_ms"])[0].beyond


@pytest.mark.parametrize(
    "change",
    [{"model": "other"}, {"isl": 512}, {"osl": 512}, {"requests": 99}, {"max_concurrency": 16}, {"experiment": "chat"}],
)  # fmt: skip
def test_only_what_was_asked_alike_is_compared(change: dict[str, object]) -> None:
    other = replace(RUN, **change)  # type: ignore[arg-type]
    assert len(groups([RUN, other])) == 2 and changes([RUN], [other], 0.05, COMPARED) == []


@pytest.mark.parametrize(
    "change",
    [{"hardware": "a4x"}, {"engine_version": "2"}, {"concurrency": 7.9}, {"isl": 1000.2}, {"requests": 90, "failed": 10}],
)  # fmt: skip
def test_what_answers_is_no_part_of_the_question(change: dict[str, object]) -> None:
    assert asked(replace(RUN, **change)) == asked(RUN)  # type: ignore[arg-type]


def test_the_slowest_of_all_requests_is_not_compared() -> None:
    assert "ttft_p99_ms" in COMPARED and "ttft_maximum_ms" not in COMPARED and "isl" not in COMPARED
    assert named(asked(RUN)) == "org/m, 1000/1000 tokens, 100 requests, 8 at a time"
