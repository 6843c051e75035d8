"""An argument is written with dashes where its reader has underscores, or the other way round.

tp-size and tp_size are two names. A launcher that looks for one ignores the other and starts with its default; the
parsers of SGLang (dashes) and TensorRT-LLM (underscores) refuse it, after the node is up.
"""

from collections.abc import Iterator

from ...engines import kind
from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping, mappings, once_a_place
from ...views.arguments import respelled, uses
from ...views.engines import Engine, engines
from ...views.environment import shell_words
from ...views.launchers import configurations, swapped
from ..examples import server

SEVERITY = "error"
HINT = "Spell the argument as its reader does: dashes for SGLang, underscores for TensorRT-LLM."
SOURCE = (
    "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/inference/a3ultra/single-host-serving/trtllm/README.md"
)
COVERS = ("CFG-01",)

GOOD = server("--tp_size 8", engine="trtllm", image="registry.example.com/trtllm:v1")
BAD = server("--tp-size 8", engine="trtllm", image="registry.example.com/trtllm:v1")


@once_a_place
def check(overlay: Overlay) -> Problems:
    for use in uses(overlay):
        for given in use.given:
            read = respelled(use, given.name)
            if read and use.listing and (use.listing.exact or read in kind(use.engine.name).certain):
                message = f"{use.listing.told} has no argument {given.name}: it is spelled {read}"
                yield Problem(given.resource, given.pointer, message)
    for engine in engines(overlay):
        for name, resource, pointer in _written(engine):
            right, known = swapped(name), kind(engine.name)
            if right in known.certain and known.separator in right:
                yield Problem(resource, pointer, f"{engine.name} has no argument {name}: it is spelled {right}")
    for config in configurations(overlay):
        for name, at in _keys(config.content):
            if read := config.respelled(name):
                yield Problem(config.resource, (*config.pointer, *at), f"{name} is not read: the launcher reads {read}")


def _written(engine: Engine) -> Iterator[tuple[str, Resource, Pointer]]:
    """Names of arguments as they were written: on the command line, and in the sections of a launcher's file."""
    container = engine.container
    for text, pointer in container.words:
        for word in shell_words(text):
            if word.startswith("--"):
                yield word[2:].partition("=")[0], container.resource, pointer
    for resource, key, value in engine.configs:
        for name, at in _keys(mapping(value)):
            yield name, resource, ("data", key, *at)


def _keys(content: dict[str, object]) -> Iterator[tuple[str, Pointer]]:
    """Keys of the file and, one level down, of its sections and of the entries of its lists."""
    for name, value in content.items():
        yield str(name), (name,)
        for inner in mapping(value):
            yield str(inner), (name, inner)
        for i, item in mappings(value):
            for inner in item:
                yield str(inner), (name, i, inner)
