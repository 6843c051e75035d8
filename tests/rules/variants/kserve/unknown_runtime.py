"""What unknown-runtime tells apart beyond its own examples."""

from servelint.rules.kserve.unknown_runtime import BAD, GOOD

_NEAR = GOOD.replace("ClusterServingRuntime", "ServingRuntime").replace(
    "name: server", "name: server\n  namespace: near"
)

ALSO_GOOD = [
    GOOD.replace("[{name: kserve", "[{name: proxy, image: b}, {name: kserve"),
    GOOD.replace("runtime: trtllm", "runtime: kserve-tritonserver").replace("name: kserve-container", "name: triton"),
    BAD.replace("runtime: trt-llm", "runtime: kserve-tritonserver"),
    BAD.replace("runtime: trt-llm", "runtime: SITE_RUNTIME"), BAD.replace("runtime: trt-llm", "runtime: ''"),
    BAD.replace(", runtime: trt-llm", ""), (BAD, {"external": [("ServingRuntime", "trt-llm")]}), _NEAR,
    GOOD.replace("name: server", "name: server\n  namespace: near"),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("name: kserve-container", "name: triton"),
    _NEAR.replace("name: kserve-container", "name: triton"),
    _NEAR.replace("name: trtllm", "name: trtllm\n  namespace: far", 1),
]
