"""A parser of tool calls or reasoning reads what another family of models writes.

Each family writes calls in a form of its own: tags around JSON, XML, Python, tokens of its own. A parser that does not
find its marks gives the text back as it is: the client sees no tool_calls, and agents stop or loop; reasoning comes in
the answer, or the answer as reasoning. The server starts and its probes are green. Among parsers of reasoning between
<think> tags the difference is only what a text without the first tag is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.facts import Model
from ...engines import parsers
from ...model import Overlay, Problem, once_a_place
from ...views.arguments import Run, hidden, runs
from ...views.environment import UNKNOWN, expand, settled
from ..examples import llm, server

SEVERITY = ("error", "warning")
HINT = "Write a parser of the model's own family; models/<model>/model.yaml names them, with their source."
SOURCE = "https://docs.sglang.io/docs/advanced_features/tool_parser"
COVERS = ("CFG-07",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

_NEW = "lmsysorg/sglang:v0.5.14"
_QWEN, _OSS, _KIMI = {"model": "qwen3-235b-a22b"}, {"model": "gpt-oss-120b"}, {"model": "kimi-k2-instruct"}
_LLAMA4 = {"model": "llama-4-scout-instruct"}
GOOD = server("--tool-call-parser deepseekv3 --reasoning-parser deepseek-r1", image=_NEW)
BAD = server("--tool-call-parser qwen25 --reasoning-parser deepseek-r1", image=_NEW)
ALSO_GOOD = [
    (BAD, {"model": None}), (BAD, {"model": "llama-4-scout"}), server("--tool-call-parser auto", image=_NEW),
    server("--tool-call-parser $PARSER", image=_NEW), server("--tool-call-parser of_a_plugin", image=_NEW),
    (server("--tool-call-parser qwen", image=_NEW), _QWEN), (server("--tool-call-parser qwen25"), _QWEN),
    (server("--tool-call-parser hermes --reasoning-parser qwen3", engine="vllm"), _QWEN),
    (server("--tool-call-parser openai --reasoning-parser openai_gptoss", engine="vllm"), _OSS),
    (server("--tool-call-parser gpt-oss --reasoning-parser gpt-oss", image=_NEW), _OSS),
    (server("--tool-call-parser kimi_k2", image=_NEW), _KIMI),
    (server("--tool-call-parser llama4_pythonic", engine="vllm"), _LLAMA4),
    server("--reasoning-parser deepseek_r1", engine="vllm"), llm("max_seq_len: 4096", "--reasoning_parser deepseek-r1"),
    BAD.replace("launch_server", "bench_serving"),
]  # fmt: skip
ALSO_BAD = [
    server("--tool-call-parser deepseekv31", image=_NEW), server("--tool-call-parser kimi_k2", image=_NEW),
    server("--reasoning-parser qwen3", image=_NEW), server("--reasoning-parser gpt-oss", image=_NEW),
    (server("--tool-call-parser qwen3_coder", image=_NEW), _QWEN),
    (server("--reasoning-parser kimi", image=_NEW), _QWEN), (server("--reasoning-parser qwen3", engine="vllm"), _OSS),
    (server("--tool-call-parser hermes", engine="vllm"), _OSS), (server("--reasoning-parser kimi", image=_NEW), _KIMI),
    (server("--tool-call-parser deepseekv3", image=_NEW), _KIMI),
    (server("--tool-call-parser llama3_json", engine="vllm"), _OSS),
    server("--tool-call-parser $PARSER", image=_NEW, container="env: [{name: PARSER, value: kimi_k2}]"),
]  # fmt: skip

ARGUMENTS = {"tool-call-parser": "tool_call", "reasoning-parser": "reasoning"}
WORDS = {"tool_call": "tool calls", "reasoning": "reasoning"}


@once_a_place
def check(overlay: Overlay) -> Iterator[Problem]:
    model = overlay.model
    if model is None or not model.parsers:
        return
    for run in runs(overlay):
        if run.command in run.engine.kind.loading:
            for name, what in ARGUMENTS.items():
                yield from _foreign(overlay, run, model, name, what)


def _foreign(overlay: Overlay, run: Run, model: Model, name: str, what: str) -> Iterator[Problem]:
    given, engine = run.get(name), run.engine.kind
    own = model.parsers.get(engine.name)
    names = getattr(own, what) if own else None
    if given is None or names is None:
        return
    text = expand(str(given.value), settled(overlay, run.engine.container))
    if UNKNOWN in text or hidden(text) or text in names:
        return
    alike = parsers.alike(engine.name, what, text, names)
    if alike is None:
        return  # "auto", a plug-in's, or a name that the engine does not know, which another rule says
    if not names:
        message = f"{given.name} is {text}, and {model.id} writes no {WORDS[what]} that is marked as such"
        yield Problem(given.resource, given.pointer, message, severity="warning")
        return
    if alike and what == "tool_call":
        return
    ours = " or ".join(names)
    if alike:
        message = (
            f"{given.name} is {text}, and what is made for {model.id} is {ours}: a text without the first tag differs"
        )
        yield Problem(given.resource, given.pointer, message, severity="warning")
        return
    message = f"{given.name} {text} reads the {WORDS[what]} of other models: those of {model.id} are read by {ours}"
    yield Problem(given.resource, given.pointer, message, severity="error")
