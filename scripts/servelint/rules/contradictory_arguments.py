"""Two arguments of an engine exclude or overrule each other.

Each is legal by itself. Together the engine asserts, or it changes one of them with a warning in its log: pages of
another size, a fraction of memory from the other file. What was reviewed is then not what runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, whole
from ..views.arguments import Given, Run, Use, runs, uses

SEVERITY = "error"
HINT = "Take one of the two away, or bring them together."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/srt/server_args.py"
COVERS = ("CFG-03",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --chunked-prefill-size, "4096", --page-size, "64"]
"""
BAD = GOOD.replace('"64"', '"48"')

PAGES = {
    "flashmla": (64,),
    "cutlass_mla": (128,),
    "trtllm_mla": (32, 64),
    "cutedsl_mla": (32, 64),
    "trtllm_mha": (16, 32, 64),
}
"""Page sizes of SGLang's attention backends; another one is changed, with a warning in the log."""
OVERRULED = (
    (("tp_size", "tp"), ("tensor_parallel_size",)),
    (("pp_size", "pp"), ("pipeline_parallel_size",)),
    (("ep_size", "ep"), ("moe_expert_parallel_size",)),
    (("max_batch_size",), ("max_batch_size",)),
    (("max_num_tokens",), ("max_num_tokens",)),
    (("max_seq_len",), ("max_seq_len",)),
    (
        ("kv_cache_free_gpu_memory_fraction", "kv_cache_free_gpu_mem_fraction"),
        ("kv_cache_config", "free_gpu_memory_fraction"),
    ),
)
"""Flags of TensorRT-LLM's commands, and the keys of the file that overrule them."""


def check(overlay: Overlay) -> Iterator[Problem]:
    told = set()
    for run in runs(overlay):
        checks = {"launch_server": _sglang, "serve": _trtllm, "throughput": _trtllm, "build": _build}
        for given, message in checks[run.command](run) if run.command in checks else ():
            if (id(given.resource), given.pointer, message) not in told:
                told.add((id(given.resource), given.pointer, message))
                yield Problem(given.resource, given.pointer, message)
    for given, message in _templates([use for use in uses(overlay) if use.style == "template"]):
        yield Problem(given.resource, given.pointer, message)


def _sglang(run: Run) -> Iterator[tuple[Given, str]]:
    page, chunk = run.get("page-size"), run.get("chunked-prefill-size")
    pages, tokens = run.number("page-size"), run.number("chunked-prefill-size")
    if page and chunk and pages and tokens and pages > 0 and tokens > 0 and tokens % pages:
        yield chunk, f"chunked-prefill-size {tokens} is no multiple of page-size {pages}"
    for name in ("attention-backend", "decode-attention-backend"):
        backend = run.get(name)
        wanted = PAGES.get(str(backend.value)) if backend else None
        if page and backend and wanted and pages is not None and pages not in wanted:
            shown = " or ".join(map(str, wanted))
            yield page, f"page-size is {pages}, but {name} {backend.value} works with pages of {shown}"
    speculative, steps = run.get("speculative-algorithm"), run.get("speculative-num-steps")
    for name in ("speculative-num-steps", "speculative-eagle-topk", "speculative-num-draft-tokens"):
        given = run.get(name)
        if given and not speculative:
            yield given, f"{name} has no effect without speculative-algorithm"
        elif given and not steps and str(speculative.value if speculative else "").upper().startswith("EAGLE"):
            yield given, f"{name} needs speculative-num-steps beside it"
    cache = run.get("enable-hierarchical-cache")
    if cache and run.on("enable-hierarchical-cache") and run.on("disable-radix-cache"):
        yield cache, "enable-hierarchical-cache extends the radix cache that disable-radix-cache switches off"
    tp, pp, dp = (run.number(f"{size}-size") or 1 for size in ("tp", "pp", "dp"))
    hosts = run.get("nnodes")
    count = whole(hosts.value) if hosts else None
    if hosts and count and count > 0 and (tp * pp) % count:
        yield hosts, f"nnodes {count} does not divide the {tp * pp} GPUs of tp {tp} and pp {pp}"
    if hosts and count and count > 1 and dp > 1 and not run.on("enable-dp-attention") and run.before("0.5"):
        yield hosts, f"data parallelism {dp} spans hosts with enable-dp-attention only"
    if run.before("0.5"):
        yield from _sglang_of_old(run, tp, pp)


