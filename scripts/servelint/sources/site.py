"""What a cluster's site.yaml says of the cluster itself: for whoever judges it, and for no component to spread."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from .. import lines
from ..model import Said, mapping
from .tree import Tree

LOCAL = "config.kubernetes.io/local-config"
"""Kustomize reads a resource with this annotation and leaves it out of the render."""
FACTS = ("kubernetes", "autopilot")
"""Keys that the validator reads: the minor version of the cluster's Kubernetes, and whether it is GKE Autopilot."""


class LocalMap(NamedTuple):
    """A ConfigMap that no cluster gets: its file, document, name and data."""

    file: str
    node: yaml.Node
    name: object
    data: dict[str, Any]


def local_maps(tree: Tree) -> Iterator[LocalMap]:
    """The ConfigMaps of a tree that stay with their kustomizations: a cluster's values."""
    for path, file in tree.files.items():
        for node, body in zip(file.nodes, file.documents, strict=False) if file else ():
            metadata = mapping(mapping(body).get("metadata"))
            local = str(mapping(metadata.get("annotations")).get(LOCAL, "")).lower() == "true"
            if local and mapping(body).get("kind") == "ConfigMap":
                yield LocalMap(path, node, metadata.get("name"), mapping(mapping(body).get("data")))


def said(tree: Tree) -> dict[str, Said]:
    """These keys of the site ConfigMap, each with its place; a value that is no text is another rule's concern."""
    return {
        key: Said(site.data[key], site.file, lines.descend(site.node, ("data", key))[1])
        for site in local_maps(tree)
        for key in FACTS
        if isinstance(site.data.get(key), str)
    }
