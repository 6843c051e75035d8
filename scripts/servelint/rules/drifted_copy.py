"""Two scripts are copies of each other, and no longer the same.

A mistake that is mended in one copy stays in the other: a launcher that stopped at the last key of its configuration
was corrected for one storage and goes on failing for the two others. Compared are the scripts of all ConfigMaps of the
fleet, line by line; one file that several overlays mount is one script.
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from ..model import Overlay, Problem, Resource, mapping
from ..views.shell import is_script

SEVERITY = "error"
HINT = "Keep one copy in the base, and give it the difference as an argument, a variable or a file beside it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/tree/main/src/launchers"
COVERS = ("ROL-12",)

_LINES = "\n".join(f"    step_{i}() {{ trtllm-bench --phase {i} --model m; }}" for i in range(20))
_ONE = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: launcher}}
data:
  launch.sh: |
    #!/bin/bash
{_LINES}
    next="${{arguments[index + 1]:-}}"
"""
GOOD = (_ONE, _ONE)
BAD = (_ONE, _ONE.replace(":-}", "}"))

ALIKE = 0.8
"""Share of lines in common above which two scripts are copies."""
SHORTEST = 12
"""Scripts of fewer lines are alike by nature."""


def check_fleet(overlays: Iterable[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    first: dict[str, tuple[Overlay, Resource, str]] = {}
    for overlay in sorted(overlays, key=lambda overlay: (overlay.kind != "leaf", overlay.path)):
        for config in overlay.of("ConfigMap"):
            for key, text in mapping(config.body.get("data")).items():
                if isinstance(text, str) and (str(key).endswith(".py") or is_script(str(key), text)):
                    first.setdefault(text, (overlay, config, str(key)))
    texts = [text for text in first if len(_lines(text)) >= SHORTEST]
    for one, other in _candidates(texts):
        before, after = _lines(one), _lines(other)
        matcher = difflib.SequenceMatcher(
            None, [line for _, line in before], [line for _, line in after], autojunk=False
        )
        if matcher.ratio() <= ALIKE:
            continue
        overlay, config, key = first[other]
        elsewhere, source, name = first[one]
        place = f" in {elsewhere.path}" if elsewhere is not overlay else ""
        changed = next((block.b + block.size for block in matcher.get_matching_blocks()), 0)
        row = after[min(changed, len(after) - 1)][0]
        message = (
            f"line {row + 1}: {key} is {int(matcher.ratio() * 100)} % the same as {name} of {source.name}{place}, "
            "and differs here for the first time"
        )
        yield overlay, Problem(config, ("data", key, row), message)


def _lines(text: str) -> list[tuple[int, str]]:
    """Row and content of the lines that say something."""
    rows = ((row, line.strip()) for row, line in enumerate(text.split("\n")))
    return [(row, line) for row, line in rows if line and not line.startswith("#")]


def _candidates(texts: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs with enough lines in common, in whatever order, found by the lines and not by trying every pair."""
    counts = [Counter(line for _, line in _lines(text)) for text in texts]
    holders: dict[str, list[int]] = defaultdict(list)
    for i, count in enumerate(counts):
        for line in count:
            holders[line].append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for line, owners in holders.items():
        for i, j in combinations(owners, 2):
            shared[i, j] += min(counts[i][line], counts[j][line])
    for (i, j), common in sorted(shared.items()):
        if 2 * common > ALIKE * (counts[i].total() + counts[j].total()):
            yield texts[i], texts[j]
