"""Parts of a fleet for several machines. Each keeps its verdicts in the cache; a run over all that finds them judges no
overlay again, and says all that the parts say, and what the rules over the fleet say besides.
"""

from contextlib import suppress
from pathlib import Path

from ..borders import files
from ..model import Target
from ..sources import KUSTOMIZATION_NAMES


def of(root: Path, targets: list[Target], part: int, parts: int) -> list[Target]:
    """The overlays of one of so many parts (from 1 on): each is in one of them, and they cost about the same.

    The dearest first, each to the part that has least so far.
    """
    held: list[list[Target]] = [[] for _ in range(parts)]
    spent = [0] * parts
    for cost, target in sorted(
        ((_cost(root, target), target) for target in targets), key=lambda pair: (-pair[0], pair[1])
    ):
        least = spent.index(min(spent))
        held[least].append(target)
        spent[least] += cost
    return sorted(held[part - 1])


def _cost(root: Path, target: Target) -> int:
    """What an overlay costs, in leaves: a cluster renders those that it names once more."""
    if target.kind != "cluster":
        return 1
    for name in KUSTOMIZATION_NAMES:
        with suppress(files.Refused, OSError, ValueError):
            return 1 + files.content(root, f"{target.path}/{name}").count(b"../../")
    return 1
