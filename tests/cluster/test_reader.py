"""What ``lines`` reads against what Kubernetes and Kustomize read, in Go, with the modules of the pinned kubectl.

``READER_SCALARS=500000 READER_DOCUMENTS=50000 READER_SEED=7 make cluster-test`` runs more texts, or others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import binaries
import pytest
import texts

from servelint import lines
from servelint.steps.render import kustomize_command
from support import ROOT

SCALARS = int(os.environ.get("READER_SCALARS", "60000"))
DOCUMENTS = int(os.environ.get("READER_DOCUMENTS", "8000"))
SEED = int(os.environ.get("READER_SEED", "20261128"))

DELIBERATE = {
    r"has a tag of its own": "a tag that not all readers know, or an empty value behind one that they cut differently",
    r"is not true or false to Kustomize": "the server takes yes and no for !!bool, and Kustomize refuses them",
    r"is a key that Kubernetes does not read as text|cannot be a key": "Kustomize refuses such keys, and the server rounds them",
    r"holds U\+": "line breaks and marks at which readers cut a text differently",
    r"`<<`|the key '<<'": "merge keys that the server and Kustomize resolve differently",
    r"`---`|`\.\.\.`": "kubectl and Kustomize cut the text at lines with --- and read one document of each part",
    r"% directive": "Go takes %YAML 1.1 alone, and a %TAG changes what tags mean",
    r"aliases|deeper than|more than": "limits, so that no reader drowns",
    r"duplicate anchor|its own anchor": "PyYAML takes an anchor once; the second would rename what the first was meant for",
    r"holds a \? inside": "the server ends a plain scalar there, Kustomize does not",
    r"has a comment": "Kustomize writes the head of a block anew, and takes the comment for the first line",
    r"the escape \\/": "JSON and Kustomize know it, and the server, outside of JSON, does not",
    r"stands twice": "an error always",
    r"too large in JSON": "kubectl takes the text for JSON, where it is a number",
    r"found unexpected ':'|did not find expected|found unexpected end|found invalid Unicode|found unknown escape|found a tab|could not find": (
        "libyaml is the stricter parser"
    ),
}
"""What we refuse and Go accepts: by our words for it, and why."""


class Case(NamedTuple):
    """A text, what we read in it or why we refuse it, and what Go says."""

    text: str
    ours: list[Any] | None
    why: str
    theirs: dict[str, Any]


def ours(text: str) -> tuple[list[Any] | None, str]:
    """The documents as ``lines`` gives them to the rules, or None and why it refuses."""
    try:
        documents = [value for _, value in lines.load(text)]
        for node in lines.compose(text, trusted=True):
            for _, _, key in lines.duplicates(node):
                return None, f"{key} stands twice"
    except lines.BadYaml as error:
        return None, error.cause
    return documents, ""


def cases(reader: Path, found: Iterable[str]) -> list[Case]:
    """Asks both, Kustomize only where we refuse nothing: some texts would send it into endless recursion."""
    # No reader gets what is no Unicode: the validator and kubectl decode a file first.
    asked = [text.encode("utf-8", "replace").decode() for text in found]
    mine = [ours(text) for text in asked]
    questions = [
        json.dumps({"text": text, "unsafe": documents is None})
        for text, (documents, _) in zip(asked, mine, strict=True)
    ]
    done = subprocess.run([reader], input="\n".join(questions), capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    return [Case(text, *own, answer) for text, own, answer in zip(asked, mine, answers, strict=True)]


def same(one: Any, other: Any) -> bool:
    """Whether two values are one to the API server: a number is what JSON says, with 64 bits or rounded."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    numbers = (int, float)
    if type(one) in numbers and type(other) in numbers:
        return _as_number(one) == _as_number(other)
    return type(one) is type(other) and bool(one == other)


