"""Two scripts are copies of each other, and no longer the same.

A mistake that is mended in one copy stays in the other: a launcher that stopped at the last key of its configuration
was corrected for one storage and goes on failing for the two others. Compared are the scripts of all ConfigMaps of the
fleet, line by line; one file that several overlays mount is one script.
"""

import difflib
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

from ...model import Fleet, Overlay, Remark, Remarks, mapping
from ...views.shell import is_script
from ..examples import bash

SEVERITY = "error"
HINT = "Keep one copy in the base, and give it the difference as an argument, a variable or a file beside it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/tree/main/src/launchers"
COVERS = ("ROL-12",)

_LINES = "\n".join(f"step_{i}() {{ trtllm-bench --phase {i} --model m; }}" for i in range(20))
_ONE, _OTHER = (bash(f'{_LINES}\nnext="${{arguments[index + 1]{default}}}"') for default in (":-", ""))
GOOD = (_ONE, _ONE)
BAD = (_ONE, _OTHER)

ALIKE = 0.8
"""Share of lines in common above which two scripts are copies."""
MOST, MOST_PAIRS = 200, 200_000
"""Scripts that are compared with each other, and equal pairs of lines of two of them: beyond, it would take minutes."""
SHORTEST = 12
"""Scripts of fewer lines are alike by nature."""


def facts(overlay: Overlay) -> list[dict[str, Any]] | None:
    """The scripts of an overlay that may be copies, each text once, with what of it is compared."""
    found: dict[str, dict[str, Any]] = {}
    for config in overlay.of("ConfigMap"):
        for key, text in mapping(config.body.get("data")).items():
            if isinstance(text, str) and (str(key).endswith(".py") or is_script(str(key), text)):
                rows, name = _rows(text), _hash(text)
                if len(_lines(rows)) >= SHORTEST and name not in found:
                    place = overlay.place(config)
                    found[name] = {"text": name, "rows": rows, "place": place, "key": str(key), "config": config.name}
    return list(found.values()) or None


class Script(NamedTuple):
    """A text, where it stands first, and its lines: row and what is said there, as a hash."""

    path: str
    place: int
    key: str
    config: str
    lines: list[tuple[int, str]]


def judge(fleet: Fleet) -> Remarks:
    first: dict[str, Script] = {}
    for fact in sorted(fleet.facts, key=lambda fact: (fact.kind != "leaf", fact.path)):
        for noted in fact.value:
            if len(first) < MOST and noted["text"] not in first:
                lines = _lines(noted["rows"])
                first[noted["text"]] = Script(fact.path, noted["place"], noted["key"], noted["config"], lines)
    for one, other in _candidates(list(first.values())):
        before, after = [line for _, line in one.lines], [line for _, line in other.lines]
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        if matcher.ratio() <= ALIKE:
            continue
        where = f" in {one.path}" if one.path != other.path else ""
        changed = next((block.b + block.size for block in matcher.get_matching_blocks()), 0)
        row = other.lines[min(changed, len(after) - 1)][0]
        same = f"{int(matcher.ratio() * 100)} % the same as {one.key} of {one.config}{where}"
        text = f"line {row + 1}: {other.key} is {same}, and differs here for the first time"
        yield Remark(other.path, other.place, ("data", other.key, row), text)


def _hash(text: str) -> str:
    """48 bits, in which two of a million lines of a fleet are the same by chance once in 500 times."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@lru_cache(maxsize=512)
def _rows(text: str) -> str:
    """What each line says, as a hash; nothing for one that says nothing. Most texts stand in many overlays."""
    lines = (line.strip() for line in text.split("\n"))
    return ",".join(_hash(line) if line and not line.startswith("#") else "" for line in lines)


def _lines(rows: str) -> list[tuple[int, str]]:
    """Row and hash of the lines that say something."""
    return [(row, line) for row, line in enumerate(rows.split(",")) if line]


def _candidates(scripts: list[Script]) -> Iterator[tuple[Script, Script]]:
    """Pairs with enough lines in common, in whatever order, found by the lines and not by trying every pair."""
    counts = [Counter(line for _, line in script.lines) for script in scripts]
    holders: dict[str, list[int]] = defaultdict(list)
    for i, count in enumerate(counts):
        for line in count:
            holders[line].append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for line, owners in holders.items():
        for i, j in combinations(owners, 2):
            shared[i, j] += min(counts[i][line], counts[j][line])
    for (i, j), common in sorted(shared.items()):
        if 2 * common <= ALIKE * (counts[i].total() + counts[j].total()):
            continue
        if sum(number * counts[j][line] for line, number in counts[i].items()) <= MOST_PAIRS:
            yield scripts[i], scripts[j]
