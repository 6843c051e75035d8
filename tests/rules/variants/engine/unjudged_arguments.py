"""What unjudged-arguments tells apart beyond its own examples."""

from servelint.rules.examples import server

ALSO_GOOD = [
    # A version that was not read is judged by the nearest list, and its findings say so.
    server("--tp-size 8", image="lmsysorg/sglang:v0.5.9"),
    server("--tp-size 8", image=f"lmsysorg/sglang:v0.5.9@sha256:{'0' * 64}"),
    # The wrapper takes nothing itself: what follows is judged by the list of trtllm-serve.
    server("--tp_size 8", engine="trtllm").replace('"trtllm-serve"', '"trtllm-llmapi-launch", "trtllm-serve"'),
    # Such a tag is `floating-image`'s, what is no tag `malformed-image`'s, and only a cluster knows a marker.
    server("--tp-size 8", image="lmsysorg/sglang:latest"),
    server("--tp-size 8", image="lmsysorg/sglang:SITE_TAG"),
    # There is nothing to judge.
    server(image="registry.example.com/team/sglang:build-1234").replace(', "--model-path", "m"', ""),
]
ALSO_BAD = [
    # A digest tells no version; a tag before it does.
    server("--tp-size 8", image=f"lmsysorg/sglang@sha256:{'0' * 64}"),
    # Of the benchmarks of one batch no list was read, whatever the version.
    server("--tp-size 8").replace("sglang.launch_server", "sglang.bench_one_batch"),
]
