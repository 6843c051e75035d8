"""Which model a container runs, as its manifest names it: by a variable, an argument, a configuration file or a URI."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..engines import started
from ..model import Container, Overlay, Pointer, Resource, mapping
from . import kserve
from .arguments import uses
from .commands import HOLE, commands
from .engines import Engine, engines

VARIABLES = ("MODEL_ID", "MODEL_NAME", "MODEL", "HF_MODEL_ID", "MODEL_PATH")
FLAGS = ("model-path", "model", "model-id", "model-name-or-path")
PATHS = ("tokenizer_dir", "engine_dir", "model")


class Named(NamedTuple):
    """A model as it was written, and where."""

    text: str
    resource: Resource
    pointer: Pointer


def named(overlay: Overlay, engine: Engine) -> Iterator[Named]:
    """Every place where the model of an engine is named."""
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
    for command in commands(overlay, container):
        start, texts = started(command.texts), command.texts
        after = start.after if start is not None and start.command.positional else None
        if texts[1:2] == ["download"] and texts[0].endswith(("huggingface-cli", "hf")):
            after = 2
        for word in command.words[after : after + 1] if after is not None else ():
            if not word.text.startswith("-") and word.text != HOLE:
                yield Named(*word)
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


def catalogued(overlay: Overlay) -> str | None:
    """The one model of the catalogue that the overlay's engines name by its id; None for none, or for several."""
    ids = {model.id.casefold(): name for name, model in overlay.all_models.items()}
    texts = (one.text.removeprefix("hf://").casefold() for engine in engines(overlay) for one in named(overlay, engine))
    found = {ids[text] for text in texts if text in ids}
    return found.pop() if len(found) == 1 else None
