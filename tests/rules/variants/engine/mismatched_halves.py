"""What mismatched-halves tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.engine.mismatched_halves import _NEW, GOOD, _pair
from servelint.rules.examples import launched, server, together


def _of(engine: str, prefill: str, decode: str, image: str = "") -> str:
    one = server(prefill, engine=engine, name="prefill")
    return together(one, server(decode, engine=engine, name="decode", image=image))


def _vllm(prefill: str = "", decode: str = "", connector: str = "NixlConnector", image: str = "") -> str:
    roles = [f"--kv-transfer-config {{'kv_connector':'{c}','kv_role':'{role}'}}"
             for c, role in (("NixlConnector", "kv_producer"), (connector, "kv_consumer"))]  # fmt: skip
    return _of("vllm", f"{roles[0]} {prefill}", f"{roles[1]} {decode}", image)


def _router(more: str) -> str:
    return launched({"a": ""}, f"python3 -m sglang_router.launch_router --pd-disaggregation {more}")


_MLA = {"hardware": "a3ultra", "model": "deepseek-r1"}
_DENSE = {"hardware": "a3ultra", "model": "llama-3-3-70b-instruct"}
_FP8_CACHE = {"hardware": "a4high", "model": "deepseek-r1-nvfp4"}

ALSO_GOOD = [
    _pair("--tp-size 8 --dp-size 2 --enable-dp-attention", "--tp-size 4"),
    (_pair("--tp-size 8", "--tp-size 4"), _MLA), (_pair("", "--kv-cache-dtype fp8_e4m3"), _FP8_CACHE),
    _pair("--page-size 64", "--page-size $(PAGES)"), _pair("--page-size 1", ""), _pair("--attention-backend fa3", "--page-size 1"),
    (_pair("--page-size 64", ""), {"hardware": "a4high"}), _pair("--page-size 64", "").replace('"m"', '"other"', 1),
    together(_pair("--page-size 64", "--page-size 1"),
             server("--disaggregation-mode decode --page-size 64", name="b", image=_NEW),
             server("--disaggregation-mode prefill --page-size 1", name="c", image=_NEW)),
    _vllm("--tensor-parallel-size 2", "--tensor-parallel-size 4"),
    _pair("--disaggregation-bootstrap-port 9000", "", _router("--prefill http://p:8000 9000 --decode http://d:8000")),
    _pair("", "", _router("--prefill http://p:8000 --decode http://d:8000")),
    _pair("--disaggregation-bootstrap-port 9000", ""), _pair("--dtype half", "--dtype float16"),
    _pair("--attention-backend flashmla", "--page-size 64"),
    _pair("--disaggregation-transfer-backend nixl", "", image="registry.example.com/sglang:mine"),
    _pair("", "--disaggregation-transfer-backend nixl").replace(_NEW, "registry.example.com/sglang:mine", 1),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace('"--page-size", "64"', '"--page-size", "1"', 1), _pair("--tp-size 1", "--tp-size 4"),
    (_pair("--tp-size 8", "--tp-size 4"), _DENSE), _pair("", "--page-size 64"),
    _pair("--attention-backend fa3", "--page-size 64"), _pair("", "", image="lmsysorg/sglang:v0.5.9"),
    _pair("--disaggregation-transfer-backend nixl", ""), _pair("", "--dtype float16"),
    _pair("--dtype bfloat16", "--dtype half"), (_pair("", "--kv-cache-dtype fp8_e4m3"), {"hardware": "a3ultra"}),
    _vllm("--kv-cache-dtype fp8"), _vllm("--block-size 64", "--block-size 16"), _vllm(connector="MooncakeConnector"),
    _vllm(image="vllm/vllm-openai:v0.33.0"), _vllm("--dtype half", "--dtype bfloat16"),
    _of("trtllm", "--server_role context --kv_cache_dtype fp8", "--server_role generation"),
    _pair("--disaggregation-bootstrap-port 9000", "", _router("--prefill http://p:8000 8998 --decode http://d:8000")),
    _pair("--disaggregation-bootstrap-port 9000", "", _router("--prefill http://p:8000 --decode http://d:8000")),
    together(_pair("--page-size 64", "--page-size 64"),
             server("--disaggregation-mode prefill --page-size 1", name="c", image=_NEW)),
]  # fmt: skip
