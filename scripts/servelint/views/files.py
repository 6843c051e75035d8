"""The files that ConfigMaps put into a container."""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from ..model import Container, Overlay, Resource, mapping, mappings

MOST_MOUNTS = 20
"""Mounts of one whole volume in one container whose files are looked at."""


class File(NamedTuple):
    """A file: its path in the container, the ConfigMap and the key that hold it, its text."""

    path: str
    resource: Resource
    key: str
    text: str

    @property
    def is_yaml(self) -> bool:
        return self.key.endswith((".yaml", ".yml"))

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")


@lru_cache(maxsize=4096)
def config_files(overlay: Overlay, container: Container) -> tuple[File, ...]:
    """The files that ConfigMaps put into a container, in the order of its mounts."""
    found: list[File] = []
    volumes = container.pod.volumes
    mounted: Counter[str] = Counter()
    for _, mount in container.mounts:
        name, sub = str(mount.get("name", "")), mount.get("subPath")
        volume = volumes.get(name, ((), {}))[1]
        mounted[name] += sub is None
        if sub is None and mounted[name] > MOST_MOUNTS:
            continue
        sources = [volume] + [item for _, item in mappings(mapping(volume.get("projected")).get("sources"))]
        for source in sources:
            reference = mapping(source.get("configMap"))
            config = overlay.named("ConfigMap", str(reference.get("name", "")))
            if not reference or config is None:
                continue
            renamed = {str(i.get("key")): str(i.get("path")) for _, i in mappings(reference.get("items"))}
            data, base = mapping(config.body.get("data")), str(mount.get("mountPath", "")).rstrip("/")
            # A part of a volume is most often one file of it.
            one = {sub: data[sub]} if isinstance(sub, str) and sub in data and not renamed else data
            for key, text in one.items():
                if not isinstance(text, str) or (renamed and key not in renamed):
                    continue
                path = base if sub == renamed.get(key, key) else f"{base}/{renamed.get(key, key)}"
                found.append(File(path, config, key, text))
    return tuple(found)
