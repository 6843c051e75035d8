"""A value that somebody was meant to replace is rendered.

<YOUR_GCS_BUCKET> or CHANGEME is a valid string, so it reaches the cluster: the mount fails, the download is refused, or
a name that another person owns gets the data. An empty name is the same mistake after a template has swallowed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import lines
from ..model import Overlay, Pointer, Problem, Resource

SEVERITY = "error"
HINT = "Write the real value, or a SITE_ marker where only a cluster knows it."
SOURCE = (
    "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/inference/a3ultra/single-host-serving/sglang/README.md"
)
COVERS = ("CFG-07",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - {name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124}
  volumes:
  - {name: logs, csi: {driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {bucketName: team-benchmarks}}}
"""
BAD = GOOD.replace("team-benchmarks", "<YOUR_GCS_BUCKET>")

PREFIXES = ("your_", "replace_with_", "insert_your_")
SURE = {"replace_me", "replaceme", "change_me", "changeme"}
WORDS = {"fixme", "todo", "tbd", "placeholder", "fill_me_in"}
TOKENS = {"BOS", "EOS", "PAD", "UNK", "SEP", "MASK", "CLS", "END", "STOP", "EOT", "EOF"}
NAMED = {"claimName", "bucketName", "secretName", "volumeHandle", "image", "mountPath"}
REFERENCES = {"configMapRef", "configMapKeyRef", "secretRef", "secretKeyRef", "configMap", "claimRef", "scaleTargetRef"}
SKIPPED = {"description", "summary", "kubectl.kubernetes.io/last-applied-configuration"}


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.resources:
        if resource.kind != "CustomResourceDefinition":
            yield from _walk(resource, resource.body, ())


def _walk(resource: Resource, value: Any, at: Pointer) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from () if key in SKIPPED else _walk(resource, inner, (*at, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _walk(resource, inner, (*at, i))
    elif value in ("", None) and _is_name(at):
        yield Problem(resource, at, f"{at[-1]} is empty")
    elif isinstance(value, str):
        yield from _text(resource, value, at)


def _text(resource: Resource, text: str, at: Pointer) -> Iterator[Problem]:
    if resource.kind == "ConfigMap" and at[:1] == ("data",) and "\n" in text:
        # Scripts and templates may say TODO; the values of a configuration file may not.
        try:
            documents = lines.load(text) if str(at[-1]).endswith((".yaml", ".yml", ".json")) else []
        except lines.BadYaml:
            return
        if len(documents) == 1 and isinstance(documents[0][1], dict):
            yield from _walk(resource, documents[0][1], at)
        return
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = next((part for part in re.split(r"[\s/:,;=@\"'|()]+", kept) if _stands_in(part, part == text)), None)
    if found:
        yield Problem(resource, at, f"{text if len(text) <= 80 else found} is a placeholder")


def _stands_in(part: str, alone: bool) -> bool:
    """Whether a part of a text is a placeholder; ``alone`` if it is the whole text, where a plain word is enough."""
    plain = part.lower().strip("<>").replace("-", "_")
    if part.startswith("<") and part.endswith(">"):
        # A chat template's <EOS> is none, nor is the <EOF> of a shell, nor <b> in a piece of HTML.
        return plain.isidentifier() and plain.upper() not in TOKENS and (part.isupper() or plain.startswith("your_"))
    return plain.startswith(PREFIXES) or plain in SURE or (alone and plain in WORDS)


def _is_name(at: Pointer) -> bool:
    key, above = at[-1] if at else "", at[-2] if len(at) > 1 else ""
    if key == "name":
        return at == ("metadata", "name") or above in REFERENCES
    return key in NAMED or (key == "key" and above in REFERENCES) or key == "kueue.x-k8s.io/queue-name"
