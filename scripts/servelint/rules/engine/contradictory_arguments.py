"""Two arguments of an engine exclude or overrule each other.

Each is legal by itself. Together the engine asserts, or it changes one of them with a warning in its log: pages of
another size, a fraction of memory from the other file. What was reviewed is then not what runs.
"""

from collections.abc import Iterator

from ...model import Overlay, Problem, Problems, whole
from ...views.arguments import Run, Use, runs, uses
from ...views.engines import Argument
from ..examples import server

SEVERITY = "error"
HINT = "Take one of the two away, or bring them together."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/srt/server_args.py"
COVERS = ("CFG-03",)

GOOD = server("--chunked-prefill-size 4096 --page-size 64")
BAD = server("--chunked-prefill-size 4096 --page-size 48")

PAGES = {
    "flashmla": (64,),
    "cutlass_mla": (128,),
    "trtllm_mla": (32, 64),
    "cutedsl_mla": (32, 64),
    "trtllm_mha": (16, 32, 64),
}
"""Page sizes of SGLang's attention backends; another one is changed, with a warning in the log."""
OVERRULED = {
    "tensor_parallel_size": ("tp_size", "tp"),
    "pipeline_parallel_size": ("pp_size", "pp"),
    "moe_expert_parallel_size": ("ep_size", "ep"),
    **{name: (name,) for name in ("max_batch_size", "max_num_tokens", "max_seq_len")},
    "kv_cache_config.free_gpu_memory_fraction": ("kv_cache_free_gpu_memory_fraction", "kv_cache_free_gpu_mem_fraction"),
}
"""Keys of the file of LLM arguments, and the flags of TensorRT-LLM's commands that they overrule."""


def check(overlay: Overlay) -> Problems:
    checks = {"launch_server": _sglang, "serve": _trtllm, "throughput": _trtllm, "build": _build}
    found = [pair for run in runs(overlay) if run.command in checks for pair in checks[run.command](run)]
    found += _templates([use for use in uses(overlay) if use.style == "template"])
    yield from (Problem(given.resource, given.pointer, message) for given, message in found)


def _sglang(run: Run) -> Iterator[tuple[Argument, str]]:
    page, chunk = run.get("page-size"), run.get("chunked-prefill-size")
    pages, tokens = run.number("page-size"), run.number("chunked-prefill-size")
    if chunk and pages and tokens and min(pages, tokens) > 0 and tokens % pages:
        yield chunk, f"chunked-prefill-size {tokens} is no multiple of page-size {pages}"
    for name in ("attention-backend", "decode-attention-backend"):
        backend = run.get(name)
        wanted = PAGES.get(str(backend.value), ()) if backend else ()
        if page and backend and wanted and pages is not None and pages not in wanted:
            shown = " or ".join(map(str, wanted))
            yield page, f"page-size is {pages}, but {name} {backend.value} works with pages of {shown}"
    speculative, steps = run.get("speculative-algorithm"), run.get("speculative-num-steps")
    eagle = speculative is not None and str(speculative.value).upper().startswith("EAGLE")
    for name in ("speculative-num-steps", "speculative-eagle-topk", "speculative-num-draft-tokens"):
        given = run.get(name)
        if given and not speculative:
            yield given, f"{name} has no effect without speculative-algorithm"
        elif given and not steps and eagle:
            yield given, f"{name} needs speculative-num-steps beside it"
    cache = run.get("enable-hierarchical-cache")
    if cache and run.on("enable-hierarchical-cache") and run.on("disable-radix-cache"):
        yield cache, "enable-hierarchical-cache extends the radix cache that disable-radix-cache switches off"
    tp, pp = (run.number(f"{size}-size") or 1 for size in ("tp", "pp"))
    hosts, count = run.get("nnodes"), run.number("nnodes") or 0
    if hosts and count > 0 and (tp * pp) % count:
        yield hosts, f"nnodes {count} does not divide the {tp * pp} GPUs of tp {tp} and pp {pp}"
    if run.before("0.5"):
        yield from _sglang_of_old(run, tp)


