"""A decode step has more tokens than one rank may send to the experts.

The low-latency kernels of DeepEP, and of Mooncake and NIXL after them, have buffers of a fixed size: so many tokens of
each rank, 128 unless a variable says otherwise. A step of N requests with speculative decoding sends N times the draft
tokens. What is above the size ends in an assertion: while CUDA graphs are captured, which is after the load, or, of
batches that have no graph, under the first heavy traffic. Buffers above 1024 are refused. Attention that is split over
several GPUs gives each its part of the tokens, which is counted.
"""

from ...model import Overlay, Pointer, Problem, Problems, Resource, once_a_place, whole
from ...views.arguments import Run, runs
from ...views.engines import Argument
from ...views.environment import UNKNOWN
from ...views.startup import seen
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Raise the variable (up to 1024), or lower the largest graph or the draft tokens: batch x draft tokens must fit.",
    "Raise the variable (up to 1024), or lower max-running-requests: requests of a rank x draft tokens must fit.",
)
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/layers/moe/token_dispatcher/deepep.py"
COVERS = ("CFG-03",)

_ROOM = "env: [{name: SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK, value: '512'}]"
GOOD = server(
    "--tp-size 8 --dp-size 8 --enable-dp-attention --moe-a2a-backend deepep --cuda-graph-max-bs-decode 512",
    image="lmsysorg/sglang:v0.5.14-cu129",
    container=_ROOM,
)
BAD = GOOD.replace(f"    {_ROOM}\n", "")

BUFFERS = {
    "deepep": "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK",
    "mooncake": "SGLANG_MOONCAKE_EP_NUM_MAX_DISPATCH_TOKENS_PER_RANK",
    "nixl": "SGLANG_NIXL_EP_NUM_MAX_DISPATCH_TOKENS_PER_RANK",
}
"""The variable of each backend that sends tokens to experts through such buffers."""
USUAL, MOST = 128, 1024


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        if run.command != "launch_server":
            continue
        name = _variable(run)
        if name is None:
            continue
        value, resource, pointer = seen(overlay, run.engine.container).get(name, (str(USUAL), None, ()))
        # Up to 0.4 the size is fixed.
        fixed = run.before("0.5")
        tokens = USUAL if fixed else whole(value.strip())
        if tokens is None or UNKNOWN in value:
            continue
        if tokens > MOST and resource is not None:
            yield Problem(resource, pointer, f"{name} is {tokens}, but the kernels take {MOST} at most")
            continue
        has = f"{tokens} for each rank" if fixed else f"{name}, which is {tokens}{'' if resource else ' by default'}"
        yield from _beyond(run, tokens, has)


def _beyond(run: Run, tokens: int, has: str) -> Problems:
    """What of a run sends more tokens than a rank may: its graphs, or batches beyond them."""
    tp, dp = run.number("tp-size") or 1, run.number("dp-size") or 1
    split = max(1, tp // dp) if run.on("enable-dp-attention") else tp
    algorithm = run.get("speculative-algorithm")
    width = (run.number("speculative-num-draft-tokens") or 1) if algorithm else 1
    running, most = run.get("max-running-requests"), run.number("max-running-requests")
    share = -(-most // (dp if run.on("enable-dp-attention") else 1)) if most else None
    graph, largest = _graph(run)
    drafts = f" x {width} draft tokens" if width > 1 else ""
    over = f" over {split} GPUs" if split > 1 else ""
    bound = min(filter(None, (largest, share)), default=0) if graph else 0
    if graph is not None and -(-bound * width // split) > tokens:
        sent = -(-bound * width // split)
        text = f"{bound} requests{drafts}{over} are {sent} tokens of a rank, more than {has}"
        yield Problem(*_place(graph), text)
    elif running is not None and share and (graph is not None or run.on("disable-cuda-graph")):
        sent = -(-share * width // split)
        if sent > tokens:
            text = f"{share} requests of a rank{drafts}{over} are {sent} tokens, more than {has}"
            yield Problem(*_place(running), text, severity="warning")


def _place(given: Argument) -> tuple[Resource, Pointer]:
    return given.resource, given.pointer


def _variable(run: Run) -> str | None:
    """The variable that sizes the buffers of a run; None where it uses none, or where nobody sees whether it does."""
    backend, mode = run.get("moe-a2a-backend"), run.get("deepep-mode")
    deep = run.on("enable-deepep-moe") or run.on("enable-deepep-waterfill")
    name = "deepep" if deep else str(backend.value) if backend else ""
    half = run.get("disaggregation-mode")
    if half is not None and str(half.value) != "decode" and str(half.value) != "null":
        return None  # a prefill server uses the other kernels
    if mode is not None and str(mode.value) not in ("low_latency", "auto"):
        return None
    return BUFFERS.get(name)


def _graph(run: Run) -> tuple[Argument | None, int | None]:
    """The largest batch that a CUDA graph is made for, where it was written."""
    if run.on("disable-cuda-graph") or run.get("cuda-graph-config"):
        return None, None
    sizes = next((found for name in ("cuda-graph-bs-decode", "cuda-graph-bs") if (found := run.get(name))), None)
    if sizes is not None:
        listed = sizes.value if isinstance(sizes.value, list) else _words(run, sizes)
        numbers = [whole(item) for item in listed]
        return sizes, max((number for number in numbers if number is not None), default=None)
    given = next(
        (found for name in ("cuda-graph-max-bs-decode", "cuda-graph-max-bs") if (found := run.get(name))), None
    )
    return (given, whole(given.value)) if given else (None, None)


def _words(run: Run, given: Argument) -> list[str]:
    """The values behind a flag that takes several, on a command line."""
    for _, words in run.engine.starts:
        texts = [word.text for word in words]
        flag = f"--{given.name}"
        if flag in texts:
            after = texts[texts.index(flag) + 1 :]
            end = next((i for i, text in enumerate(after) if text.startswith("-")), len(after))
            return after[:end]
    return [str(given.value)]