def _as_number(value: int | float) -> int | float:
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def of_server(case: Case) -> str:
    """How the readings for the API server agree. Where it refuses and we do not, nobody would have said so."""
    answer = case.theirs["server"]
    if case.ours is None:
        return "both refuse" if "error" in answer else "we refuse"
    if "error" in answer:
        return "only Go refuses"
    # A key that stands twice is an error to the strict reader; one that `<<` brings as well is none to anybody.
    if "already set in map" in case.theirs["strict"].get("error", "") and "<<" not in case.text:
        return "different"
    return "equal" if same(case.ours, answer["documents"]) else "different"


def of_kustomize(case: Case) -> str:
    """How the readings for Kustomize agree. What it refuses is a finding by itself, of the build."""
    answer = case.theirs["kustomize"]
    if case.ours is None:
        return "not asked"
    mine = lines.as_kustomize(case.text)  # raises nothing where the server's reading does not
    if "error" in answer:
        return "only Go refuses"
    if not same(mine, lines.as_kustomize(case.text, case.ours)):
        return "different"
    mine, theirs = ([body for body in found if body not in ({}, [])] for found in (mine, answer["documents"]))
    for sign, breaks in REWRITTEN.items():
        if re.search(sign, case.text):
            mine, theirs = _without(mine, breaks), _without(theirs, breaks)
    return "equal" if same(mine, theirs) else "different"


REWRITTEN = {">": r"[\n ]+", r"\|[1-9]?\+": r"\n+\Z"}
"""Line breaks of a block that Kustomize adds or takes each time that it writes one anew: in a folded one, and at the
end of one that keeps them and has a comment behind it. Its text is compared without them."""


def _without(value: Any, breaks: str) -> Any:
    """The value with a space for such breaks."""
    if isinstance(value, dict):
        return {key: _without(item, breaks) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, breaks) for item in value]
    return re.sub(breaks, " ", value) if isinstance(value, str) else value


def of_render(case: Case) -> str:
    """How the readings of what Kustomize would write agree."""
    answer = case.theirs["read"]
    if case.ours is None or "error" in case.theirs["kustomize"]:
        return "not asked"
    try:
        mine = [value for _, value in lines.load(case.theirs["rendered"], trusted=True)]
    except lines.BadYaml:
        return "both refuse" if "error" in answer else "we refuse"
    if "error" in answer:
        return "only Go refuses"
    return "equal" if same(mine, answer["documents"]) else "different"


ASPECTS = {"the server": of_server, "Kustomize": of_kustomize, "what Kustomize writes": of_render}
VERDICTS = ("equal", "both refuse", "we refuse", "only Go refuses", "not asked", "different")


def judge(found: list[Case], what: str, capsys: pytest.CaptureFixture[str]) -> Counter[str]:
    """Prints how often who agrees, and holds the readings to each other. Counts of the server's."""
    judged = {name: [(verdict(case), case) for case in found] for name, verdict in ASPECTS.items()}
    counts = {name: Counter(verdict for verdict, _ in verdicts) for name, verdicts in judged.items()}
    alone = [case for verdict, case in judged["the server"] if verdict == "we refuse"]
    reasons = Counter(next((why for words, why in DELIBERATE.items() if re.search(words, c.why)), c.why) for c in alone)
    with capsys.disabled():
        print(f"\n{len(found)} {what}, seed {SEED}\n{'':<22}" + "".join(f"{verdict:>16}" for verdict in VERDICTS))
        for name, count in counts.items():
            print(f"{name:<22}" + "".join(f"{count[verdict]:>16}" for verdict in VERDICTS))
        for why, count in reasons.most_common():
            print(f"{count:>8} that we alone refuse: {why}")
    wrong = [
        f"{name}, {verdict}: {case.text!r}\n  ours: {case.ours}\n  theirs: {case.theirs}"
        for name, verdicts in judged.items()
        for verdict, case in verdicts
        if verdict == "different" or (name != "Kustomize" and verdict == "only Go refuses")
    ]
    assert not wrong, f"{len(wrong)} of {len(found)}\n" + "\n".join(wrong[:20])
    assert set(reasons) <= set(DELIBERATE.values())
    return counts["the server"]