def _sglang_of_old(run: Run, tp: int) -> Iterator[tuple[Argument, str]]:
    """What was lifted or renamed in 0.5."""
    ep, size, mode = run.get("ep-size"), run.number("ep-size"), run.get("deepep-mode")
    deep = run.get("enable-deepep-moe") if run.on("enable-deepep-moe") else None
    if ep and size and size != tp and (deep or run.on("enable-ep-moe")):
        yield ep, f"ep-size is {size}, but expert parallelism takes the tensor-parallel size, {tp}"
    if mode and not deep:
        yield mode, "deepep-mode has no effect without enable-deepep-moe"


def _trtllm(run: Run) -> Iterator[tuple[Argument, str]]:
    graphs, sizes = run.llm("cuda_graph_config", "max_batch_size"), run.llm("cuda_graph_config", "batch_sizes")
    largest = whole(graphs.value) if graphs else None
    batches = sizes.value if sizes and isinstance(sizes.value, list) else []
    end = max((whole(item) or 0 for item in batches), default=0)
    if graphs and largest and batches and end != largest and None not in map(whole, batches):
        yield graphs, f"cuda_graph_config.max_batch_size is {largest}, but batch_sizes ends at {end}"
    elif graphs and largest and batches and run.before("1.3.0rc0"):
        yield graphs, "cuda_graph_config takes batch_sizes or max_batch_size, not both, in this version"
    backend, dp = run.llm("moe_config", "backend"), run.llm("enable_attention_dp")
    if backend and backend.value == "WIDEEP" and (dp is None or dp.value is False):
        yield backend, "moe_config.backend WIDEEP needs enable_attention_dp"
    for name, flags in OVERRULED.items():
        flag, key = run.get(*flags), run.llm(*name.split("."))
        if flag and key and key.value is not None and _number(flag) != _number(key):
            yield key, f"{name} is {key.value} and overrules {flag.name}, which is {flag.value}"
    on, off = run.get("enable_chunked_context"), run.get("disable_chunked_context")
    if on and off and on.value is True and off.value is True:
        yield off, "chunked context is switched on and off"


def _build(run: Run) -> Iterator[tuple[Argument, str]]:
    chosen = [g for name in ("max_batch_size", "target_input_len") if (g := run.get(name)) is not None]
    if len(chosen) > 1:
        yield chosen[1], f"{chosen[1].name} and {chosen[0].name} are two ways to size an engine: the build takes one"


def _number(given: Argument) -> object:
    try:
        return float(given.value)
    except (TypeError, ValueError, OverflowError):
        return str(given.value)


def _templates(models: list[Use]) -> Iterator[tuple[Argument, str]]:
    """Parameters that models of one Triton repository share."""
    by_name = {use.command.partition(".")[2]: use for use in models}
    engine, bls, outer = (by_name.get(name) for name in ("tensorrt_llm", "tensorrt_llm_bls", "ensemble"))
    for one, name in ((bls, "decoupled_mode"), (bls, "logits_datatype"), (outer, "logits_datatype")):
        mine, theirs = one.get(name) if one else None, engine.get(name) if engine else None
        if one and mine and theirs and str(mine.value).lower() != str(theirs.value).lower():
            yield mine, f"{name} is not the same in {one.where.name} as in tensorrt_llm, which it calls"
    batch = outer.get("triton_max_batch_size") if outer else None
    size = whole(batch.value) if batch else None
    steps = [use for name in ("preprocessing", "tensorrt_llm", "postprocessing") if (use := by_name.get(name))]
    limits = [whole(inner.value) for use in steps if (inner := use.get("triton_max_batch_size"))]
    smallest = min((limit for limit in limits if limit is not None), default=None)
    if batch and size is not None and smallest is not None and size > smallest:
        yield batch, f"the ensemble takes batches of {size}, but one of its steps takes {smallest}"
    accumulate = bls.get("accumulate_tokens") if bls else None
    decoupled = engine.get("decoupled_mode") if engine else None
    if accumulate and decoupled and [str(each.value).lower() for each in (accumulate, decoupled)] == ["true", "false"]:
        yield accumulate, "accumulate_tokens is for streaming, which decoupled_mode false excludes"
