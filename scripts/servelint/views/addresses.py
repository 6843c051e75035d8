"""The addresses that containers are given, by whatever way."""

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from .. import lines
from ..model import Container, Overlay, Pointer, Resource, texts, whole
from .engines import engine_of
from .files import config_files


def _texts(overlay: Overlay, container: Container) -> Iterator[tuple[str, Resource, Pointer]]:
    """Everything that may hold an address: words, variables, mounted configuration."""
    for text, pointer in container.words:
        yield text, container.resource, pointer
    for value, pointer in container.env.values():
        yield str(value), container.resource, pointer
    for _, config, key, text in config_files(overlay, container):
        try:
            documents = lines.load(text) if key.endswith((".yaml", ".yml", ".json")) else []
        except lines.BadYaml:
            continue
        for _, value in documents[:1]:
            yield from ((text, config, at) for text, at in texts(value, ("data", key)))


def addresses(overlay: Overlay, container: Container) -> Iterator[tuple[str, int | None, Resource, Pointer]]:
    """Host and port of every address that a container is given."""
    for text, resource, pointer in _texts(overlay, container):
        for word in text.replace('"', " ").replace("'", " ").replace("=", " ").replace(",", " ").split():
            if word.startswith(("http://", "https://")):
                with suppress(ValueError):
                    parts = urlsplit(word)
                    port = parts.port or (443 if parts.scheme == "https" else 80)
                    yield parts.hostname or "", port, resource, pointer
    engine = engine_of(overlay, container)
    if engine and engine.role == "bench" and (flag := engine.get("host")):
        given = engine.get("port")
        yield str(flag.value), whole(given.value) if given else None, flag.resource, flag.pointer
