"""What is drawn, which points nothing beats, and that a picture is one."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from servelint.benchmarks.plotting import LATENCY, MOST_NAMED, draw, pareto, picture, series
from servelint.benchmarks.record import Latency, Record

RUN = Record(
    source="results/a.jsonl", line=1, tool="t", engine="sglang", engine_version="0.5", model="org/m", hardware="a3ultra",
    isl=1000, osl=1000, output_throughput=800.0, output_per_gpu=100.0, max_concurrency=8, concurrency=7.5,
    tpot=Latency(mean=10.0), ttft=Latency(mean=100.0),
)  # fmt: skip


def at(tpot: float, rate: float, **changes: object) -> Record:
    return replace(RUN, tpot=Latency(mean=tpot), output_per_gpu=rate, **changes)  # type: ignore[arg-type]


def test_what_nothing_beats() -> None:
    runs = [at(10, 100), at(12, 90), at(20, 300), at(20, 250), at(15, 100), at(30, 300), at(9, 10)]
    front = picture(runs, []).fronts[0]
    assert [(point.x, point.y) for point in front] == [(9, 10), (10, 100), (20, 300)]
    assert pareto([]) == ()


def test_only_the_same_lengths_beat_each_other() -> None:
    fronts = picture([at(10, 100), at(9, 200, isl=128, osl=128)], []).fronts
    assert [[point.y for point in front] for front in fronts] == [[100], [200]]


def test_throughput_is_a_gpus_share_if_all_know_their_gpus() -> None:
    assert picture([at(10, 100)], []).y == "output tokens/s a GPU"
    other = picture([at(10, 100), replace(RUN, output_per_gpu=None)], [])
    assert other.y == "output tokens/s" and [point.y for point in other.points] == [800, 800]


def test_the_latency_is_that_which_most_runs_have() -> None:
    assert picture([at(10, 100)], []).x == LATENCY["tpot"]
    without = replace(RUN, tpot=Latency())
    shown = picture([at(10, 100), without, without], [])
    assert shown.x == LATENCY["ttft"] and len(shown.points) == 3
    shown = picture([at(10, 100), without], [], "tpot")
    assert shown.missing == ("1 without this latency: results/a.jsonl:1",) and len(shown.points) == 1


def test_runs_that_failed_are_named() -> None:
    assert picture([RUN], ["x/a.failed.txt", "b", "c"]).missing == ("3 failed: x/a.failed.txt, b and 1 more",)


MANY = [at(8 + i, 20 + 3 * i, engine_version=f"0.{i % 3}", isl=(128, 1000)[i % 2]) for i in range(30)]
CASES = {"one": ([RUN], []), "thirty": (MANY, []), "failed": ([RUN, at(20, 150)], ["results/chat.failed.txt"])}


@pytest.mark.parametrize("case", CASES)
def test_a_png_is_a_picture(case: str) -> None:
    data = draw(picture(*CASES[case]), "png")
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG" and image.size == (1170, 715)
    colours = {colour[:3] for _, colour in image.convert("RGBA").getcolors(1 << 24)}
    assert (255, 255, 255) in colours and len(colours) > 20


@pytest.mark.parametrize("case", CASES)
def test_an_svg_says_what_it_shows_and_is_the_same_each_time(case: str) -> None:
    shown = picture(*CASES[case])
    data = draw(shown, "svg")
    text = data.decode()
    assert data == draw(shown, "svg") and LATENCY["tpot"] in text and "output tokens/s a GPU" in text
    assert all(name in text for name in {series(run) for run in CASES[case][0]})
    assert ("not drawn: 1 failed: results/chat.failed.txt" in text) is (case == "failed")
    assert ("nothing is better in both" in text) is (case != "one")
    assert not re.search(r"<dc:date>", text)


def test_a_legend_does_not_cover_the_picture() -> None:
    runs = [at(10 + i, 100, engine_version=f"0.{i}") for i in range(40)]
    text = draw(picture(runs, []), "svg").decode()
    assert "28 more series" in text and f"sglang 0.{MOST_NAMED - 1}," in text and f"sglang 0.{MOST_NAMED}," not in text


def test_foreign_text_is_text() -> None:
    text = draw(picture([replace(RUN, model="org/$\\alpha$<b>\x1b[31m")], []), "svg").decode()
    assert "$\\alpha$&lt;b&gt;\\x1b[31m" in text
