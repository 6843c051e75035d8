"""What each engine says of itself: how it is started, how it spreads, what it refuses, what memory it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.engines import entry_point, kind, kinds, started, versions, vllm
from servelint.engines.kind import Given as Flagged
from servelint.engines.kind import Kind, Memory, Setup, Split
from servelint.engines.layout import Layout, layouts
from support import ROOT

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
R1, LLAMA, SCOUT = (MODELS[name] for name in ("deepseek-r1", "llama-3-1-8b-instruct", "llama-4-scout"))
H200, B200 = HARDWARE["a3ultra"], HARDWARE["a4high"]
GIB = 2**30


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("python3 -m sglang.launch_server --tp 8", ("sglang", "launch_server", 3)), ("sglang serve m", ("sglang", "launch_server", 2)), ("sglang x", None),
        ("/usr/bin/vllm serve m", ("vllm", "serve", 2)), ("vllm bench serve --x", ("vllm", "bench_serve", 3)), ("vllm bench x", ("vllm", "bench", 2)), ("vllm", None),
        ("serve vllm", None), ("numactl -N 0 vllm serve m", ("vllm", "serve", 5)), ("vllm serve m; sglang serve m", ("vllm", "serve", 2)),
        # options may stand before the subcommand
        ("trtllm-bench --model m throughput --tp 8", ("trtllm", "throughput", 4)), ("trtllm-bench throughput", ("trtllm", "throughput", 2)), ("trtllm-bench --model m", ("trtllm", "bench", 1)),
        ("trtllm-bench -m m build", ("trtllm", "build", 4)), ("throughput trtllm-bench", ("trtllm", "bench", 2)), ("throughput trtllm-bench x throughput", ("trtllm", "throughput", 4)),
        # a wrapper is it only where nothing follows
        ("trtllm-llmapi-launch trtllm-serve m", ("trtllm", "serve", 2)), ("trtllm-llmapi-launch python3 x", ("trtllm", "launch", 1)), ("trtllm-llmapi-launch trtllm-llmapi-launch", ("trtllm", "launch", 1)),
        ("trtllm-serve serve m", ("trtllm", "serve", 2)), ("trtllm-serve disaggregated", ("trtllm", "disaggregated", 2)), ("tritonserver", ("triton", "tritonserver", 1)), ("", None),
    ],
)  # fmt: skip
def test_the_command_in_a_row_of_words(line: str, found: tuple[str, str, int] | None) -> None:
    start = started(line.replace(";", " ;").split())
    assert (start and (start.kind.name, start.command.name, start.after)) == found


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("vllm/vllm-openai:v1", ("vllm", "serve")),
        ("h:5000/x/vllm-openai@sha256:1", ("vllm", "serve")),
        ("vllm-openai", ("vllm", "serve")),
        ("vllm:openai", ()),
        ("", ()),
    ],
)
def test_what_an_image_starts(image: str, words: tuple[str, ...]) -> None:
    assert entry_point(image) == words


@pytest.mark.parametrize(
    ("engine", "role", "name"),
    [
        ("sglang", "serve", "launch_server"), ("sglang", "bench", "bench_serving"), ("sglang", "build", None), ("vllm", "serve", "serve"), ("vllm", "bench", "bench_serve"),
        ("trtllm", "serve", "serve"), ("trtllm", "bench", "throughput"), ("trtllm", "build", None), ("triton", "serve", "tritonserver"), ("triton", "bench", None),
    ],
)  # fmt: skip
def test_what_a_launcher_hands_its_arguments_to(engine: str, role: Any, name: str | None) -> None:
    command = kind(engine).main(role)
    assert (command and command.name) == name


@pytest.mark.parametrize(
    ("engine", "path", "answers"),
    [
        ("sglang", "/health", True), ("sglang", "/health/x", False), ("sglang", "/health_generate", True), ("vllm", "/ping", True), ("trtllm", "/ping", False), ("triton", "/v2/health/ready", True),
        ("triton", "/v2/health/x", False), ("triton", "/v2/models/a", True), ("triton", "/health", False),
    ],
)  # fmt: skip
def test_paths_for_probes(engine: str, path: str, answers: bool) -> None:
    assert kind(engine).answers(path) is answers


TRITON = "nvcr.io/nvidia/tritonserver"


@pytest.mark.parametrize(
    ("engine", "image", "version"),
    [
        ("sglang", "lmsysorg/sglang:v0.5.14-cu129", "0.5.14"), ("triton", f"{TRITON}:25.01-py3", "2.54.0"), ("triton", f"{TRITON}:25.03-py3", "2.56.0"), ("triton", f"{TRITON}:24.12-py3", "2.53.0"),
        ("triton", f"{TRITON}:26.01", "2.65.0"), ("triton", f"{TRITON}:25.011", None), ("triton", f"{TRITON}:latest", None), ("triton", "nvcr.io/nvidia/triton:25.01", None),
        ("triton", f"{TRITON}:20.08", "2.1.0"), ("triton", f"{TRITON}:20.07", None), ("triton", f"{TRITON}:20.01", None), ("triton", "tritonserver/x:25.01", None),
        ("trtllm", "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2", "1.2.0rc2"), ("trtllm", f"{TRITON}:25.01-py3", None), ("trtllm", f"{TRITON}:25.01-trtllm-python-py3", "0.17.0"),
    ],
)  # fmt: skip
def test_versions_of_images(engine: str, image: str, version: str | None) -> None:
    assert kind(engine).version(image) == version


class Given:
    """Arguments of a run, as much as engines ask of them."""

    def __init__(self, **values: Any) -> None:
        self.values = {name.replace("_", "-"): value for name, value in values.items()}

    def number(self, name: str) -> int | None:
        return self.values.get(name)

    def on(self, name: str) -> bool:
        return bool(self.values.get(name))

    def text(self, name: str) -> str | None:
        return self.values.get(name)


@pytest.mark.parametrize(
    ("engine", "sizes", "given", "layout"),
    [
        ("sglang", (8, 1, 1, 1), {}, Layout("sglang", 8)), ("sglang", (8, 2, 2, 4), {}, Layout("sglang", 8, 2, 1, 2, cp=4)), ("sglang", (8, 1, 1, 1), {"ep": 4}, Layout("sglang", 8, 1, 4)),
        ("sglang", (8, 1, 1, 1), {"ep": 4, "enable_ep_moe": True}, Layout("sglang", 8, 1, 8)), ("sglang", (8, 1, 1, 1), {"enable_deepep_moe": True}, Layout("sglang", 8, 1, 8, whole_experts=True)),
        ("sglang", (8, 1, 4, 1), {"enable_dp_attention": True}, Layout("sglang", 8, 1, 1, 4, True)), ("sglang", (8, 1, 4, 1), {"attn_dp_size": 4}, Layout("sglang", 8, 1, 1, 4, True)),
        ("sglang", (8, 1, 1, 1), {"moe_dense_tp_size": 1}, Layout("sglang", 8, dense_tp=1)),
        ("vllm", (8, 2, 2, 1), {}, Layout("vllm", 8, 2, 1, 2)), ("vllm", (8, 1, 2, 2), {"enable_expert_parallel": True}, Layout("vllm", 8, 1, 16, 2, cp=2)),
        ("trtllm", (8, 2, 4, 2), {}, Layout("trtllm", 8, 2, 1, 1, cp=2)), ("trtllm", (8, 1, 1, 1), {"ep": 4}, Layout("trtllm", 8, 1, 4)),
        ("trtllm", (8, 1, 1, 1), {"enable_attention_dp": True}, Layout("trtllm", 8, 1, 1, 8, True)), ("triton", (8, 2, 3, 2), {"ep": 4}, Layout("triton", 8, 2, 1, 3, cp=2)),
    ],
)  # fmt: skip
def test_how_a_run_spreads(
    engine: str, sizes: tuple[int, int, int, int], given: dict[str, Any], layout: Layout
) -> None:
    assert kind(engine).layout(*sizes, Given(**given)) == layout


@pytest.mark.parametrize(
    ("layout", "attention", "groups", "ranks"),
    [
        (Layout("sglang", 8), 8, 1, 8), (Layout("sglang", 8, dp=4, attention_dp=True), 2, 4, 8), (Layout("sglang", 2, dp=4, attention_dp=True), 1, 4, 2), (Layout("sglang", 8, dp=2), 8, 2, 8),
        (Layout("vllm", 8, dp=2), 8, 2, 16), (Layout("trtllm", 8), 8, 1, 8), (Layout("trtllm", 8, dp=8, attention_dp=True), 1, 8, 8), (Layout("trtllm", 8, attention_dp=True), 1, 8, 8), (Layout("trtllm", 8, dp=3), 8, 3, 8),
    ],
)  # fmt: skip
def test_gpus_that_share_and_caches(layout: Layout, attention: int, groups: int, ranks: int) -> None:
    assert (layout.attention_tp, layout.groups, kind(layout.engine).expert_ranks(layout)) == (attention, groups, ranks)


@pytest.mark.parametrize(
    ("layout", "model", "refusals"),
    [
        (Layout("sglang", 8), R1, 0), (Layout("sglang", 8, 2), R1, 1), (Layout("sglang", 8, 2), LLAMA, 0), (Layout("sglang", 8, dp=4, attention_dp=True), R1, 0), (Layout("sglang", 8, dp=3), R1, 0),
        (Layout("sglang", 8, dp=3, attention_dp=True), R1, 1), (Layout("sglang", 8, dp=1, attention_dp=True), R1, 1), (Layout("sglang", 8, 2, dp=3, attention_dp=True), R1, 2),
        (Layout("vllm", 8, dp=2), R1, 0), (Layout("vllm", 8, dp=8, attention_dp=True), R1, 1),
        (Layout("trtllm", 8), R1, 0), (Layout("trtllm", 8, dp=8), R1, 1), (Layout("trtllm", 8, dp=8, attention_dp=True), R1, 0), (Layout("trtllm", 8, attention_dp=True), R1, 0), (Layout("trtllm", 8, dp=4, attention_dp=True), R1, 1),
        (Layout("triton", 8, dp=4), R1, 0),
    ],
)  # fmt: skip
def test_refusals(layout: Layout, model: Any, refusals: int) -> None:
    assert len(list(kind(layout.engine).refusals(layout, model, "0.4.6"))) == refusals


@pytest.mark.parametrize(
    ("layout", "refused"),
    [
        (Layout("vllm", 8, dp=2, ep=16), False),
        (Layout("vllm", 8, dp=2, ep=1), False),
        (Layout("vllm", 8, dp=2, ep=8), True),
        (Layout("sglang", 8, ep=4), False),
        (Layout("trtllm", 8, ep=4), False),
    ],
)
def test_expert_sizes_that_are_refused(layout: Layout, refused: bool) -> None:
    assert (kind(layout.engine).expert_refusal(layout) is not None) is refused


@pytest.mark.parametrize(("tp", "dp", "said"), [(8, 1, "size of 1"), (8, 3, "does not divide"), (8, 8, ""), (8, 4, "")])
def test_attention_dp_inside_a_group(tp: int, dp: int, said: str) -> None:
    found = kind("sglang").attention_dp_refusal(tp, dp)
    assert said in found if found is not None else not said


@pytest.mark.parametrize(
    ("version", "gib", "given", "tokens"),
    [
        ("0.33.0", 180, None, 16384), ("0.33.0", 160, None, 16384), ("0.33.0", 141, None, 8192), ("0.32.0", 180, None, 8192),
        ("", 180, None, 8192), ("0.33.0", 180, 4096, 4096), ("0.27.1", 80, 512, 512),
    ],
)  # fmt: skip
def test_tokens_of_a_pass_of_vllm(version: str, gib: int, given: int | None, tokens: int) -> None:
    machine = replace(H200, gpu_memory_mib=gib * 1024)
    assert kind("vllm").pass_tokens(Setup(LLAMA, machine, Layout("vllm"), version, tokens=given)) == tokens


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("8192", 8192), (8192, 8192), ("4k", 4000), ("4K", 4096), ("1m", 10**6), ("1M", 2**20), ("1.5k", 1500), ("0.5M", 2**19),
        (" 4k ", 4000), ("4 k", None), ("4g", None), ("k", None), ("1.5", None), ("-4k", None), ("auto", None),
    ],
)  # fmt: skip
def test_lengths_with_a_unit(written: object, tokens: int | None) -> None:
    assert kind("vllm").tokens(written) == tokens
    assert kind("sglang").tokens(written) == (tokens if str(written).strip().isdecimal() else None)


def test_what_an_expert_size_is() -> None:
    read = {version: kind("sglang").reads_expert_size(version) for version in ("0.4.6", "0.5.0", "0.5.14", None)}
    assert read == {"0.4.6": False, "0.5.0": True, "0.5.14": True, None: False}
    assert kind("trtllm").reads_expert_size("1.0") and kind("trtllm").attention_dp_refusal(8, 3) is None
    assert kind("sglang").attention_dp_refusal(8, 4) is None


@pytest.mark.parametrize(
    ("engine", "tp", "found"),
    [
        ("sglang", 2, ["TP 2", "TP 2, attention DP 2", "TP 2, EP 2", "TP 2, EP 2, attention DP 2"]), ("sglang", 1, ["TP 1"]),
        ("trtllm", 2, ["TP 2", "TP 2, attention DP 2", "TP 2, EP 2", "TP 2, EP 2, attention DP 2"]), ("trtllm", 1, ["TP 1"]),
        ("vllm", 2, ["TP 2", "TP 2, EP 2", "TP 2, DP 2", "TP 2, EP 4, DP 2", "TP 2, DP 4", "TP 2, EP 8, DP 4"]),
    ],
)  # fmt: skip
def test_variants(engine: str, tp: int, found: list[str]) -> None:
    made = list(kind(engine).variants(tp, 3, [1, 2, 4]))
    assert [str(layout).replace(", PP 3", "") for layout in made] == found and all(layout.pp == 3 for layout in made)


def test_layouts_of_a_machine() -> None:
    few = list(layouts("trtllm", replace(H200, gpus=4), 4))
    assert {(layout.tp, layout.pp) for layout in few} == {(tp, pp) for tp in (1, 2, 4) for pp in (1, 2, 4)}
    assert max(layout.tp for layout in layouts("trtllm", H200, 16)) == H200.peer_gpus == 8


@pytest.mark.parametrize(
    ("layout", "model", "split"),
    [
        (Layout("sglang", 8), R1, Split(8, 8, 8, 8, 8)), (Layout("sglang", 8, dp=4, attention_dp=True), R1, Split(8, 8, 8, 1, 8)), (Layout("sglang", 8, dense_tp=1), R1, Split(1, 8, 8, 8, 8)),
        (Layout("vllm", 8, dp=2), R1, Split(8, 8, 16, 8, 8)), (Layout("trtllm", 8), LLAMA, Split(8, 8, 8, 8, 8)), (Layout("trtllm", 8), R1, Split(8, 8, 8, 1, 8)),
        (Layout("trtllm", 8, dp=8, attention_dp=True), LLAMA, Split(1, 1, 8, 1, 1)),
    ],
)  # fmt: skip
def test_how_weights_are_divided(layout: Layout, model: Any, split: Split) -> None:
    assert kind(layout.engine).split(layout, model) == split


def card(gib: int) -> Any:
    return replace(H200, gpu_memory_mib=gib * 1024)


@pytest.mark.parametrize(
    ("engine", "gib", "version", "tokens"),
    [
        ("vllm", 159, "0.33.0", 8192), ("vllm", 160, "0.33.0", 16384), ("vllm", 160, "0.32.0", 8192), ("vllm", 160, "", 8192), ("sglang", 159, "0.5.0", 8192), ("sglang", 160, "0.5.0", 16384),
        ("sglang", 160, "0.4.9", 16384), ("sglang", 160, "0.4.7", 8192), ("sglang", 160, "", 8192), ("sglang", 160, "0.5.0.dev1", 16384), ("trtllm", 160, "1.0", 8192),
    ],
)  # fmt: skip
def test_tokens_of_the_largest_pass(engine: str, gib: int, version: str, tokens: int) -> None:
    assert kind(engine).pass_tokens(Setup(LLAMA, card(gib), Layout(engine), version)) == tokens


@pytest.mark.parametrize(
    ("engine", "version", "share"),
    [
        ("vllm", "0.19.1", 0.9),
        ("vllm", "0.20.0", 0.92),
        ("vllm", "0.20.0rc1", 0.92),
        ("vllm", "", 0.9),
        ("vllm", "x", 0.9),
        ("trtllm", "1.0", 0.9),
    ],
)
def test_shares_of_memory(engine: str, version: str, share: float) -> None:
    assert kind(engine).share(Setup(LLAMA, H200, Layout(engine), version), None) == share


@pytest.mark.parametrize(
    ("mib", "layout", "version", "share"),
    [
        (81920, Layout("sglang"), "0.4.6", 0.88), (96 * 1024, Layout("sglang"), "0.4.6", 0.88), (96 * 1024 + 1, Layout("sglang"), "0.4.6", (96 * 1024 + 1 - 18 * 1024) / (96 * 1024 + 1)),
        (1000 * 1024, Layout("sglang"), "0.4.6", 0.88 + 48 * 0.12 / 1000),
        # 512 + 1.5 * 8192 + 128 + 2 * 256 + 8 * 58 captured passes, and on larger GPUs 1.5 * 16384, 2 * 512 and 8 * 74
        (160 * 1024 - 1, Layout("sglang"), "0.5.14", round(1 - 13904 / (160 * 1024 - 1), 3)), (160 * 1024, Layout("sglang"), "0.5.14", round(1 - 26832 / (160 * 1024), 3)), (8 * 1024, Layout("sglang"), "0.5.14", 0.0),
    ],
)  # fmt: skip
def test_shares_that_sglang_takes(mib: int, layout: Layout, version: str, share: float) -> None:
    machine = replace(H200, gpu_memory_mib=mib)
    assert kind("sglang").share(Setup(LLAMA, machine, layout, version), None) == pytest.approx(share)


def pattern(layers: int, every: int, chunked: bool = False) -> Any:
    assert SCOUT.attention_pattern is not None
    return replace(
        SCOUT, layers=layers, attention_pattern=replace(SCOUT.attention_pattern, chunked=chunked, global_every=every)
    )


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        (LLAMA, LLAMA.layers), (pattern(48, 4, True), 48), (pattern(48, 4), 12), (pattern(36, 2), 18), (pattern(30, 6), 5), (pattern(31, 2), 16), (pattern(30, 3), 10), (pattern(5, 2), 2), (pattern(50, 2), 25),
    ],
)  # fmt: skip
def test_layers_whose_cache_fills(model: Any, layers: int) -> None:
    found = {
        engine: kind(engine).kv_layers(Setup(model, H200, Layout(engine))) for engine in ("vllm", "sglang", "trtllm")
    }
    assert found == {"vllm": layers, "sglang": model.layers, "trtllm": model.layers}


@pytest.mark.parametrize(
    ("engine", "declared", "quantization", "precision"),
    [
        ("trtllm", None, None, "bf16"), ("trtllm", None, "bf16", "bf16"), ("trtllm", None, "fp8", "fp8"), ("trtllm", None, "nvfp4", "fp8"), ("trtllm", "nvfp4", None, "nvfp4"), ("trtllm", "fp8", "bf16", "fp8"),
        ("sglang", "fp8", "fp8", "bf16"), ("vllm", "fp8", "fp8", "bf16"),
    ],
)  # fmt: skip
def test_precisions_of_a_cache(engine: str, declared: Any, quantization: str | None, precision: str) -> None:
    one = Setup(replace(LLAMA, kv_precision=declared), H200, Layout(engine), quantization=quantization)
    assert kind(engine).kv_precision(one) == precision


def test_a_checkpoint_in_fp8_quantises_no_cache_by_itself() -> None:
    one = Setup(replace(R1, kv_precision=None), H200, Layout("trtllm"), quantization=R1.native_precision)
    assert kind("trtllm").kv_precision(one) == "bf16"


def test_pools() -> None:
    memory = Memory(total=100.0 * GIB, hidden=1.0 * GIB, overhead=3.0 * GIB, weights=40.0 * GIB, activations=2.0 * GIB)
    for engine, tp, pool in (
        ("sglang", 2, 0.5 * 97 - 40),
        ("trtllm", 2, 0.5 * 55),
        ("vllm", 1, 0.5 * 99 - 0.13 - 42),
        ("vllm", 2, 0.5 * 99 - 0.55 - 42),
    ):
        one = Setup(LLAMA, H200, Layout(engine, tp))
        assert kind(engine).pool(one, memory, 0.5) == pytest.approx(pool * GIB)


@pytest.mark.parametrize(
    ("engine", "image", "given", "compiled"),
    [
        ("trtllm", "x", {"backend": "tensorrt"}, True), ("trtllm", "x", {"backend": "trt"}, True), ("trtllm", "x", {"backend": "pytorch"}, False), ("trtllm", "x", {}, False), ("sglang", "x", {"backend": "trt"}, False),
        ("triton", f"{TRITON}:25.01-trtllm-python-py3", {}, True), ("triton", f"{TRITON}:25.01-py3", {}, False),
    ],
)  # fmt: skip
def test_engines_that_were_compiled_before(engine: str, image: str, given: dict[str, Any], compiled: bool) -> None:
    assert kind(engine).loads_compiled(image, Given(**given)) is compiled


def test_what_an_engine_has_to_say_for_itself() -> None:
    for unsaid in (Kind.layout, Kind.variants, Kind.split, Kind.pool):
        arguments = [None] * (unsaid.__code__.co_argcount - 1)
        with pytest.raises(NotImplementedError):
            unsaid(kinds()["triton"] if unsaid is not Kind.layout else Kind(), *arguments)  # type: ignore[call-arg,arg-type]
    assert list(kinds()) == sorted(kinds()) == ["sglang", "triton", "trtllm", "vllm"]


@pytest.mark.parametrize(("text", "is_one"), [("1.2", True), ("", False), ("x", False), ("1.2.0rc2.post1", True)])
def test_what_is_a_version(text: str, is_one: bool) -> None:
    assert (versions.order(text) is not None) is is_one


@pytest.mark.parametrize(
    ("image", "tag"), [("a:b", "b"), ("h:5000/a", ""), ("h:5000/a:b@sha256:c", "b"), ("a", ""), ("a@sha256:c", "")]
)
def test_tags(image: str, tag: str) -> None:
    assert versions.tag_of(image) == tag


@pytest.mark.parametrize(
    ("engine", "machine", "version", "columns"),
    [
        ("sglang", H200, "0.5.14", 64), ("sglang", B200, "0.5.0", 256), ("sglang", B200, "0.4.10", 64), ("vllm", B200, "0.10.1", 256), ("vllm", H200, "0.10.1", 128),
        ("vllm", H200, "0.10.2", 64),
    ],
)  # fmt: skip
def test_how_mxfp4_is_padded(engine: str, machine: Any, version: str, columns: int) -> None:
    assert kind(engine).padding(Setup(LLAMA, machine, Layout(engine), version)) == (256, columns)


DRAFTING = replace(R1, mtp_layers=2)


@pytest.mark.parametrize(
    ("method", "draft", "modules"),
    [("mtp", None, 2), ("deepseek_MTP", None, 2), ("mtp", "other", 0), ("eagle", None, 0), (None, None, 0)],
)
def test_modules_that_vllm_drafts_with(method: str | None, draft: str | None, modules: int) -> None:
    given = {"speculative-config.method": method, "speculative-config.model": draft}
    flags = Flagged({name: value for name, value in given.items() if value is not None})
    assert kind("vllm").modules(Setup(DRAFTING, H200, Layout("vllm"), flags=flags)) == modules
    none = replace(R1, mtp_layers=None)
    assert kind("vllm").modules(Setup(none, H200, Layout("vllm"), flags=flags)) == 0


@pytest.mark.parametrize(
    ("given", "slots", "rank"),
    [({"enable-lora": True}, 1, 16), ({"enable-lora": True, "max-loras": 4, "max-lora-rank": 64}, 4, 64), ({"max-loras": 4}, 0, 0)],
)  # fmt: skip
def test_room_for_adapters_in_vllm(given: dict[str, Any], slots: int, rank: int) -> None:
    found = kind("vllm").adapters(Setup(LLAMA, H200, Layout("vllm"), flags=Flagged(given)))
    assert (found and (found.slots, found.rank, len(found.parts))) == ((slots, rank, 4) if slots else None)


@pytest.mark.parametrize(("ep", "refused"), [(1, False), (16, False), (8, True), (2, True)])
def test_experts_of_vllm_are_spread_over_all_or_none(ep: int, refused: bool) -> None:
    assert (kind("vllm").expert_refusal(Layout("vllm", 8, ep=ep, dp=2)) is not None) == refused


@pytest.mark.parametrize(
    ("engine", "name", "value", "version", "model", "refused"),
    [
        ("sglang", "attention-backend", "flashmla", "0.5.14", LLAMA, True), ("sglang", "attention-backend", "flashmla", "0.5.14", R1, False),
        ("sglang", "decode-attention-backend", "cutlass_mla", "0.5.14", LLAMA, True), ("sglang", "attention-backend", "trtllm_mha", "0.5.14", R1, True),
        ("sglang", "attention-backend", "trtllm_mha", "0.5.14", LLAMA, False), ("sglang", "attention-backend", "flashinfer", "0.5.14", SCOUT, True),
        ("sglang", "attention-backend", "fa3", "0.5.14", SCOUT, False), ("sglang", "attention-backend", "flashinfer", "0.4.10", SCOUT, False),
        ("sglang", "attention-backend", "flashinfer", None, SCOUT, False), ("sglang", "attention-backend", "flashinfer", "0.5.14", LLAMA, False),
        ("sglang", "pp-size", "2", "0.4.10", R1, True), ("sglang", "pp-size", "1", "0.4.10", R1, False), ("sglang", "pp-size", "x", "0.4.10", R1, False),
        ("sglang", "pp-size", "2", "0.5.0", R1, False), ("sglang", "pp-size", "2", "0.4.10", LLAMA, False),
        ("sglang", "quantization", "awq", "0.5.14", LLAMA, True), ("sglang", "quantization", "fp8", "0.5.14", LLAMA, False), ("sglang", "quantization", "awq", "0.5.14", R1, False),
    ],
)  # fmt: skip
def test_what_does_not_run_a_model(
    engine: str, name: str, value: str, version: str | None, model: Any, refused: bool
) -> None:
    assert (kind(engine).model_refusal(name, value, version, model) is not None) == refused


@pytest.mark.parametrize(
    ("name", "value", "version", "machine", "refused"),
    [
        ("attention-backend", "fa3", "0.5.14", B200, True), ("attention-backend", "fa3", "0.5.14", H200, False), ("prefill-attention-backend", "cutlass_mla", "0.5.14", H200, True),
        ("attention-backend", "cutlass_mla", "0.5.14", B200, False), ("attention-backend", "trtllm_mha", "0.5.14", H200, True), ("attention-backend", "trtllm_mha", "0.5.15", H200, False),
        ("attention-backend", "flashmla", "0.4.10", B200, True), ("attention-backend", "flashmla", "0.5.0", B200, False), ("attention-backend", "triton", "0.5.14", B200, False),
        ("moe-runner-backend", "flashinfer_trtllm", "0.5.14", H200, True), ("moe-runner-backend", "flashinfer_trtllm", "0.5.14", B200, False), ("moe-runner-backend", "triton", "0.5.14", H200, False),
        ("sampling-backend", "fa3", "0.5.14", B200, False),
    ],
)  # fmt: skip
def test_what_does_not_run_on_a_gpu(name: str, value: str, version: str, machine: Any, refused: bool) -> None:
    assert (kind("sglang").gpu_refusal(name, value, version, machine, LLAMA) is not None) == refused


@pytest.mark.parametrize(
    ("running", "tokens", "most"), [(None, 8192, 1024), (16, 8192, 16), (4096, 8192, 4096), (4096, 100, 100)]
)
def test_samples_of_vllm_take_memory_too(running: int | None, tokens: int, most: int) -> None:
    flags = Flagged({} if running is None else {"max-num-seqs": running})
    one = Setup(LLAMA, H200, Layout("vllm"), "0.27.1", tokens=tokens, flags=flags)
    assert kind("vllm").peak(one, 1.0) == vllm.COPIES * most * LLAMA.vocabulary * 4
    assert kind("vllm").peak(one, 1e15) == 1e15
