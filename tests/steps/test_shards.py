"""Shards: every overlay in one of them, and together they say what one run says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from servelint.model import Target
from servelint.steps import shards
from servelint.steps.discover import targets
from support import PYTHON, ROOT, copy_fleet, environment


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 60])
def test_every_overlay_is_in_one(parts: int) -> None:
    every = targets(ROOT)
    found = [shards.of(ROOT, every, part, parts) for part in range(1, parts + 1)]
    assert sorted(target for part in found for target in part) == every
    costs = [sum(shards._cost(ROOT, target) for target in part) for part in found]
    # The next goes to the part that has least: no two parts differ by more than the dearest overlay.
    assert max(costs) - min(costs) <= max(shards._cost(ROOT, target) for target in every)


def test_a_cluster_costs_what_it_renders() -> None:
    assert shards._cost(ROOT, Target("overlays/clusters/a3ultra-able", "cluster")) > 8
    assert shards._cost(ROOT, Target("overlays/clusters/nowhere", "cluster")) == 1


def _run(fleet: Path, cache: Path, *arguments: str) -> dict[str, Any]:
    command = [PYTHON, str(ROOT / "scripts/validate.py"), "--format", "json", *arguments]
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r})\nfrom pathlib import Path\n"
        f"from servelint.commands.validate import main\nsys.exit(main(sys.argv[1:], Path({str(fleet)!r})))"
    )
    command = [PYTHON, "-c", program, "--format", "json", *arguments]
    done = subprocess.run(command, capture_output=True, env=environment(XDG_CACHE_HOME=str(cache)), check=False)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_shards_and_the_run_after_them_say_what_one_run_says(tmp_path: Path) -> None:
    """The mistakes: one of a leaf, and one that two leaves make together, for which neither shard has both."""
    fleet = copy_fleet(tmp_path / "fleet")
    engine = fleet / "overlays/a3ultra/deepseek-r1/sglang-serve/engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 16"))
    leaf = fleet / "overlays/a4high/deepseek-r1/vllm-serve/kustomization.yaml"
    other = fleet / "overlays/a4high/deepseek-r1/vllm-bench/kustomization.yaml"
    other.write_text(leaf.read_text())
    whole = _run(fleet, tmp_path / "alone")
    parts = [_run(fleet, tmp_path / "shared", "--shard", f"{part}/3") for part in (1, 2, 3)]
    after = _run(fleet, tmp_path / "shared")
    assert after == whole
    said = [finding for part in parts for finding in part["findings"]]
    together = [finding for finding in whole["findings"] if finding not in said]
    assert sorted(map(str, [*said, *together])) == sorted(map(str, whole["findings"]))
    assert {finding["rule"] for finding in together} == {"twice-rendered-object"}
    assert [path for part in parts for path in part["overlays"]] != []


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/", "/2", "a/b", "-1/2", "1/2/3", "²/3", "1/99999999"])
def test_a_shard_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    command = [PYTHON, str(ROOT / "scripts/validate.py"), f"--shard={text}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 2 and "--shard" in done.stderr and "write I/N" in done.stderr
