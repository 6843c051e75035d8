"""Measures on a real GPU what the planner computes: weights and KV cache of Llama-3.1-8B's shape, as PyTorch holds them.

    python3 tests/bench/h200_llama_8b.py [--device 0] [--tokens 65536] > measured.json

Needs torch and a GPU with 24 GiB or more, nothing else: no checkpoint, no engine, no other package. Every parameter of
the model is made at its real shape in BF16, module by module; then a KV cache of ``--tokens`` tokens, in BF16 and in
FP8. Printed is JSON: what was measured, what the planner says, and the relative error. Its ``measured`` part goes into
scripts/servelint/planner/measured.json, and the calibration table has a row of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from servelint.catalogue.facts import Model
from servelint.engines.kind import Setup
from servelint.engines.layout import Layout
from servelint.planner import memory, weights

LLAMA_8B = Model(
    name="llama-3-1-8b-instruct",
    id="meta-llama/Llama-3.1-8B-Instruct",
    gated=True,
    licence="Llama 3.1 Community License",
    parameters=8030261248,
    active_parameters=8030261248,
    layers=32,
    hidden_size=4096,
    intermediate_size=14336,
    vocabulary=128256,
    context=131072,
    attention_heads=32,
    attention="gqa",
    kv_heads=8,
    head_dim=128,
    model_type="llama",
    mtp_layers=0,
    architecture="LlamaForCausalLM",
    native_precision="bf16",
    disk_bytes=16060522496,
    sources={},
)
"""The facts of models/llama-3-1-8b-instruct/model.yaml, written out: the machine that measures may lack PyYAML."""


def modules(torch: Any, model: Model) -> Any:
    """A module tree with every parameter of the model, none of them computed with."""
    hidden, size = model.hidden_size, model.head_dim
    queries, keys = model.attention_heads * size, model.kv_heads * size
    options = {"bias": False, "dtype": torch.bfloat16, "device": "cuda"}

    class Norm(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.empty(hidden, dtype=torch.bfloat16, device="cuda"))

    def block() -> Any:
        linear = torch.nn.Linear
        return torch.nn.ModuleDict(
            {
                "input_layernorm": Norm(),
                "q_proj": linear(hidden, queries, **options),
                "k_proj": linear(hidden, keys, **options),
                "v_proj": linear(hidden, keys, **options),
                "o_proj": linear(queries, hidden, **options),
                "post_attention_layernorm": Norm(),
                "gate_proj": linear(hidden, model.intermediate_size, **options),
                "up_proj": linear(hidden, model.intermediate_size, **options),
                "down_proj": linear(model.intermediate_size, hidden, **options),
            }
        )

    return torch.nn.ModuleDict(
        {
            "embed_tokens": torch.nn.Embedding(model.vocabulary, hidden, dtype=torch.bfloat16, device="cuda"),
            "layers": torch.nn.ModuleList([block() for _ in range(model.layers)]),
            "norm": Norm(),
            "lm_head": torch.nn.Linear(hidden, model.vocabulary, **options),
        }
    )


def smi(device: int) -> dict[str, int | str | None]:
    """Name, total and used MiB as nvidia-smi has them; None each where it is missing."""
    command = ["nvidia-smi", f"--id={device}", "--query-gpu=name,driver_version,memory.total,memory.used"]
    try:
        line = subprocess.run(
            [*command, "--format=csv,noheader,nounits"], capture_output=True, text=True, check=True
        ).stdout
        name, driver, total, used = (part.strip() for part in line.strip().split(","))
        return {"name": name, "driver": driver, "total_mib": int(total), "used_mib": int(used)}
    except (OSError, subprocess.CalledProcessError, ValueError):
        return {"name": None, "driver": None, "total_mib": None, "used_mib": None}


def measure(torch: Any, device: int, tokens: int) -> dict[str, Any]:
    """Sizes in bytes, from CUDA and from PyTorch's allocator, after each step."""
    before = smi(device)
    torch.cuda.set_device(device)
    torch.zeros(1, device="cuda")
    torch.cuda.synchronize()
    free, total = torch.cuda.mem_get_info(device)
    started = smi(device)
    base = torch.cuda.memory_allocated()
    found: dict[str, Any] = {
        "gpu": before["name"], "driver": before["driver"], "torch": torch.__version__, "cuda": torch.version.cuda,
        "nvidia_smi_total_mib": before["total_mib"], "nvidia_smi_used_mib_before": before["used_mib"],
        "nvidia_smi_used_mib_with_context": started["used_mib"],
        "cuda_total_bytes": total, "cuda_free_bytes_with_context": free,
    }  # fmt: skip
    with torch.no_grad():
        net = modules(torch, LLAMA_8B)
    torch.cuda.synchronize()
    found["parameters"] = sum(parameter.numel() for parameter in net.parameters())
    found["weights_allocated_bytes"] = torch.cuda.memory_allocated() - base
    found["weights_reserved_bytes"] = torch.cuda.memory_reserved()
    found["cuda_free_bytes_with_weights"] = torch.cuda.mem_get_info(device)[0]
    found["kv_tokens"] = tokens
    for name, dtype in (("bf16", torch.bfloat16), ("fp8", getattr(torch, "float8_e4m3fn", torch.uint8))):
        allocated = torch.cuda.memory_allocated()
        # As SGLang's MHATokenToKVPool and TensorRT-LLM's pool: keys and values of each layer, one row a token.
        shape = (2, tokens, LLAMA_8B.kv_heads, LLAMA_8B.head_dim)
        cache = [torch.empty(shape, dtype=dtype, device="cuda") for _ in range(LLAMA_8B.layers)]
        torch.cuda.synchronize()
        found[f"kv_{name}_allocated_bytes"] = torch.cuda.memory_allocated() - allocated
        found[f"cuda_free_bytes_with_kv_{name}"] = torch.cuda.mem_get_info(device)[0]
        del cache
        torch.cuda.empty_cache()
    return found


def predicted(tokens: int) -> dict[str, float]:
    """The planner's figures for the same, in bytes."""
    setup = Setup(LLAMA_8B, None, Layout("sglang"))  # type: ignore[arg-type]  # no machine is asked for these two
    parts = weights.weights_per_gpu(setup, weights.stored(LLAMA_8B))
    found = {"parameters": LLAMA_8B.parameters, "weights_allocated_bytes": sum(parts.values())}
    for name in ("bf16", "fp8"):
        found[f"kv_{name}_allocated_bytes"] = tokens * memory.kv_bytes_per_token(setup, name)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=65536)
    args = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("h200_llama_8b.py: PyTorch is missing", file=sys.stderr)
        return 2
    if not torch.cuda.is_available():
        print("h200_llama_8b.py: CUDA has no device", file=sys.stderr)
        return 2
    found, planned = measure(torch, args.device, args.tokens), predicted(args.tokens)
    hidden = (found["nvidia_smi_total_mib"] or 0) * 2**20 - found["cuda_total_bytes"]
    planned["hidden_bytes"] = memory.HIDDEN
    planned["context_bytes"] = memory.CONTEXT
    found["hidden_bytes"] = hidden if found["nvidia_smi_total_mib"] else None
    found["context_bytes"] = found["cuda_total_bytes"] - found["cuda_free_bytes_with_context"]
    errors = {name: value / found[name] - 1 for name, value in planned.items() if found.get(name)}
    print(json.dumps({"measured": found, "planned": planned, "relative_error": errors}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
