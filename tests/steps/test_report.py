"""What a reader gets: the same findings in five forms, and no form in which they could speak for us."""

from __future__ import annotations

import datetime
import json
import re
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import pytest

from servelint.model import Finding
from servelint.steps.crash import Crash
from servelint.steps.report import FORMATS, Result, text
from servelint.steps.waive import Exception_

EVIL = "x\n::error file=README.md::forged\r\x1b[2J##[error]\u2028\u202e\udcff|`<b>"
FINDING = Finding(
    overlay="overlays/a/b/c", file="a.yaml", line=3, rule="idle-gpus", api_version="v1", resource_kind="Pod", namespace="",
    name="p", pointer="/spec", message="is wrong", severity="error", hint="Mend it.", covers=(),
)  # fmt: skip
FIELDS = ("overlay", "file", "api_version", "resource_kind", "namespace", "name", "pointer", "message")


def entry(**changes: object) -> Exception_:
    fields = {"rule": "idle-gpus", "where": "overlays/*", "reason": "measured on purpose", "line": 2, "owner": "me"}
    return Exception_(**{**fields, "expires": datetime.date(2027, 2, 28), **changes})  # type: ignore[arg-type]


def spoilt(field: str) -> Result:
    finding = Finding(**{**FINDING.__dict__, field: EVIL})
    return Result(((finding.overlay, 1),), (finding,))


def hidden() -> Result:
    return Result(((EVIL, 1),), (), hides=((entry(where=EVIL, owner=EVIL, reason=EVIL), 3),))


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("result", [*map(spoilt, FIELDS), hidden()], ids=[*FIELDS, "exceptions"])
def test_foreign_text_stays_in_its_line(style: str, result: Result) -> None:
    said = FORMATS[style](result)
    ours = FORMATS[style](Result(((FINDING.overlay, 1),), (FINDING,) * len(result.findings), hides=result.hides))
    assert all(c.isprintable() or c == "\n" for c in said)
    assert said.count("\n") == ours.count("\n")
    for line in said.split("\n"):
        begins = line.strip().startswith("::")
        assert not begins or (style == "github" and line.startswith("::error file="))
        assert "##[" not in line and not line.startswith("::error file=README")
    said.encode("utf-8")
    if style in ("json", "sarif"):
        json.loads(said)
    elif style == "junit":
        ElementTree.fromstring(said)


