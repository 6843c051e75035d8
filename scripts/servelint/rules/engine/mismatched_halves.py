"""The prefill and the decode server of one model do not agree on the KV cache that one hands to the other.

What crosses the network is the memory of the cache itself, so both halves must lay it out alike: the same data type,
the same page size, the same library that carries it, and for most models heads that are split over as many GPUs.
SGLang compares page size and data type when the first request comes and refuses it, vLLM compares a hash of what
counts, its own version among it; what nobody compares arrives as noise. Both servers are loaded and Ready by then.
Compared are servers of one model and one engine; of several on a side, one that agrees is enough.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ...catalogue.facts import Model
from ...model import Overlay, Pointer, Problem, Problems, Resource, whole
from ...views.arguments import Run, runs
from ...views.commands import Word, commands
from ...views.disaggregation import OTHER, Half, halves, transfer
from ...views.engines import Argument
from ...views.environment import UNKNOWN, expand, settled
from ...views.naming import named
from ...views.parallel import parallels
from ...views.placement import machines
from ...views.selection import together as same_namespace
from ..examples import server, together

SEVERITY = ("error", "warning")
HINT = (
    "Give both halves the same value.",
    "Give both halves the same value, and write it down on both sides.",
)
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/disaggregation/common/conn.py"
COVERS = ("PAR-10",)
CONTEXT = {"hardware": "a3ultra", "model": "gpt-oss-120b"}

_NEW = "lmsysorg/sglang:v0.5.14-cu129"


def _pair(prefill: str, decode: str, *more: str, image: str = _NEW) -> str:
    one = server(f"--disaggregation-mode prefill {prefill}", name="prefill", image=_NEW)
    two = server(f"--disaggregation-mode decode {decode}", name="decode", image=image)
    return together(one, two, *more)


GOOD = _pair("--tp-size 4 --page-size 64 --kv-cache-dtype fp8_e4m3", "--tp 4 --page-size 64 --kv-cache-dtype fp8_e4m3")
BAD = GOOD.replace("fp8_e4m3", "auto", 1)

BOOTSTRAP, TRANSFER = "disaggregation-bootstrap-port", "disaggregation-transfer-backend"
SAME = {"half": "float16", "bf16": "bfloat16", "float": "float32"}
OF_ONE = frozenset({"fa3", "flashinfer", "triton"})
"""Attention backends of SGLang that leave the page size as it is, which is 1."""


class _Side(NamedTuple):
    """A half with what is compared of it."""

    half: Half
    run: Run
    model: Model | None
    names: frozenset[str]
    known: Mapping[str, str]

    def read(self, *paths: str) -> tuple[str | None, Argument | None]:
        """The value of an argument, None where it is not given, and the argument; UNKNOWN where nobody sees it."""
        given = next((found for path in paths if (found := self.run.find(path)) is not None), None)
        if given is None or given.value is None:
            return None, None
        return expand(str(given.value), self.known).strip("\"'"), given

    def usual(self, name: str) -> str | None:
        """The default of an argument, by the list of the engine's version."""
        known = [use.listing.by_name for use in self.run.flags if use.listing is not None]
        found = known[0].get(name, {}).get("default") if known else None
        return None if found is None else str(found)


class _Clash(NamedTuple):
    """What two halves do not agree on: a name, what each has, where, and whether that is certain to fail."""

    what: str
    here: str
    there: str
    at: Argument | None
    severity: str


def check(overlay: Overlay) -> Problems:
    found = halves(overlay)
    if {half.mode for half in found} != set(OTHER):
        return
    last = {run.engine: run for run in runs(overlay)}
    sides = [_side(overlay, half, last[half.engine]) for half in found if half.engine in last]
    told = set[str]()
    for mode in ("decode", "prefill"):
        for side in (side for side in sides if side.half.mode == mode):
            others = [other for other in sides if other.half.mode != mode and _one_model(side, other)]
            for comparison in [COMPARED[name] for name in side.half.engine.kind.handed]:
                clashes = [comparison(overlay, side, other) for other in others]
                first = clashes[0] if clashes and all(clashes) else None
                if first is not None and not (mode == "prefill" and first.what in told):
                    told.add(first.what)
                    place = first.at or side.half.flag
                    text = f"{mode} server: {first.what} {first.here}, but {first.there} in its {OTHER[mode]} server"
                    yield Problem(place.resource, place.pointer, text, severity=first.severity)
    yield from _ports(overlay, [side for side in sides if side.usual(BOOTSTRAP)])