def _sglang_of_old(run: Run, tp: int, pp: int) -> Iterator[tuple[Given, str]]:
    """What was lifted or renamed in 0.5."""
    if pp > 1:
        for name in ("speculative-algorithm", "enable-mixed-chunk"):
            given = run.get(name)
            if given and given.value is not False:
                yield given, f"{name} excludes pipeline parallelism (pp {pp})"
    loras = run.get("lora-paths")
    if loras and not run.on("disable-radix-cache"):
        yield loras, "lora-paths needs disable-radix-cache in this version"
    ep, mode = run.get("ep-size"), run.get("deepep-mode")
    deep = run.get("enable-deepep-moe")
    size = whole(ep.value) if ep else None
    if ep and size and size != tp and (run.on("enable-ep-moe") or run.on("enable-deepep-moe")):
        yield ep, f"ep-size is {size}, but expert parallelism takes the tensor-parallel size, {tp}"
    automatic = mode is None or str(mode.value) == "auto"
    if deep and run.on("enable-deepep-moe") and automatic and run.on("enable-dp-attention"):
        yield mode or deep, "deepep-mode auto excludes enable-dp-attention: write normal or low_latency"
    if mode and not run.on("enable-deepep-moe"):
        yield mode, "deepep-mode has no effect without enable-deepep-moe"


def _trtllm(run: Run) -> Iterator[tuple[Given, str]]:
    graphs, sizes = run.llm("cuda_graph_config", "max_batch_size"), run.llm("cuda_graph_config", "batch_sizes")
    largest = whole(graphs.value) if graphs else None
    batches = [whole(item) for item in sizes.value] if sizes and isinstance(sizes.value, list) else []
    if graphs and largest and batches and None not in batches and max(batches) != largest:  # type: ignore[type-var]
        message = f"cuda_graph_config.max_batch_size is {largest}, but batch_sizes ends at {max(batches)}"  # type: ignore[type-var]
        yield graphs, message
    elif graphs and largest and batches and run.before("1.3.0rc0"):
        yield graphs, "cuda_graph_config takes batch_sizes or max_batch_size, not both, in this version"
    backend = run.llm("moe_config", "backend")
    dp = run.llm("enable_attention_dp")
    if backend and backend.value == "WIDEEP" and (dp is None or dp.value is False):
        yield backend, "moe_config.backend WIDEEP needs enable_attention_dp"
    for flags, path in OVERRULED:
        flag, key = run.get(*flags), run.llm(*path)
        if flag and key and key.value is not None and _number(flag) != _number(key):
            yield key, f"{'.'.join(path)} is {key.value} and overrules {flag.name}, which is {flag.value}"
    on, off = run.get("enable_chunked_context"), run.get("disable_chunked_context")
    if on and off and on.value is True and off.value is True:
        yield off, "chunked context is switched on and off"


def _build(run: Run) -> Iterator[tuple[Given, str]]:
    chosen = [g for name in ("max_batch_size", "target_input_len") if (g := run.get(name)) is not None]
    if len(chosen) > 1:
        yield chosen[1], f"{chosen[1].name} and {chosen[0].name} are two ways to size an engine: the build takes one"


def _number(given: Given) -> object:
    try:
        return float(given.value)
    except (TypeError, ValueError, OverflowError):
        return str(given.value)


def _templates(models: list[Use]) -> Iterator[tuple[Given, str]]:
    """Parameters that models of one Triton repository share."""
    by_name = {use.command.partition(".")[2]: use for use in models}
    engine, bls, whole_ = (by_name.get(name) for name in ("tensorrt_llm", "tensorrt_llm_bls", "ensemble"))
    for one, other, name in (
        (bls, engine, "decoupled_mode"),
        (bls, engine, "logits_datatype"),
        (whole_, engine, "logits_datatype"),
    ):
        mine, theirs = one.get(name) if one else None, other.get(name) if other else None
        if mine and theirs and str(mine.value).lower() != str(theirs.value).lower():
            model = one.where.name if one else ""
            yield mine, f"{name} is not the same in {model} as in tensorrt_llm, which it calls"
    outer = whole_.get("triton_max_batch_size") if whole_ else None
    size = whole(outer.value) if outer else None
    steps = (by_name.get(name) for name in ("preprocessing", "tensorrt_llm", "postprocessing"))
    limits = [whole(inner.value) for use in steps if use and (inner := use.get("triton_max_batch_size")) is not None]
    smallest = min((limit for limit in limits if limit is not None), default=None)
    if outer and size is not None and smallest is not None and size > smallest:
        yield outer, f"the ensemble takes batches of {size}, but one of its steps takes {smallest}"
    accumulate = bls.get("accumulate_tokens") if bls else None
    decoupled = engine.get("decoupled_mode") if engine else None
    if accumulate and decoupled and str(accumulate.value).lower() == "true" and str(decoupled.value).lower() == "false":
        yield accumulate, "accumulate_tokens is for streaming, which decoupled_mode false excludes"
