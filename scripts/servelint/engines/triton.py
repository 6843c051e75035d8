"""Triton with its TensorRT-LLM backend: it serves what TensorRT-LLM built, and its memory is TensorRT-LLM's."""

from __future__ import annotations

import re

from .kind import Command, Flags, Kind
from .layout import Layout
from .lists import Checkout, Pinned, Reading
from .versions import tag_of

SERVED = "fill_template"
"""Section of the fleet's launcher: one mapping of template parameters for each model of the repository."""


TRITON = "https://github.com/triton-inference-server"
MODELS = ("ensemble", "postprocessing", "preprocessing", "tensorrt_llm", "tensorrt_llm_bls")
"""The models of the repository that inflight batching uses."""
LISTS = (
    Pinned(
        "2.54.0",
        Checkout(f"{TRITON}/server", "v2.54.0", "8da6a4f8ebfa17bd6c80f10046f413f5328d137d"),
        {"tritonserver": (Reading("options", "src/command_line_parser.cc"),)},
        licence="BSD-3-Clause",
    ),
    Pinned(
        "0.17.0",
        Checkout(f"{TRITON}/tensorrtllm_backend", "v0.17.0", "368eea9b13481a342caec025022c08c37ab816e8"),
        {
            f"{SERVED}.{model}": (Reading("template", f"all_models/inflight_batcher_llm/{model}/config.pbtxt"),)
            for model in MODELS
        },
        family="tensorrtllm_backend",
    ),
)


class Triton(Kind):
    name = "triton"
    title = "Triton"
    commands = (
        Command("genai-perf", "bench", (("genai-perf",), ("perf_analyzer",))),
        Command(
            "tritonserver", "serve",
            (("tritonserver",), ("launch_triton_server.py",), ("launch_triton_server",)), main=True,
        ),
    )  # fmt: skip
    sections = ("repository",)
    nested = {SERVED: ("tensorrtllm_backend", "trtllm")}
    family = "tritonserver"
    pinned = LISTS
    ports = {"http-port": 8000, "grpc-port": 8001, "metrics-port": 8002}
    # The metrics port follows the HTTP address unless it has one of its own.
    hosts = {"http-port": "http-address", "grpc-port": "grpc-address", "metrics-port": "metrics-address"}
    paths = ("/v2/health/(live|ready)", "/v2/models/.*")
    speaks_grpc = True
    port_names = ("http", "http1", "h2c", "grpc", "metrics")
    sized = False
    ready = "Started HTTPService"
    planned_as = "trtllm"

    def version(self, image: str) -> str | None:
        """Tags are months: 25.01 is 2.54.0.
        Source: https://docs.nvidia.com/deeplearning/triton-inference-server/release-notes/"""
        month = re.match(r"(\d\d)\.(\d\d)(?!\d)", tag_of(image))
        if "tritonserver" not in image.rpartition("/")[2] or month is None:
            return None
        release = 54 + 12 * (int(month[1]) - 25) + int(month[2]) - 1
        return f"2.{release}.0" if release > 0 else None

    def loads_compiled(self, image: str, flags: Flags) -> bool:
        """With a TensorRT-LLM in its image."""
        from ..catalogue import images  # here for the same reason as in ``trtllm``

        return images.tensorrt_llm(image) is not None

    def layout(self, tp: int, pp: int, dp: int, cp: int, flags: Flags) -> Layout:
        return Layout(self.name, tp, pp, 1, dp, cp=cp)


ENGINE = Triton()
