"""An argument names a file in a mounted folder, and what is mounted there does not have it.

A folder on which a ConfigMap or a Secret is mounted holds their keys and nothing else, neither what the image had there
nor what somebody meant to add. The server stops when it reads the file, for a chat template or a LoRA after the model
was loaded. The same holds for an emptyDir that nothing fills before the server starts, of arguments that name what is
read. Silent where the key's object is not rendered, and for the folders that images have; in an engine's own image, one
that is neither such a folder nor mounted is doubtful: only something that is not seen can have put it there.
"""

import re
from collections.abc import Iterator, Mapping

from ...model import Overlay, Pointer, Problem, Problems, Resource, once_a_place, texts
from ...views.arguments import Use, uses
from ...views.engines import Argument
from ...views.environment import UNKNOWN, expand, settled
from ...views.volumes import files, is_empty, is_read_only, mounted
from ..examples import launched

SEVERITY = ("error", "warning")
HINT = "Add the file to the ConfigMap that is mounted there (configMapGenerator: files), or name the one it has."
SOURCE = "https://kubernetes.io/docs/concepts/storage/volumes/#configmap"
COVERS = ("REF-04",)

_START = "python3 -m sglang.launch_server --model-path m --chat-template /etc/engine/template.jinja"
GOOD = launched({"template.jinja": "{{ messages }}"}, _START)
BAD = launched({"other.jinja": ""}, _START)

PATH = re.compile(r"(?<![\w.:/$}-])/[\w.+@-]+(?:/[\w.+@-]+)*(?![\w./{$*-])")
"""An absolute path alone, or behind `=`, `,` or a quote; none of a URL."""
READ = re.compile(
    r"chat-template|tool-parser-plugin|lora|config|tokenizer|ssl-.*(file|certs)|speculative.*path|json|plugin"
)
"""Names of arguments by which an engine reads something when it starts."""
WRITTEN = re.compile(
    r"log|dump|trace|profil|cache|download|output|report|request.json|save|export|metrics|offload|storage|dir$"
)

OWN_IMAGES = ("lmsysorg/sglang", "vllm/vllm-openai", "nvcr.io/nvidia/tensorrt-llm/release")
"""Images that the engines' projects publish, as they are; one that somebody built may hold any folder."""
_LINUX = "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var"
FOLDERS = frozenset([*_LINUX.split(), "app", "sgl-workspace", "vllm-workspace", "workspace"])
"""Top folders of those images: a distribution's, and those in which the projects build."""

MOST_LISTED = 8


@once_a_place
def check(overlay: Overlay) -> Problems:
    for use in uses(overlay):
        container = use.engine.container
        known = settled(overlay, container)
        for given in use.given:
            for path, (resource, pointer) in _paths(given, known):
                place = mounted(container, path)
                if place is None and _is_read(given.name) and _is_nowhere(use, path):
                    text = f"{given.name} names {path}, and nothing is mounted at /{path.split('/')[1]}"
                    yield Problem(resource, pointer, f"{text}, which the image does not have", severity="warning")
                if place is None or not (place.inside or place.mount.get("subPath")):
                    continue
                if is_read_only(place.volume):
                    there = files(overlay, place, container.resource.namespace)
                    if there is None or any(one == place.inside or one.startswith(f"{place.inside}/") for one in there):
                        continue
                    has = ", ".join(sorted(there)[:MOST_LISTED]) or "nothing"
                    text = f"{given.name} names {path}, but what is mounted at {place.mount['mountPath']} has {has}"
                    yield Problem(resource, pointer, text)
                    continue
                own = "emptyDir" in place.volume and is_empty(overlay, container, place.volume, use.engine.script)
                if own and _is_read(given.name):
                    text = f"{given.name} names {path}, but the volume at {place.mount['mountPath']} begins empty"
                    yield Problem(resource, pointer, text)


def _is_read(name: str) -> bool:
    """Whether an argument names what the engine reads, and not where it writes."""
    return READ.search(name.replace("_", "-")) is not None and WRITTEN.search(name) is None


def _is_nowhere(use: Use, path: str) -> bool:
    """Whether a path begins in a folder that an engine's own image lacks, and that no script speaks of beside it."""
    top = f"/{path.split('/')[1]}"
    repository = str(use.engine.container.image).partition("@")[0].rpartition(":")[0]
    if repository.removeprefix("docker.io/") not in OWN_IMAGES or top[1:] in FOLDERS:
        return False
    spoken = sum(text.count(top) for given in use.given for text, _ in texts(given.value))
    return use.engine.script.count(top) <= spoken


def _paths(given: Argument, known: Mapping[str, str]) -> Iterator[tuple[str, tuple[Resource, Pointer]]]:
    """The absolute paths in an argument's value, and where each stands."""
    for text, at in texts(given.value):
        value = expand(text, known)
        if UNKNOWN not in value:
            for path in PATH.findall(value):
                yield path, (given.resource, (*given.pointer, *at))
