"""A value in a cluster's site ConfigMap is no text.

A ConfigMap holds text, and the file is one although no cluster gets it. What YAML reads as a number or a switch may be
one again where it is put, and then it is another text: 007 is 7, 1e3 is 1000, on is true. An empty value is null, and
takes away the field that it is put into.
"""

import yaml

from ... import lines
from ...model import Problem, Problems
from ...sources import Tree
from ...sources.site import local_maps
from ..examples import tree

SEVERITY = ("error", "warning")
HINT = ("Write the value, as text in quotes.", "Put the value in quotes.")
SOURCE = "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/"
COVERS = ("YML-01",)

_LOCAL = "{config.kubernetes.io/local-config: 'true'}"
_RESOURCES = "resources: [site.yaml, pod.yaml]\n"
_SITE = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: site, annotations: {_LOCAL}}}\ndata: {{gpus: '56'}}\n"
GOOD = tree(_RESOURCES, {"site.yaml": _SITE})
BAD = tree(_RESOURCES, {"site.yaml": _SITE.replace("'56'", "56")})


def check_sources(tree: Tree) -> Problems:
    for site in local_maps(tree):
        for key, value in site.data.items():
            if isinstance(value, str):
                continue
            _, line, written = lines.follow(site.node, ("data", key))
            same = isinstance(written, yaml.ScalarNode) and written.value == str(value)
            what = "is empty" if value is None else f"is {_kind(value)}, and a ConfigMap holds text"
            read = "" if same or isinstance(value, (dict, list)) or value is None else f"; YAML reads {value}"
            severity = "warning" if same else None
            yield Problem(None, ("data", str(key)), f"{key} {what}{read}", site.file, line, severity=severity)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a switch"
    return "a number" if isinstance(value, (int, float)) else "no single value"