@pytest.mark.parametrize(
    "file", ["a b/c#d?e%20.yaml", "1:2/x.yaml", "<stdin>", "ü/日.yaml", "a\udcffb.yaml", "/etc/x.yaml", EVIL]
)  # fmt: skip
def test_sarif_names_files_by_uri(file: str) -> None:
    body = json.loads(FORMATS["sarif"](Result((), (Finding(**{**FINDING.__dict__, "file": file}),))))
    uri = body["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii() and not set(uri) & set(' <>#?:"{}|\\^`\n')
    assert unquote_to_bytes(uri) == file.encode("utf-8", "surrogateescape"), "the bytes are the file's own"


def test_sarif_takes_no_folder_for_a_host() -> None:
    body = FORMATS["sarif"](Result((), (Finding(**{**FINDING.__dict__, "file": "//host/x.yaml"}),)))
    assert '"uri": "/host/x.yaml"' in body


def test_sarif_has_no_link_in_a_message() -> None:
    body = json.loads(FORMATS["sarif"](Result((), (Finding(**{**FINDING.__dict__, "message": "[here](1)"}),))))
    assert "[here\\](1)" in body["runs"][0]["results"][0]["message"]["text"]


def test_every_report_says_what_an_exception_hides() -> None:
    result = Result((("overlays/a/b/c", 1),), (), hides=((entry(), 1_234), (entry(line=9, owner=None, where="b"), 0)))
    line = "exceptions.yaml:2: hides 1,234 findings of idle-gpus in overlays/* until 2027-02-28, me answers for it"
    for style in ("text", "github", "junit"):
        assert FORMATS[style](result).count("hides") == 1 and line in FORMATS[style](result), style
    told = json.loads(FORMATS["json"](result))["exceptions"]
    assert [(e["line"], e["hides"], e["owner"], e["expires"]) for e in told] == [
        (2, 1234, "me", "2027-02-28"),
        (9, 0, None, "2027-02-28"),
    ]
    told = json.loads(FORMATS["sarif"](result))["runs"][0]["properties"]["exceptions"]
    assert [e["hides"] for e in told] == [1234, 0]


def test_without_exceptions_nothing_is_said_of_any() -> None:
    result = Result((("overlays/a/b/c", 1),), ())
    assert FORMATS["text"](result) == (
        "1 overlay, 1 resource, 0 errors, 0 warnings, 0 waived\nnext: nothing is left to mend in what was validated\n"
    )
    assert json.loads(FORMATS["json"](result))["exceptions"] == []
    assert "properties" not in FORMATS["sarif"](result) and "system-out" not in FORMATS["junit"](result)


def test_every_report_follows_the_severity_of_the_finding() -> None:
    """The rule may say both: an error does not hide behind a warning at its place, in another overlay."""
    error = Finding(**{**FINDING.__dict__, "rule": "overfull-gpus"})
    doubt = Finding(**{**error.__dict__, "overlay": "overlays/a/a/c", "severity": "warning", "hint": "Look again."})
    result = Result((("overlays/a/a/c", 1), ("overlays/a/b/c", 1)), (doubt, error))
    assert (result.summary()["errors"], result.summary()["warnings"], result.blocking()) == (1, 1, [error])
    assert Result((), (doubt,)).blocking() == [] and Result((), (doubt,), strict=True).blocking() == [doubt]
    excused = Finding(**{**doubt.__dict__, "waived": "seen"})
    assert Result((), (excused,), strict=True).blocking() == []
    said = FORMATS["text"](result)
    assert "warning[overfull-gpus]" in said and "error[overfull-gpus]" in said and "other place" not in said
    assert "hint: Look again." in said and "hint: Mend it." in said
    assert [(f["severity"], f["hint"]) for f in json.loads(FORMATS["json"](result))["findings"]] == [
        ("warning", "Look again."), ("error", "Mend it.")
    ]  # fmt: skip
    run = json.loads(FORMATS["sarif"](result))["runs"][0]
    assert [entry["level"] for entry in run["results"]] == ["warning", "error"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"] == {"level": "error"} and rule["help"]["text"].count(".") >= 2
    assert [line.split(" ")[0] for line in FORMATS["github"](result).splitlines()[:2]] == ["::warning", "::error"]
    suite = ElementTree.fromstring(FORMATS["junit"](result))
    assert [(case.get("name"), len(case)) for case in suite] == [("overlays/a/a/c", 0), ("overlays/a/b/c", 1)]


CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("result", [*map(spoilt, FIELDS), hidden()], ids=[*FIELDS, "exceptions"])
def test_colour_adds_its_codes_and_nothing_else(result: Result) -> None:
    plain, coloured = text(result), text(result, colour=True)
    assert CODES.sub("", coloured) == plain and coloured != plain
    assert set(CODES.findall(coloured)) <= {f"\x1b[{code}m" for code in ("0", "1", "31;1", "32;1", "33;1")}
    for row in coloured.splitlines():  # what is begun in a line ends in it
        assert row.count("\x1b[0m") * 2 == row.count("\x1b[")


def found(*changes: dict[str, object], **others: object) -> Result:
    findings = tuple(Finding(**{**FINDING.__dict__, **change}) for change in changes)  # type: ignore[arg-type]
    return Result(((FINDING.overlay, 1),), findings, **others)  # type: ignore[arg-type]


WARNING = {"severity": "warning", "rule": "floating-image", "file": "0.yaml"}


def test_text_keeps_the_order_of_the_result() -> None:
    result = found(WARNING, {}, {"line": 9})
    heads = [row.split()[1] for row in text(result).splitlines() if ".yaml:" in row]
    assert heads == [f"{f.severity}[{f.rule}]" for f in result.findings]
    assert "\x1b[31;1merror[idle-gpus]\x1b[0m" in text(result, colour=True)
    assert "\x1b[33;1mwarning[floating-image]\x1b[0m" in text(result, colour=True)
    assert [f["severity"] for f in json.loads(FORMATS["json"](result))["findings"]] == ["warning", "error", "error"]
    assert FORMATS["github"](result).startswith("::warning")


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (found(), "next: nothing is left to mend in what was validated"),
        (found({"waived": "measured"}), "next: nothing is left to mend in what was validated"),
        (found(WARNING, {}), "next: .venv/bin/python scripts/validate.py --explain idle-gpus"),
        (
            found(WARNING),
            "next: safe to merge once the warnings are meant: .venv/bin/python scripts/validate.py --explain floating-image",
        ),
        (found(WARNING, strict=True), "next: .venv/bin/python scripts/validate.py --explain floating-image"),
        (found(all_rules=False), "next: run it without --rule and --skip, for only some rules have looked"),
        (found(WARNING, all_rules=False), "next: run it without --rule and --skip, for only some rules have looked"),
        (found({}, all_rules=False), "next: .venv/bin/python scripts/validate.py --explain idle-gpus"),
        (Result((), ()), "next: nothing; no overlay has changed"),
        (
            found({}, crashes=(Crash("a", "lint", "idle-gpus", None, "ZeroDivisionError", "x.py:1"),)),
            "next: report what crashed, which stands on stderr; until it is mended nothing here is safe to merge",
        ),
    ],
)  # fmt: skip
def test_the_last_line_says_what_to_do(result: Result, said: str) -> None:
    assert text(result).splitlines()[-1] == said
    assert FORMATS["github"](result).splitlines()[-1].startswith(f"{len(result.overlays)} overlay")
