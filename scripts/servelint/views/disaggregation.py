"""The halves of disaggregated serving: servers that compute prompts, and servers that go on from their KV caches."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from ..model import Overlay
from .engines import Argument, Engine, engines
from .environment import expand, variables

OTHER = {"prefill": "decode", "decode": "prefill"}
MODES = {
    "prefill": "prefill", "decode": "decode", "kv_producer": "prefill", "kv_consumer": "decode",
    "context": "prefill", "ctx": "prefill", "generation": "decode", "gen": "decode",
}  # fmt: skip
"""Names by which the halves are known: SGLang's modes, vLLM's kv_role, TensorRT-LLM's server_role."""


class Half(NamedTuple):
    """A server of one half, which half it is, and the argument that says so."""

    engine: Engine
    mode: str
    flag: Argument


@lru_cache(maxsize=64)
def halves(overlay: Overlay) -> tuple[Half, ...]:
    """The servers of an overlay that run one half."""
    servers = (engine for engine in engines(overlay) if engine.role == "serve")
    return tuple(Half(engine, *found) for engine in servers if (found := _mode(overlay, engine)))


def _mode(overlay: Overlay, engine: Engine) -> tuple[str, Argument] | None:
    """The half that a server runs, and the argument that says so; None for a whole server or where it is not shown."""
    known = {name: value for name, (value, _) in variables(overlay, engine.container).items()}
    flag = engine.get("disaggregation-mode") or engine.get("server-role")
    other = engine.get("kv-transfer-config")
    given = flag or other
    role = expand(str(flag.value), known).lower() if flag else transfer(other.value, "kv_role", known) if other else ""
    return (MODES[role], given) if given and role in MODES else None


def transfer(value: object, key: str, known: Mapping[str, str]) -> str:
    """A key of vLLM's kv-transfer-config: written as JSON text or, in a configuration file, as a mapping."""
    if isinstance(value, str):
        text = expand(value, known)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            match = re.search(rf"{key}\W+(\w+)", text)
            return match[1] if match else ""
    return str(value.get(key, "")) if isinstance(value, dict) else ""
