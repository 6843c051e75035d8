"""The hub's client is kept offline, and its cache lies on a volume that begins empty.

With HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE nothing is fetched: a model that is named by its id must lie in the cache
already. An emptyDir is new in each pod, and the local SSDs of a node are new with the node, so the server stops with a
message about a missing config.json, in every pod. Silent where an init container or a neighbour mounts the volume to
write, where the container's own script fetches something, for buckets, disks and claims, and for a cache in the image.
Of a local SSD nobody sees what earlier pods left there: a warning.
"""

import posixpath
import re

from ...model import Container, Overlay, Problem, Problems, once_a_place
from ...views import kserve
from ...views.engines import Engine, engine_of
from ...views.environment import UNKNOWN, expand
from ...views.naming import named
from ...views.startup import seen
from ...views.volumes import is_empty, is_read_only, mounted
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Take the variable out, or fill the cache before: an init container that downloads, a bucket or a claim."
SOURCE = "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables#hfhuboffline"
COVERS = ("REF-04",)

GOOD = server(
    container="env: [{name: HF_HOME, value: /cache/hf}, {name: HF_HUB_OFFLINE, value: '0'}]\n"
    "volumeMounts: [{name: cache, mountPath: /cache}]",
    pod="volumes: [{name: cache, emptyDir: {}}]",
).replace('"m"', '"org/model"')
BAD = GOOD.replace("'0'", "'1'")

OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
TRUE = frozenset({"1", "ON", "YES", "TRUE"})
"""What the hub's client takes for true. Source: huggingface_hub/constants.py"""
HUB = re.compile(r"(?<![\w./-])(hf|huggingface-cli)(?![\w-])|snapshot_download|hf_hub_download")
"""What fetches from the hub, and so fills nothing while it is offline, unless the script says otherwise for it."""


@once_a_place
def check(overlay: Overlay) -> Problems:
    for container in kserve.running(overlay):
        engine = engine_of(overlay, container)
        if engine is None:
            continue
        values = seen(overlay, container)
        switch = next((name for name in OFFLINE if name in values and values[name][0].strip().upper() in TRUE), None)
        folder = _cache(engine, {name: value for name, (value, *_) in values.items()}) if switch else None
        place = mounted(container, folder) if folder else None
        if switch is None or place is None or not _of_hub(overlay, container, engine):
            continue
        script = engine.script if any(name in engine.script for name in OFFLINE) else HUB.sub("", engine.script)
        if not is_read_only(place.volume) and is_empty(overlay, container, place.volume, script):
            value, resource, pointer = values[switch]
            where = "an empty volume" if "emptyDir" in place.volume else "the node's local SSD, empty on a new node"
            text = f"{switch} is {value}, but the cache {folder} lies on {where} that nothing fills before"
            yield Problem(resource, pointer, text, severity="error" if "emptyDir" in place.volume else "warning")


def _cache(engine: Engine, values: dict[str, str]) -> str | None:
    """The folder of the hub's cache; None where nobody sees it."""
    given = engine.get("download-dir")
    home = values.get("HOME", "/root")
    root = values.get("HF_HOME") or posixpath.join(values.get("XDG_CACHE_HOME") or f"{home}/.cache", "huggingface")
    folder = values.get("HF_HUB_CACHE") or values.get("HUGGINGFACE_HUB_CACHE") or posixpath.join(root, "hub")
    if given is not None:
        folder = str(given.value)
    folder = expand(folder, values)
    return folder if folder.startswith("/") and UNKNOWN not in folder and "$" not in folder else None


def _of_hub(overlay: Overlay, container: Container, engine: Engine) -> bool:
    """Whether all that the engine's model is named by is the id of a repository, and no folder."""
    names = [one.text.removeprefix("hf://") for one in named(overlay, engine)]
    return bool(names) and all(re.fullmatch(r"[\w.-]+/[\w.-]+", name) for name in names)
