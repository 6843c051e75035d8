"""A model of a Triton repository lacks a parameter that its template cannot do without.

The template of TensorRT-LLM's backend has placeholders; one that stays open outside of a text is no protobuf, and a
model without its engine or tokenizer does not load. The launcher stops at it, with the node up and the engine built.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...engines.triton import SERVED
from ...model import Overlay, Problem
from ...views.arguments import unknown, uses
from ..examples import together, workload

SEVERITY = "error"
HINT = "Give every mandatory parameter of the template a value in engine.yaml."
SOURCE = "https://github.com/triton-inference-server/tensorrtllm_backend/blob/v0.17.0/docs/model_config.md"
COVERS = ("CFG-06",)

_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: engine}
data:
  launch.py: start("tritonserver", fill(yaml.safe_load(open("/etc/engine/engine.yaml"))["fill_template"]))
  engine.yaml: |
    fill_template:
      ensemble: {triton_max_batch_size: 64, logits_datatype: TYPE_FP32}
"""
_POD = """
containers:
- name: engine
  image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
  command: [python3, /etc/engine/launch.py]
  volumeMounts: [{name: engine, mountPath: /etc/engine}]
volumes: [{name: engine, configMap: {name: engine}}]
"""
GOOD = together(_CONFIG, workload(_POD))
BAD = GOOD.replace(", logits_datatype: TYPE_FP32", "")
ALSO_GOOD = (
    BAD.replace("25.01-trtllm", "99.01-trtllm"),  # whose template is not known
)
ALSO_BAD = (GOOD.replace("TYPE_FP32", "null"),)

ALSO = {
    "preprocessing": {"tokenizer_dir"},
    "postprocessing": {"tokenizer_dir"},
    "tensorrt_llm": {"engine_dir", "batching_strategy"},
}
"""Texts that the backend cannot do without, though the file would parse."""


def check(overlay: Overlay) -> Iterator[Problem]:
    for use in uses(overlay):
        listed = use.listing
        if use.style != "template" or listed is None or not listed.exact:
            continue
        model = use.command.removeprefix(f"{SERVED}.")
        given = {one.name for one in use.given if one.value is not None}
        needed = {name for name, argument in listed.arguments.items() if argument.get("required")}
        misspelt = {meant for _, meant in unknown(use)}  # `unknown-argument` says so
        missing = sorted((needed | ALSO.get(model, set())) - given - misspelt)
        if missing:
            names = ", ".join(missing)
            yield Problem(use.where.resource, use.where.pointer, f"{model} needs {names} ({listed.told})")
