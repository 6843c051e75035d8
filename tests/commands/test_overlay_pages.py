"""README.md of every overlay is what the overlay says of itself, and keeps what people wrote below it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from servelint.commands import docs, overlay_pages, plan
from servelint.commands.overlay_facts import Facts, gather
from servelint.steps.discover import targets
from support import ROOT

SERVER = "overlays/a3ultra/deepseek-r1/sglang-serve"
END = "<!-- overlay: end -->\n"


@cache
def pages() -> dict[str, str]:
    return overlay_pages.pages(ROOT)


@cache
def facts() -> dict[str, Facts]:
    return {one.path: one for one in gather(ROOT)}


def made(path: str) -> str:
    return pages()[f"{path}/README.md"].split(END)[0]


def new_server(fleet: Path) -> str:
    """An overlay as CONTRIBUTING makes one: two files, one name changed."""
    path = "overlays/a4high/llama-3-3-70b-instruct/vllm-serve"
    (fleet / path).mkdir(parents=True)
    for name in ("kustomization.yaml", "engine.yaml"):
        text = (fleet / path.replace("a4high", "a3ultra") / name).read_text()
        (fleet / path / name).write_text(text.replace("a3ultra", "a4high"))
    return path


# --- the fleet ---


def test_every_overlay_has_its_page_and_it_is_current() -> None:
    assert set(pages()) == {f"{t.path}/README.md" for t in targets(ROOT) if t.kind == "leaf"}
    kept = {path: (ROOT / path).read_text() if (ROOT / path).is_file() else None for path in pages()}
    missing = sorted(path for path, text in kept.items() if text is None)
    stale = sorted(path for path, text in kept.items() if text is not None and text != pages()[path])
    assert not missing and not stale, f"not there {missing}, not current {stale}: run `make docs` and commit it"


def test_no_page_is_left_of_an_overlay_that_is_gone() -> None:
    overlay_pages.refuse_orphans(ROOT)


def test_a_page_says_nothing_of_this_machine_or_this_day() -> None:
    for path in facts():
        assert str(ROOT) not in made(path) and str(Path.home()) not in made(path), path
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", made(path)), path


@pytest.mark.parametrize("path", [t.path for t in targets(ROOT) if t.kind == "leaf"])
def test_links_lead_somewhere(path: str) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", pages()[f"{path}/README.md"], flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in link:
            file, _, heading = unquote(link).partition("#")
            target = ROOT / path / (file or "README.md")
            assert target.exists(), link
            if heading:
                titles = re.findall(r"^#+ (.*)$", target.read_text(), re.M)
                assert heading in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, link


# --- what a page says, by kind of workload ---


@pytest.mark.parametrize(
    "path",
    [
        "overlays/a3ultra/qwen3-235b-a22b-fp8/vllm-serve",
        "overlays/a4x/kimi-k2-instruct/sglang-multihost",
        "overlays/a4x/deepseek-r1-nvfp4/trtllm-bench",
    ],
)
def test_its_figures_are_those_of_the_planner(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.main([path], ROOT) == 0
    printed = {" ".join(row.split()) for row in capsys.readouterr().out.splitlines()}
    section = made(path).split("## GPU memory")[1].split("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in section.splitlines() if row.startswith("| ")][2:]
    assert {"weights per GPU", "tokens per KV cache", "full-length requests"} <= {name for name, _ in rows}
    for name, amount in rows:
        assert any(row.startswith(f"{name} {amount} ") for row in printed), (name, amount)


def test_a_server_is_asked_by_the_name_and_the_port_that_it_has() -> None:
    page = made("overlays/a3ultra/llama-4-scout-instruct/sglang-serve")
    assert "service/llama-4-scout-instruct-sglang-serve-a3ultra-server 8000:8000" in page
    assert "/v1/chat/completions" in page and '"model": "meta-llama/Llama-4-Scout-17B-16E-Instruct"' in page
    assert "stream_chat.py" in page and "Secret `hf-secret`, key `hf_api_token`" in page


def test_a_base_checkpoint_is_asked_to_go_on_with_a_text() -> None:
    page = made("overlays/a3ultra/llama-4-scout/sglang-serve")
    assert "/v1/completions" in page and "chat" not in page.split("## Use")[1].split("\n## ")[0]


def test_a_client_names_its_server_and_the_server_its_client() -> None:
    client, server = made(SERVER.replace("serve", "bench")), made(SERVER)
    assert "[sglang-serve](../sglang-serve/README.md) in the same cluster" in client and "no GPU" in client
    assert "| ds_1000_1000_1100 | 1100 | 1000 | 1000 |" in client
    assert "gs://BUCKET/benchmark_logs/sglang/" in client and "`activeDeadlineSeconds: 9000`" in client
    assert "[sglang-bench](../sglang-bench/README.md) measures this model" in server
    assert "with it the line of [sglang-bench]" in " ".join(server.split("## Clean up")[1].split())


def test_a_group_of_hosts_is_counted_whole() -> None:
    page = made("overlays/a4x/kimi-k2-instruct/sglang-multihost")
    assert "8 × `nvidia-gb200` of 2 whole `a4x-highgpu-4g`" in page and "covers 8 more" in page
    assert (
        "LeaderWorkerSet 0.3 or newer, for `leaderworkerset.x-k8s.io/v1`" in page and "DRA driver 25.8 or newer" in page
    )


def test_build_and_predictor_name_each_other_and_the_volume_that_stays() -> None:
    folder = "overlays/a3ultra/llama-3-1-8b-instruct"
    build, predictor = made(f"{folder}/trtllm-engine-build"), made(f"{folder}/triton-kserve")
    assert "[triton-kserve](../triton-kserve/README.md) in the same cluster" in build and "| 4 h |" in build
    assert "with 1 free GPU" in build and "persistentvolumeclaim" not in build.split("## Clean up")[1]
    assert "delete persistentvolumeclaim llama-3-1-8b-instruct-triton-kserve-a3ultra-model" in predictor
    assert "/v2/health/ready" in predictor and "/v1/chat" not in predictor


def test_a_cluster_that_has_the_overlay_is_named_with_what_follows_it() -> None:
    followed = made("overlays/a4x/deepseek-r1-nvfp4/trtllm-bench")
    assert "a4x-baker" in followed and "Flux then applies" in followed and "Argo CD" not in followed
    assert "No cluster has it yet" in made("overlays/a4x/deepseek-r1-nvfp4/trtllm-serve")


def test_every_namespace_of_the_commands_is_the_one_that_clusters_have() -> None:
    body = (ROOT / "overlays/clusters/a3ultra-able/kustomization.yaml").read_text()
    assert f"\nnamespace: {overlay_pages.NAMESPACE}\n" in body


def test_values_that_only_a_cluster_knows_are_those_that_are_rendered() -> None:
    lustre = facts()["overlays/a4x/deepseek-r1-nvfp4/trtllm-bench"]
    own = ["lustre-capacity", "lustre-filesystem", "lustre-handle", "lustre-ip"]
    assert lustre.site_keys == ["bucket", *own, "queue"]
    image = facts()["overlays/a3ultra/llama-3-1-405b/trtllm-bench"]
    assert image.site_keys == ["bucket", "queue"] and "`SITE_REGISTRY/trtllm`" in made(image.path)


@pytest.mark.parametrize(("seconds", "words"), [(7200, "2 h"), (9000, "2 h 30 min"), (630, "10 min 30 s"), (0, "0 s")])
def test_durations(seconds: int, words: str) -> None:
    assert overlay_pages.duration(seconds) == words


def test_replicas_are_counted_but_make_no_server_wider(copy: Callable[[], Path]) -> None:
    fleet = copy()
    with (fleet / SERVER / "kustomization.yaml").open("a") as file:
        file.write("replicas: [{name: server, count: 3}]\n")
    page = overlay_pages.pages(fleet)[f"{SERVER}/README.md"]
    assert "24 × `nvidia-h200-141gb` of 3 whole `a3-ultragpu-8g`" in page and "covers 24 more" in page
    assert "3 nodes `a3-ultragpu-8g`, whole and free" in page and "over 3 hosts" not in page


# --- what people write ---


def test_an_overlay_without_a_page_gets_a_useful_one(copy: Callable[[], Path]) -> None:
    fleet = copy()
    path = new_server(fleet)
    page = overlay_pages.pages(fleet)[f"{path}/README.md"]
    for needed in ("# meta-llama/Llama-3.3-70B-Instruct on a4high: vLLM server", "## GPU memory", "/v1/chat/completions",
                   "llama-3-3-70b-instruct-vllm-serve-a4high-server", "[a3ultra/llama-3-3-70b-instruct/vllm-bench]"):  # fmt: skip
        assert needed in page, needed
    assert page.endswith(END)


def test_what_is_written_below_the_mark_stays_and_is_pointed_to(copy: Callable[[], Path]) -> None:
    fleet = copy()
    file, own = (
        fleet / SERVER / "README.md",
        "\n## Notes\n\nIt hums.\n\n```\n## no heading\n```\n\n## Why, these (x)?\n",
    )
    file.write_text(pages()[f"{SERVER}/README.md"].split(END)[0].replace("SGLang", "Something") + END + own)
    page = overlay_pages.pages(fleet)[f"{SERVER}/README.md"]
    assert page.split(END)[1] == own and "Something" not in page
    assert "below: [Notes](#notes) and [Why, these (x)?](#why-these-x)." in page
    file.write_text(page)
    assert overlay_pages.pages(fleet)[f"{SERVER}/README.md"] == page


def test_the_command_writes_them_all(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    for path in docs.DOCUMENTS:
        (fleet / path).parent.mkdir(parents=True, exist_ok=True)
    path = new_server(fleet)
    assert docs.main([], fleet) == 0
    assert (fleet / path / "README.md").read_text().endswith(END)
    assert (fleet / SERVER / "README.md").read_text() == pages()[f"{SERVER}/README.md"]
    assert f"{len(pages()) + 1} READMEs" in capsys.readouterr().err


# --- refusals ---


def refused(fleet: Path, capsys: pytest.CaptureFixture[str]) -> str:
    for path in docs.DOCUMENTS:
        (fleet / path).parent.mkdir(parents=True, exist_ok=True)
    assert docs.main([], fleet) == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_page_without_marks_is_refused(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    (fleet / SERVER / "README.md").write_text("# Mine\n")
    said = refused(fleet, capsys)
    assert said.startswith(f"docs.py: {SERVER}/README.md: ") and "behind the second" in said
    assert (fleet / SERVER / "README.md").read_text() == "# Mine\n"


def test_a_page_that_leads_elsewhere_is_neither_read_nor_written(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fleet, outside = copy(), tmp_path / "outside.md"
    (fleet / SERVER / "README.md").unlink()
    (fleet / SERVER / "README.md").symlink_to(outside)
    assert refused(fleet, capsys).startswith(f"docs.py: {SERVER}/README.md ")
    assert not outside.exists()


def test_notes_of_an_overlay_that_is_gone_are_refused(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    gone = "overlays/a4high/llama-3-3-70b-instruct/vllm-serve"
    (fleet / gone).mkdir(parents=True)
    shutil.copy(fleet / SERVER / "README.md", fleet / gone)
    said = refused(fleet, capsys)
    assert (
        said
        == f"docs.py: {gone}/README.md: its overlay is gone: move the notes to where they belong, and delete the file"
    )


def test_an_overlay_that_does_not_build_is_named(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    with (fleet / SERVER / "kustomization.yaml").open("a") as file:
        file.write("patches: [{path: nowhere.yaml}]\n")
    assert refused(fleet, capsys).startswith(f"docs.py: {SERVER}: ")


def test_an_engine_that_nobody_knows_has_a_page(copy: Callable[[], Path]) -> None:
    fleet = copy()
    launcher = fleet / "base/sglang-serve/deployment.yaml"
    launcher.write_text(re.sub(r"launch\.py", "other.py", launcher.read_text()))
    (fleet / "base/sglang-serve/launch.py").write_text("print('x')\n")
    page = overlay_pages.pages(fleet)[f"{SERVER}/README.md"]
    assert "# deepseek-ai/DeepSeek-R1 on a3ultra: sglang-serve" in page and "## Clean up" in page
    assert "## GPU memory" not in page
