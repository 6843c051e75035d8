"""Triton with its TensorRT-LLM backend: it serves what TensorRT-LLM built, and its memory is TensorRT-LLM's."""

import re

from .kind import Command, Flags, Kind
from .layout import Layout
from .lists import Checkout, Pinned, Reading
from .versions import tag_of

SERVED = "fill_template"
"""Section of the fleet's launcher: one mapping of template parameters for each model of the repository."""


TRITON = "https://github.com/triton-inference-server"
PATCHED = 6
"""Months after 25.01 of the one image with a patch release."""
MODELS = ("ensemble", "postprocessing", "preprocessing", "tensorrt_llm", "tensorrt_llm_bls")
"""The models of the repository that inflight batching uses."""
RELEASES = (
    ("2.54.0", "8da6a4f8ebfa17bd6c80f10046f413f5328d137d"),
    ("2.55.0", "ee143622d2ab00fd903b53714f4d335223ddf21b"),
    ("2.56.0", "da88e086c37a8323f0722587895fde54ab027b07"),
    ("2.57.0", "d79c4f11ed08572571b2eac99e0dac268e38cf9b"),
    ("2.58.0", "4ae60c9efd2703492408b379a53ce4f519db7722"),
    ("2.59.0", "624ac90d2f018de0233ae00af47551e37293d211"),
    ("2.59.1", "559f87bd1bfdcb02b3e6005ff7d6b32d236b0f53"),
    ("2.60.0", "944dc29aaf5b80605a55f5a0f8b831c8fd16fcdf"),
    ("2.61.0", "4c6494236655542466724e7562cee7ec74001409"),
    ("2.62.0", "76eeeec3a5523b0e12b0d3248d06fe62b3f1787c"),
    ("2.63.0", "f30b53f554bfcf5d4792b744db9292eec695e5f9"),
    ("2.64.0", "f6d01881f53a23541fec034e68a9e4b2a744e319"),
    ("2.65.0", "91c61c5d942dd6bc245a9324e0b2966d5c2a877d"),
    ("2.66.0", "cbaea23e00567ff7b6cf442cc24be8e460c9c5fd"),
    ("2.67.0", "f72de0733e63cb7ada8bd374930de1a86ba9fe6b"),
    ("2.68.0", "dd16c0cad0399599240e8eb37178865eca994303"),
    ("2.69.0", "34ca83e780bff7829b33d922fa9d16a0628e050c"),
    ("2.70.0", "690f9dd2c16901f1b63d43e73d29f2a623d64c55"),
    ("2.71.0", "819ee37770df2fcd6d799d2a5d1dacf812f7d62c"),
)
"""Tags of the server, 25.01 to 26.07, and their commits."""
BACKENDS = (
    ("0.17.0", "368eea9b13481a342caec025022c08c37ab816e8"),
    ("0.18.0", "86542b637bbccdd708ab892337c8ad3a95932131"),
    ("0.18.1", "707ee36dfa52027f0a5aed544406b2744873a7c2"),
    ("0.18.2", "c575d8cb980883efca12fe89ba918499c29459be"),
    ("0.19.0", "c1e19638304d287f554f738c1411746555ed348c"),
)
"""Those of the backend's templates; from 0.20 on they stand in TensorRT-LLM's repository, which could not be had."""
LISTS = (
    *(
        Pinned(
            version, Checkout(f"{TRITON}/server", f"v{version}", commit),
            {"tritonserver": (Reading("options", "src/command_line_parser.cc"),)},
            licence="BSD-3-Clause", after=RELEASES[i - 1][0] if i else "",
        )
        for i, (version, commit) in enumerate(RELEASES)
    ),
    *(
        Pinned(
            version, Checkout(f"{TRITON}/tensorrtllm_backend", f"v{version}", commit),
            {
                f"{SERVED}.{model}": (Reading("template", f"all_models/inflight_batcher_llm/{model}/config.pbtxt"),)
                for model in MODELS
            },
            family="tensorrtllm_backend", after=BACKENDS[i - 1][0] if i else "",
        )
        for i, (version, commit) in enumerate(BACKENDS)
    ),
)  # fmt: skip


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
    closed = frozenset(sections)
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
        """Tags are months: 25.01 is 2.54.0. 25.07 was 2.59.1, so that those behind it are one less than the months say.
        Source: https://github.com/triton-inference-server/server/releases"""
        month = re.match(r"(\d\d)\.(\d\d)(?!\d)", tag_of(image))
        if "tritonserver" not in image.rpartition("/")[2] or month is None:
            return None
        months = 12 * (int(month[1]) - 25) + int(month[2]) - 1
        if months == PATCHED:
            return "2.59.1"
        release = 54 + months - (months > PATCHED)
        return f"2.{release}.0" if release > 0 else None

    def loads_compiled(self, image: str, flags: Flags) -> bool:
        """With a TensorRT-LLM in its image."""
        from ..catalogue import images  # here for the same reason as in ``trtllm``

        return images.tensorrt_llm(image) is not None

    def layout(self, tp: int, pp: int, dp: int, cp: int, flags: Flags) -> Layout:
        return Layout(self.name, tp, pp, 1, dp, cp=cp)


ENGINE = Triton()