def _side(overlay: Overlay, half: Half, run: Run) -> _Side:
    ids = {model.id.casefold(): model for model in overlay.all_models.values()}
    names = frozenset(one.text.casefold() for one in named(overlay, half.engine))
    model = next((ids[name] for name in sorted(names) if name in ids), overlay.model)
    return _Side(half, run, model, names, settled(overlay, half.engine.container))


def _one_model(one: _Side, other: _Side) -> bool:
    """Whether two halves belong together: one engine, one namespace, and a model that both name."""
    mine, theirs = one.half.engine, other.half.engine
    where = same_namespace(mine.container.resource.namespace, theirs.container.resource.namespace)
    return mine.kind is theirs.kind and where and (one.names == other.names or bool(one.names & other.names))


# --- what is compared ------------------------------------------------------------------------------------------------


def _version(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    mine, theirs = side.half.engine.version, other.half.engine.version
    if mine is None or theirs is None or mine == theirs:
        return None
    hashed = "Nixl" in _connector(side)
    return _Clash("version", mine, theirs, None, "error" if hashed else "warning")


def _cache(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    paths = ("kv-cache-dtype", "kv_cache_config.dtype")
    (mine, at), (theirs, there) = side.read(*paths), other.read(*paths)
    one, two = (SAME.get(value, value) for value in (mine or "auto", theirs or "auto"))
    if one == two or UNKNOWN in one + two:
        return None
    severity = "error"
    if "auto" in (one, two):
        # What the checkpoint declares is taken for `auto`, and of an unknown one nobody knows that.
        declared = side.model.kv_precision if side.model else None
        explicit = two if one == "auto" else one
        if declared and explicit.startswith(declared):
            return None
        severity = "error" if side.model and not (declared or explicit in ("bfloat16", "float16")) else "warning"
    return _Clash("KV cache type", one, two, at or there, severity)


def _dtype(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    (mine, at), (theirs, there) = side.read("dtype"), other.read("dtype")
    one, two = (SAME.get(value, value) for value in (mine or "auto", theirs or "auto"))
    if one == two or UNKNOWN in one + two or {one, two} == {"auto", "bfloat16"}:
        return None
    return _Clash("dtype", one, two, at or there, "warning" if "auto" in (one, two) else "error")


def _pages(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    """Pages that both sides write, or that one writes and the other leaves at what its attention backend has."""
    (mine, at), (theirs, there) = side.read("page-size"), other.read("page-size")
    one, two = _page(overlay, side, mine), _page(overlay, other, theirs)
    if one is None or two is None or one == two:
        return None
    return _Clash("page-size", str(one), str(two), at or there, "error" if at and there else "warning")


def _page(overlay: Overlay, side: _Side, given: str | None) -> int | None:
    if given is not None:
        return whole(given)
    backend, _ = side.read("attention-backend")
    if backend is not None:
        return 1 if backend in OF_ONE else None
    hosts = machines(overlay, side.half.engine.container.pod)
    # On Blackwell the backend that is chosen by itself may bring pages of its own.
    return 1 if hosts and all(host.capability[0] == 9 for host in hosts) else None


def _blocks(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    paths = ("kv_cache_config.tokens_per_block", "block-size")
    (mine, at), (theirs, _) = side.read(*paths), other.read(*paths)
    one, two = whole(mine), whole(theirs)
    if at is None or one is None or two is None or one == two:
        return None
    # With block-size some connectors take pages apart.
    return _Clash(at.name, str(one), str(two), at, "warning" if at.name == "block-size" else "error")


def _heads(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    """GPUs that share the heads. What MLA keeps is the same on each of them. SGLang refuses other sizes where layers
    see a window, whose caches it cannot take apart, and says of other models that they are slow."""
    model = side.model
    if model is None or model.attention == "mla":
        return None
    mine, theirs = ({run.attention_tp for run in parallels(overlay, s.half.engine)} for s in (side, other))
    if len(mine) != 1 or len(theirs) != 1 or mine == theirs:
        return None
    windows = model.attention_pattern is not None and not model.attention_pattern.chunked
    kept_whole = any(s.run.on("disable-hybrid-swa-memory") for s in (side, other))
    at = side.run.get("tp-size") or other.run.get("tp-size")
    severity = "error" if windows and not kept_whole else "warning"
    return _Clash("heads split over GPUs:", str(mine.pop()), str(theirs.pop()), at, severity)


def _carrier(overlay: Overlay, side: _Side, other: _Side) -> _Clash | None:
    one, two = _connector(side), _connector(other)
    if one and two:
        return _Clash("kv_connector", one, two, None, "error") if one != two else None
    paths = ("cache_transceiver_config.backend", TRANSFER)
    (mine, at), (theirs, there) = side.read(*paths), other.read(*paths)
    mine, theirs = mine or side.usual(TRANSFER), theirs or other.usual(TRANSFER)
    if mine is None or theirs is None or mine == theirs or UNKNOWN in mine + theirs or "DEFAULT" in (mine, theirs):
        return None
    return _Clash("transfer backend", mine, theirs, at or there, "error")


def _connector(side: _Side) -> str:
    given = side.run.get("kv-transfer-config")
    return transfer(given.value, "kv_connector", side.known) if given else ""


Compare = Callable[[Overlay, _Side, _Side], _Clash | None]
COMPARED: dict[str, Compare] = {
    "version": _version, "cache": _cache, "dtype": _dtype, "pages": _pages, "blocks": _blocks, "heads": _heads,
    "carrier": _carrier,
}  # fmt: skip


# --- the port at which they meet -------------------------------------------------------------------------------------


def _ports(overlay: Overlay, sides: list[_Side]) -> Problems:
    """The port at which a decode server asks a prefill server for its cache: the router tells it, or else its own."""
    ports = {side.half.engine: _port(side) for side in sides}
    opened = {ports[side.half.engine] for side in sides if side.half.mode == "prefill"}
    routed = list(_routed(overlay)) if sides else []
    if not opened or None in opened:
        return
    shown = ", ".join(map(str, sorted(filter(None, opened))))
    for word, number in routed:
        if number is not None and number not in opened:
            text = f"the router sends decode servers to bootstrap port {number}, but prefill servers open {shown}"
            yield Problem(word.resource, word.pointer, text)
    for side in sides if any(number is None for _, number in routed) else ():
        port = ports[side.half.engine]
        if side.half.mode == "decode" and port is not None and port not in opened:
            place: tuple[Resource, Pointer] = (side.half.flag.resource, side.half.flag.pointer)
            if given := side.run.get(BOOTSTRAP):
                place = (given.resource, given.pointer)
            text = (
                f"the router names no bootstrap port, so this server asks at {port}, but prefill servers open {shown}"
            )
            yield Problem(*place, text, severity="warning")


def _port(side: _Side) -> int | None:
    text, given = side.read(BOOTSTRAP)
    return whole(text if given else side.usual(BOOTSTRAP))


def _routed(overlay: Overlay) -> Iterator[tuple[Word, int | None]]:
    """Each prefill server of a router of SGLang, and the port behind its address; None without."""
    for pod in overlay.pods:
        for container in pod.main:
            for command in commands(overlay, container):
                if not any("router" in text or "mini_lb" in text for text in command.texts):
                    continue
                for i, word in enumerate(command.words[:-1]):
                    address = command.words[i + 1]
                    if word.text == "--prefill" and address.text.startswith(("http", "grpc")):
                        after = command.words[i + 2] if i + 2 < len(command.words) else None
                        number = whole(after.text) if after else None
                        yield (after or address) if number is not None else address, number
