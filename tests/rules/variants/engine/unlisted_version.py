"""What unlisted-version tells apart beyond its own examples."""

from servelint.rules.engine.unlisted_version import _BETWEEN, BAD
from servelint.rules.examples import server

ALSO_GOOD = [
    server("--tp-size 8", image="lmsysorg/sglang:v0.5.15.post1"),
    # Elsewhere another list of versions holds.
    (BAD, {"kind": "manifest"}),
    # No version at all is `unjudged-arguments`'s or `floating-image`'s, what is no tag `malformed-image`'s.
    server("--tp-size 8", image='"lmsysorg/sglang:v0.4.6 post4"'),
    server("--tp-size 8", image="registry.example.com/team/sglang:build-1234"),
    server("--tp-size 8", image="lmsysorg/sglang:latest"),
    # Nothing is given that a list could judge.
    server(image=_BETWEEN).replace(', "--model-path", "m"', ""),
]
ALSO_BAD = [
    # Older and newer than all that was read, and a patch release of one that was.
    server("--tp-size 8", image="lmsysorg/sglang:v0.4.1"),
    server("--tp-size 8", image="registry.example.com/mirror/sglang:v0.5.99-cu130"),
    server("--tp-size 8", image="lmsysorg/sglang:v0.5.14.post1"),
    server("--tensor-parallel-size 8", engine="vllm", image="vllm/vllm-openai:v0.28.0"),
    server("--tp_size 8", engine="trtllm", image="nvcr.io/nvidia/tensorrt-llm/release:1.1.0"),
]
