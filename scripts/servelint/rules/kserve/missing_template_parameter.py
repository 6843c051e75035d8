"""A model of a Triton repository lacks a parameter that its template cannot do without.

The template of TensorRT-LLM's backend has placeholders; one that stays open outside of a text is no protobuf, and a
model without its engine or tokenizer does not load. The launcher stops at it, with the node up and the engine built.
"""

from ...engines import kind
from ...engines.lists import Listing, commands_of, listing
from ...engines.triton import SERVED
from ...model import Overlay, Problem, Problems, mapping
from ...views.arguments import unknown, uses
from ...views.engines import engines
from ..examples import launched

SEVERITY = "error"
HINT = "Give every mandatory parameter of the template a value in engine.yaml."
SOURCE = "https://github.com/triton-inference-server/tensorrtllm_backend/blob/v0.17.0/docs/model_config.md"
COVERS = ("CFG-06",)

_FILES = {
    "launch.py": 'start("tritonserver", fill(yaml.safe_load(open("/etc/engine/engine.yaml"))["fill_template"]))',
    "engine.yaml": "fill_template:\n  ensemble: {triton_max_batch_size: 64, logits_datatype: TYPE_FP32}\n",
}
GOOD = launched(_FILES, image="nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3")
BAD = GOOD.replace(", logits_datatype: TYPE_FP32", "")

ALSO = {
    "preprocessing": {"tokenizer_dir"},
    "postprocessing": {"tokenizer_dir"},
    "tensorrt_llm": {"engine_dir", "batching_strategy"},
}
"""Texts that the backend cannot do without, though the file would parse."""


def _needed(listed: Listing | None, command: str) -> list[str]:
    """The parameters that a template cannot do without."""
    arguments = listed.arguments if listed else {}
    needed = {name for name, argument in arguments.items() if argument.get("required")}
    return sorted(needed | ALSO.get(command.removeprefix(f"{SERVED}."), set()))


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        for section, (family, of) in engine.kind.nested.items():
            version = kind(of).version(engine.container.image)
            for file in engine.files:
                given = mapping(file.documents[0]).get(section) if file.documents and file.named else None
                if not isinstance(given, dict) or section not in engine.sections.required:
                    continue
                models = [name.removeprefix(f"{section}.") for name in commands_of(family, version)]
                if any(name not in models for name in given):
                    continue  # one of them is misspelt, as `refused-by-launcher` says
                for name in commands_of(family, version):
                    model, needed = name.removeprefix(f"{section}."), _needed(listing(family, name, version), name)
                    if model not in given and needed and name.startswith(f"{section}."):
                        message = f"{section} lacks {model}, which needs {', '.join(needed)} ({family} {version})"
                        yield Problem(file.resource, ("data", file.key, section), message)
    for use in uses(overlay):
        listed = use.listing
        if use.style != "template" or listed is None or not listed.exact:
            continue
        model = use.command.removeprefix(f"{SERVED}.")
        given = {one.name for one in use.given if one.value is not None}
        misspelt = {meant for _, meant in unknown(use)}  # `unknown-argument` says so
        missing = [name for name in _needed(listed, use.command) if name not in given and name not in misspelt]
        if missing:
            names = ", ".join(missing)
            yield Problem(use.where.resource, use.where.pointer, f"{model} needs {names} ({listed.told})")
