"""A server offers a context longer than the prompts that it takes.

Without chunked prefill a prompt has to fit into one pass. TensorRT-LLM refuses one of more than max_num_tokens, with an
answer to that request alone, so that it shows with the first long document and not in a test. An engine that is built
without paged context attention cannot chunk at all. vLLM does not start where its chunking is switched off and a pass
is shorter than the context.
"""

from ...engines.lists import listing
from ...model import Overlay, Problem, Problems, once_a_place, whole
from ...views.arguments import Run, runs
from ...views.engines import Engine, engines
from ..examples import llm

SEVERITY = ("warning", "error")
HINT = (
    "Switch chunking on (enable_chunked_prefill; in a build use_paged_context_fmha), or lengthen a pass.",
    "Leave chunked prefill on, or raise max-num-batched-tokens to the context.",
)
SOURCE = "https://nvidia.github.io/TensorRT-LLM/features/paged-attention-ifb-scheduler.html"
COVERS = ("CFG-03",)
CONTEXT = {"model": "gpt-oss-120b"}

GOOD = llm("enable_chunked_prefill: true", "--max_num_tokens 8192 --max_seq_len 131072")
BAD = GOOD.replace("enable_chunked_prefill: true", "enable_chunked_prefill: false")


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        if run.command == "serve" and run.engine.kind.unchunked == "refuses":
            yield from _served(overlay, run)
        elif run.command == "serve" and run.engine.kind.unchunked == "stops":
            yield from _refused(overlay, run)
    for engine in engines(overlay):
        if engine.role == "build":
            yield from _built_so(engine)


def _served(overlay: Overlay, run: Run) -> Problems:
    """Of a key of the LLM arguments and a flag the key counts."""
    engine, files = run.engine, {file.path for file in run.engine.files}
    named = [str(flag.value) for name in engine.kind.option_files for flag in engine.flags.get(name, ())]
    if any(path not in files for path in named) or engine.kind.loads_compiled(engine.container.image, engine):
        return
    chunked = run.llm("enable_chunked_prefill") or run.get("enable_chunked_prefill")
    tokens, context = (run.llm(name) or run.get(name) for name in ("max_num_tokens", "max_seq_len"))
    longest = run.llm("max_input_len") or run.get("max_input_len") or context
    listed = listing(engine.kind.family, "serve", engine.version or "0")
    usual = listed.by_name.get("max_num_tokens", {}).get("default") if listed else None
    room = whole(tokens.value) if tokens else usual
    own = overlay.model.context if overlay.model is not None and tokens is not None else None
    asked, offered = (whole(longest.value), longest.name) if longest else (own, "the model's context")
    if chunked is not None and str(chunked.value).lower() != "false":
        return
    at = tokens or longest
    if at is not None and isinstance(room, int) and asked is not None and 0 < room < asked:
        text = (
            f"prompts above max_num_tokens {room} are refused without enable_chunked_prefill, but {offered} is {asked}"
        )
        yield Problem(at.resource, at.pointer, text)


def _refused(overlay: Overlay, run: Run) -> Problems:
    off, on = run.get("no-enable-chunked-prefill"), run.get("enable-chunked-prefill")
    if off is None and (on is None or str(on.value).lower() != "false"):
        return
    tokens, context = run.get("max-num-batched-tokens"), run.get("max-model-len")
    room = whole(tokens.value) if tokens else None
    asked = whole(context.value) if context else overlay.model.context if overlay.model else None
    if tokens is not None and room is not None and asked is not None and room < asked:
        text = f"a pass takes {room} tokens and is not chunked, but the context is {asked}: vLLM does not start"
        yield Problem(tokens.resource, tokens.pointer, text, severity="error")


def _built_so(engine: Engine) -> Problems:
    names = ("use-paged-context-fmha", "max-num-tokens", "max-input-len")
    paged, tokens, longest = (engine.get(name) for name in names)
    room, asked = (whole(given.value) if given else None for given in (tokens, longest))
    if paged is None or str(paged.value).lower() != "disable" or room is None or asked is None:
        return
    if room < asked:
        limit = f"prompts above max_num_tokens {room} are refused without paged context attention"
        yield Problem(paged.resource, paged.pointer, f"{limit}, but max_input_len is {asked}")
