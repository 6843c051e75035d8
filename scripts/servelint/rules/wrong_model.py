"""An overlay runs another model than the one that its folder names.

The facts by which the overlay is judged, memory, heads, experts, the licence, are those of models/<model>/model.yaml. A
model id that was copied from elsewhere passes every check and serves, measures or downloads something else: hundreds of
gigabytes of it, and a published number under the wrong name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..model import Container, Overlay, Pointer, Problem, Resource, mapping
from ..views import kserve
from ..views.arguments import uses
from ..views.engines import Engine, command_words, engines
from ..views.environment import UNKNOWN, expand, variables

SEVERITY = "error"
HINT = "Write the id of models/<model>/model.yaml, or move the overlay to the folder of the model that it runs."
SOURCE = "https://huggingface.co/docs/hub/repositories-getting-started"
COVERS = ("CFG-07",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, deepseek-ai/DeepSeek-R1, --tp-size, "8"]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("DeepSeek-R1", "DeepSeek-V3")

VARIABLES = ("MODEL_ID", "MODEL_NAME", "MODEL", "HF_MODEL_ID", "MODEL_PATH")
FLAGS = ("model-path", "model", "model-id", "model-name-or-path")
PATHS = ("tokenizer_dir", "engine_dir", "model")
ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class Named(NamedTuple):
    """A model as it was written, and where."""

    text: str
    resource: Resource
    pointer: Pointer


def check(overlay: Overlay) -> Iterator[Problem]:
    if overlay.model is None:
        return
    told = set()
    for engine in engines(overlay):
        known = {name: value for name, (value, _) in variables(overlay, engine.container).items()}
        for named in _named(overlay, engine):
            other = _other(overlay, expand(named.text, known) if "$" in named.text else named.text)
            if other and (id(named.resource), named.pointer) not in told:
                told.add((id(named.resource), named.pointer))
                message = f"runs {other}, but the overlay is of {overlay.model.name} ({overlay.model.id})"
                yield Problem(named.resource, named.pointer, message)


def _other(overlay: Overlay, text: str) -> str | None:
    """The other model that a text names: an id that is not the overlay's, or a path with another model's folder."""
    if overlay.model is None or UNKNOWN in text or not text:
        return None
    text = text.removeprefix("hf://").partition(":")[0]
    own = overlay.model.id.casefold()
    if ID.fullmatch(text):
        return text if text.casefold() != own else None
    parts = [part.casefold() for part in text.split("/")]
    folders = {m.id.rpartition("/")[2].casefold(): m.id for m in overlay.all_models.values()}
    if not text.startswith("/") or own.rpartition("/")[2] in parts:
        return None
    return next((f"{folders[part]} ({text})" for part in parts if part in folders), None)


def _named(overlay: Overlay, engine: Engine) -> Iterator[Named]:
    container = engine.container
    yield from _variables(overlay, container)
    for name in FLAGS:
        for flag in engine.flags.get(name, ()):
            if isinstance(flag.value, str):
                yield Named(flag.value, flag.resource, flag.pointer)
    for use in uses(overlay):
        if use.engine is engine and use.style in ("template", "api"):
            for given in use.given:
                if given.name in PATHS and isinstance(given.value, str):
                    yield Named(given.value, given.resource, given.pointer)
    words = command_words(container)
    for (before, _), (program, _), (text, pointer) in zip([("", ()), *words], words, words[1:], strict=False):
        serves = program == "trtllm-serve" or (program == "serve" and before.endswith(("trtllm-serve", "vllm")))
        downloads = program == "download" and before.endswith(("huggingface-cli", "hf"))
        if (serves or downloads) and not text.startswith("-") and text != "serve":
            yield Named(text, *kserve.origin(container, pointer))
    uri: Any = container.body.get("storageUri")
    if isinstance(uri, str) and uri.startswith("hf://"):
        yield Named(uri, *kserve.origin(container, (*container.pointer, "storageUri")))


def _variables(overlay: Overlay, container: Container) -> Iterator[Named]:
    for source in container.body.get("envFrom") or [] if isinstance(container.body.get("envFrom"), list) else []:
        reference = mapping(mapping(source).get("configMapRef"))
        config = overlay.named("ConfigMap", str(reference.get("name", "")))
        for name, value in mapping(config.body.get("data")).items() if config else ():
            if name in VARIABLES and isinstance(value, str) and config and name not in container.env:
                yield Named(value, config, ("data", name))
    for name, (value, pointer) in container.env.items():
        if name in VARIABLES and isinstance(value, str):
            yield Named(value, *kserve.origin(container, pointer))
