"""A fleet of any size, made of this one: its leaves once more, and once more, each time under models of other names.

Names of the copies are shorter than those that they come from, so that what Kubernetes takes stays taken.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from servelint.steps.discover import targets
from support import ROOT, copy_fleet


def fleet(folder: Path, roots: int) -> Path:
    """A copy of the fleet in ``folder``, with as many roots as were asked for: none are left out, leaves are added."""
    root = copy_fleet(folder)
    shutil.copytree(ROOT / "scripts", root / "scripts")  # a checkout of its own: the scripts work where they stand
    every = targets(root)
    leaves = sorted((t for t in every if t.kind == "leaf"), key=lambda t: t.path)
    models = sorted({t.model for t in leaves if t.model})
    missing, turn = roots - len(every), 0
    while missing > 0:
        turn += 1
        for target in leaves[:missing]:
            assert target.model is not None and target.workload is not None
            _copy(root, target.path, target.model, f"m{models.index(target.model)}x{turn}")
        missing -= len(leaves)
    return root


def _copy(root: Path, path: str, model: str, name: str) -> None:
    hardware, workload = path.split("/")[1], path.split("/")[3]
    for source, copy in (
        (root / "models" / model, root / "models" / name),
        (root / path, root / "overlays" / hardware / name / workload),
    ):
        if copy.exists():
            continue
        shutil.copytree(source, copy)
        for file in copy.rglob("*"):
            if file.is_file():
                text = file.read_text()
                file.write_text(
                    re.sub(
                        rf"(?<![\w.-])(?<!parser: ){re.escape(model)}(?=-[a-z]+-[a-z-]+-{hardware}|\s|$)", name, text
                    )
                )
