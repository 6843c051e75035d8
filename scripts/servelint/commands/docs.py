"""Documents that are made, never written: what the code says of itself cannot drift from it."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import yaml

from ..catalogue.controllers import controllers
from ..rules import Rule, about, all_rules, families
from . import explain, overlay_pages
from .console import Parser, say
from .generated import rewrite, table
from .validate import CLEAN, guarded


class Failure(NamedTuple):
    """A way to fail. ``unseen`` says why no rule can see it, or is empty."""

    title: str
    unseen: str = ""


@cache
def failures() -> dict[str, Failure]:
    """The failure catalogue by id, in its order."""
    text = (Path(__file__).parents[1] / "rules" / "failures.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return {id_: Failure(title, data["unseen"].get(id_, "")) for id_, title in data["titles"].items()}


def covering() -> dict[str, list[Rule]]:
    """The rules of every failure mode, by id."""
    return {id_: [rule for rule in all_rules().values() if id_ in rule.covers] for id_ in failures()}


def _linked(rule: Rule) -> str:
    return f"[{rule.id}]({rule.family}/README.md#{rule.id})"


def index_document() -> str:
    """Every rule by its family, every failure mode with its rules, and those that no rule can see."""
    found = covering()
    by_family = {family: [rule for rule in all_rules().values() if rule.family == family] for family in families()}
    rows = [
        (f"[{family}]({family}/README.md)", about(family), ", ".join(map(_linked, by_family[family])))
        for family in by_family
    ]
    seen = [(id_, failures()[id_].title, ", ".join(map(_linked, rules))) for id_, rules in found.items() if rules]
    unseen = [(id_, failure.title, failure.unseen) for id_, failure in failures().items() if not found[id_]]
    parts = [
        f"{MADE}\n# Rules\n",
        f"{len(all_rules())} rules. The same texts: `python scripts/validate.py --list-rules`, `--explain RULE`.\n",
        "## Families\n",
        table(("family", "what it looks at", "rules"), rows) + "\n",
        "## Failure modes and their rules\n",
        table(("id", "what goes wrong", "rules"), seen) + "\n",
        "## Failure modes that no repository shows\n",
        table(("id", "what goes wrong", "why no rule sees it"), unseen) if unseen else "None.",
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def family_document(family: str) -> str:
    """The rules of one family, each with what, why, cure, bad and good."""
    rules = [rule for rule in all_rules().values() if rule.family == family]
    head = f"{MADE}\n# Rules: {family}\n\n{about(family)}\n"
    return "\n".join([head, *(explain.section(rule) for rule in rules)])


MADE = "<!-- Made by `make docs` from the rules beside this file. -->"
RULES = "scripts/servelint/rules"
DOCUMENTS: dict[str, Callable[[], str]] = {f"{RULES}/README.md": index_document} | {
    f"{RULES}/{family}/README.md": partial(family_document, family) for family in families()
}
"""Every made document: its path in the repository, and what makes it."""


CLUSTERS = "overlays/clusters/README.md"


def controllers_table() -> str:
    """The oldest version of each controller, why, and what it asks of Kubernetes; as ``catalogue/controllers.yaml``."""
    rows = []
    for one in controllers():
        below = [f"GKE {version} ({name})" for name, version in one.gke]
        below += [f"Kubernetes {one.kubernetes}"] if one.kubernetes else []
        sources = " ".join(f"[{number}]({url})" for number, url in enumerate(one.urls, 1))
        name = one.name[:1].upper() + one.name[1:]
        rows.append((name, one.minimum, one.needs, ", ".join(below), f"{one.note} {sources}"))
    return table(("controller", "at least", "for", "which needs at least", "more, and sources"), rows)


def _run(argv: list[str] | None, root: Path) -> int:
    Parser(prog="docs.py", description="Rewrites the documents that are made: python scripts/docs.py").parse_args(argv)
    for path, make in DOCUMENTS.items():
        text = make()
        (root / path).write_text(text, encoding="utf-8")
        say(f"{path}: {len(text.splitlines())} lines")
    rewrite(root, CLUSTERS, "controllers", controllers_table())
    overlay_pages.refuse_orphans(root)
    made = overlay_pages.pages(root)
    for path, text in made.items():
        (root / path).write_text(text, encoding="utf-8")
    say(f"overlays: {len(made)} READMEs")
    return CLEAN


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Rewrites them; returns the exit status. ``root``: the repository, by default the one that holds this file."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("docs.py", lambda: _run(argv, root))
