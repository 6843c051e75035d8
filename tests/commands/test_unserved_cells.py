"""The matrix offers no engine whose newest version does not know a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from servelint.commands import matrix
from support import copy_fleet


@pytest.mark.parametrize(
    ("architecture", "sglang", "vllm", "trtllm"),
    [
        ("LlamaForCausalLM", None, None, None),
        ("MiniMaxM3ForCausalLM", "SGLang 0.5.23", "vLLM 0.33.0", "TensorRT-LLM 1.3"),
        ("SarvamMLAForCausalLM", None, None, "TensorRT-LLM 1.3"),
    ],
)
def test_what_the_newest_version_does_not_serve_is_not_offered(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    architecture: str,
    sglang: str | None,
    vllm: str | None,
    trtllm: str | None,
) -> None:
    fleet = copy_fleet(tmp_path / "fleet")
    facts = fleet / "models/llama-3-1-8b-instruct/model.yaml"
    text = facts.read_text()
    assert text.count("architecture: LlamaForCausalLM") == 1
    facts.write_text(text.replace("architecture: LlamaForCausalLM", f"architecture: {architecture}"))
    options = ["--format", "json", "--no-validate", "--hardware", "a4high", "--model", "llama-3-1-8b-instruct"]
    assert matrix.main(options, root=fleet) == 0
    found = {entry["workload"]: entry for entry in json.loads(capsys.readouterr().out)["entries"]}
    for workload, said in (
        ("sglang-serve", sglang), ("sglang-bench", sglang), ("vllm-serve", vllm), ("trtllm-serve", trtllm),
    ):  # fmt: skip
        entry = found[workload]
        assert (entry["status"] == "infeasible") == (said is not None), entry
        assert said is None or (said in entry["reason"] and architecture in entry["reason"])
