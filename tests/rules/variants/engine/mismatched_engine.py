"""What mismatched-engine tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.engine.mismatched_engine import _TRITON, BAD, _build, _serve
from servelint.rules.examples import server as started
from servelint.rules.examples import together

_WIDE = "fill_template: {tensorrt_llm: {max_beam_width: 4}}"
NEWER = _TRITON.replace("25.01", "25.08")


def claimed(made: str, claim: str = "engines") -> str:
    return made.replace("volumes: [", f"volumes: [{{name: c, persistentVolumeClaim: {{claimName: {claim}}}}}, ")


MANIFEST = {"kind": "manifest"}

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}), (BAD, {"hardware": "a3ultra"}), (BAD, {"model": "llama-3-1-8b-instruct"}),
    (_build(), started("--backend pytorch", engine="trtllm")),
    (_build("trtllm-build --max_beam_width 4"), _serve(engine=_WIDE)),
    (_build(), _serve(_TRITON.replace("25.01-trtllm", "25.08-vllm"))),
    ((together(claimed(_build()), claimed(_serve(NEWER), "other")),), MANIFEST), ((claimed(_build()), claimed(_serve(NEWER))), MANIFEST),
    ((together(claimed(_build()), claimed(_serve(NEWER))),), {"kind": "cluster"}), (_build(image="registry.example.com/trtllm:1"), _serve()),
    (_build(), _serve(image="registry.example.com/tritonserver-trtllm:1")), ((together(_build(), _serve(NEWER)),), MANIFEST),
    (_build("trtllm-build --max_beam_width some"), _serve(engine=_WIDE)),
]  # fmt: skip
ALSO_BAD = [
    (_build(), started("--backend tensorrt", engine="trtllm")),
    (_build(), _serve(engine=_WIDE)),
    ((together(claimed(_build()), claimed(_serve(NEWER))),), MANIFEST),
]
