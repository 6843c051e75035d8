"""What a cluster's site.yaml says of the cluster itself: for whoever judges it, and for no component to spread."""

from __future__ import annotations

from .. import lines
from ..model import Said, mapping
from .tree import Tree

LOCAL = "config.kubernetes.io/local-config"
"""Kustomize reads a resource with this annotation and leaves it out of the render."""
FACTS = ("kubernetes",)
"""Keys that the validator reads: the minor version of the cluster's Kubernetes."""


def said(tree: Tree) -> dict[str, Said]:
    """These keys of the site ConfigMap, each with its place; a value that is no text is another rule's concern."""
    found: dict[str, Said] = {}
    for path, file in tree.files.items():
        for node, body in zip(file.nodes, file.documents, strict=False) if file else ():
            metadata, data = mapping(mapping(body).get("metadata")), mapping(mapping(body).get("data"))
            local = str(mapping(metadata.get("annotations")).get(LOCAL, "")).lower() == "true"
            if not local or mapping(body).get("kind") != "ConfigMap":
                continue
            for key in FACTS:
                if isinstance(data.get(key), str):
                    found[key] = Said(str(data[key]), path, lines.descend(node, ("data", key))[1])
    return found
