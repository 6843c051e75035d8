"""What may not reach Kustomize: the sources are read, measured and judged before it sees them."""

from dataclasses import replace
from functools import partial

import yaml

from ..kustomize import weight
from ..model import Target
from ..rules import Rule
from ..rules import rule as rule_of
from ..sources import Fault, Reader, Tree
from . import crash
from .lint import Hit, run

STRAY = "is at no place of an overlay, and no overlay builds on it: nothing would validate or deploy it"
GUARDS = (
    "unreadable-source", "path-outside-repository", "remote-resource", "code-in-build", "misplaced-overlay",
    "missing-site-key", "twice-named-source",
)  # fmt: skip
"""Rules whose errors keep an overlay from Kustomize: it must not see it, or could not say why it builds nothing."""


def tree_of(reader: Reader, target: Target) -> Tree:
    """What an overlay is made of. Of a stray nothing is read: it is to be moved before it is mended."""
    if target.kind != "stray" or not reader.is_inside(target.path):
        tree = reader.tree(target.path)
        heavy = weight.faults(tree)
        return replace(tree, faults=heavy) if heavy else tree
    file = reader.kustomization_file(target.path) or target.path
    return Tree(target.path, faults=(Fault("misplaced", file, 1, STRAY),))


def refused(tree: Tree, on_crash: crash.OnCrash = crash.end) -> list[Hit]:
    """What keeps the overlay from Kustomize, and is said whichever rules were asked for."""
    said = check(tree, list(map(rule_of, GUARDS)), on_crash)
    return [hit for hit in said if hit.severity == "error"]


def check(tree: Tree, rules: list[Rule], on_crash: crash.OnCrash = crash.end) -> list[Hit]:
    """Problems of the sources, found before Kustomize sees them."""
    wanted = [rule for rule in rules if rule.scope == "check_sources"]
    on = crash.On(tree.target)
    return [Hit(rule, problem) for rule in wanted for problem in run(rule, tree, "guard", on_crash, lambda: on)]


def document(path: str, node: yaml.Node, rules: list[Rule], on_crash: crash.OnCrash = crash.end) -> list[Hit]:
    """Problems of a document of a manifest: what rules of the sources say of one that no build made."""
    found: list[Hit] = []
    for rule in rules:
        if hasattr(rule.module, "check_document"):
            with crash.caught(on_crash, "guard", partial(crash.On, path), rule.id):
                found.extend(Hit(rule, problem) for problem in rule.module.check_document(path, node))
    return found