def test_modules_are_those_of_the_pinned_kubectl() -> None:
    go = shutil.which("go")
    if go is None:
        pytest.fail(binaries.READER_CURE, pytrace=False)
    program = subprocess.run(
        [go, "version", "-m", kustomize_command()[0]], capture_output=True, text=True, check=True
    ).stdout
    built = dict(re.findall(r"^\t(?:mod|dep)\t(\S+)\t(\S+)", program, re.MULTILINE))
    pinned = dict(re.findall(r"^\t(\S+) (v\S+)", (binaries.READER / "go.mod").read_text(), re.MULTILINE))
    # Of the modules that are released together with Kubernetes the program names no version.
    assert pinned.pop("k8s.io/apimachinery") == built["k8s.io/kubernetes"].replace("v1.", "v0.", 1)
    shared = pinned.keys() & built.keys()
    yaml = {"go.yaml.in/yaml/v2", "go.yaml.in/yaml/v3", "sigs.k8s.io/yaml", "sigs.k8s.io/kustomize/kyaml"}
    assert yaml <= shared and {name: pinned[name] for name in shared} == {name: built[name] for name in shared}


def test_scalars(reader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = cases(reader, texts.scalars(SCALARS, SEED))
    count = judge(found, "scalars", capsys)
    assert len({case.text for case in found}) > 0.7 * SCALARS
    assert count["equal"] > 0.6 * SCALARS and count["we refuse"] < 0.1 * SCALARS


def test_documents(reader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = cases(reader, texts.documents(DOCUMENTS, SEED))
    count = judge(found, "documents", capsys)
    assert count["equal"] > 0.35 * DOCUMENTS and count["we refuse"] < 0.15 * DOCUMENTS
    read = [case.text for case in found if case.ours is not None]
    for feature in ("<<", "*", "&", "!!", "|", ">", "---", "? ", "#", "{", "["):
        assert sum(feature in text for text in read) > DOCUMENTS / 200, f"too few documents with {feature}"


def test_what_the_fleet_is_made_of(reader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not one file of the fleet is refused, and each is read as Go reads it."""
    files = [path for part in ("base", "hardware", "models", "overlays") for path in (ROOT / part).rglob("*.yaml")]
    found = cases(reader, [path.read_text("utf-8") for path in sorted(files)])
    assert judge(found, "files of the fleet", capsys)["equal"] == len(files) > 100


GO = {"server": {"documents": [{"a": 8}]}, "strict": {}, "kustomize": {"documents": [{"a": 8}]}, "rendered": "a: 8\n"}


@pytest.mark.parametrize(
    ("mine", "changes", "verdict"),
    [
        ([{"a": 8}], {}, "equal"),
        ([{"a": 8.0}], {}, "equal"),
        ([{"a": "8"}], {}, "different"),
        ([{"a": True}], {"server": {"documents": [{"a": 1}]}}, "different"),
        ([{"a": None}], {"server": {"documents": [{}]}}, "different"),
        ([{"a": [8]}], {"server": {"documents": [{"a": [8, 8]}]}}, "different"),
        ([{"a": 2**64}], {"server": {"documents": [{"a": 18446744073709552000}]}}, "equal"),
        ([{"a": 2**62 + 1}], {"server": {"documents": [{"a": 2**62}]}}, "different"),
        ([{"a": 8}], {"server": {"error": "no"}}, "only Go refuses"),
        ([{"a": 8}], {"strict": {"error": 'key "a" already set in map'}}, "different"),
        (None, {}, "we refuse"),
        (None, {"server": {"error": "no"}}, "both refuse"),
    ],
)
def test_a_difference_is_seen(mine: list[Any] | None, changes: dict[str, Any], verdict: str) -> None:
    assert of_server(Case("a: 0X8\n", mine, "", {**GO, **changes})) == verdict
