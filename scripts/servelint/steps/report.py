"""What was found, in the form that its reader wants: a person, a program, GitHub, a code-scanning page, a test board.

Same findings, same bytes: no times, no absolute paths, nothing that depends on where or when this ran.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote
from xml.etree import ElementTree

from .. import __version__
from ..borders import printing
from ..borders.printing import printable
from ..model import Exception_, Finding
from ..rules import all_rules
from .crash import Crash
from .waive import FILE


@dataclass(frozen=True)
class Result:
    """``overlays``: (path, number of resources) of each one. ``findings``: errors first, causes before consequences, in
    every format. ``strict``: warnings block.

    ``crashes``: rules and steps that did not judge, sorted. If there are any, the findings are true but not all.
    ``hides``: the entries of exceptions.yaml, with how many findings each one hides.
    ``all_rules``: whether every rule was run; of a choice of them a clean verdict says less.
    ``is_repeatable``: whether the same input must give the same: no overlay failed to render, which may be for the
    lack of time, and nothing outside the folders of the fleet was read.
    ``spent``: seconds by step and by ``rule <id>``, of each overlay that was judged anew.
    """

    overlays: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    strict: bool = False
    crashes: tuple[Crash, ...] = ()
    hides: tuple[tuple[Exception_, int], ...] = ()
    all_rules: bool = True
    is_repeatable: bool = False
    spent: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def verdict(self) -> Literal["clean", "blocked", "none"]:
        """What the exit status says: 0, 1, and 2 where something crashed."""
        if self.crashes:
            return "none"
        return "blocked" if self.blocking() else "clean"

    def blocking(self) -> list[Finding]:
        """What blocks: errors, with ``strict`` warnings too, unless an exception hides them."""
        return [f for f in self.findings if f.blocks or (self.strict and f.waived is None)]

    def summary(self) -> dict[str, int]:
        """Counts of overlays, resources, errors, warnings and waived findings."""
        live = [f for f in self.findings if f.waived is None]
        return {
            "overlays": len(self.overlays),
            "resources": sum(count for _, count in self.overlays),
            "errors": sum(f.severity == "error" for f in live),
            "warnings": sum(f.severity == "warning" for f in live),
            "waived": len(self.findings) - len(live),
        }


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def tally(result: Result) -> str:
    """What there was and what was found, in a line."""
    s = result.summary()
    words = [_plural(s["overlays"], "overlay"), _plural(s["resources"], "resource"), _plural(s["errors"], "error")]
    crashed = [f"no verdict: {_plural(len(result.crashes), 'crash')}"] if result.crashes else []
    return ", ".join([*words, _plural(s["warnings"], "warning"), f"{s['waived']:,} waived", *crashed])


def hiding(result: Result) -> list[str]:
    """A line for each exception that hides something: what, how much, until when, and who answers for it."""
    return [
        f"{FILE}:{e.line}: hides {_plural(count, e.severity or 'finding')} of {e.title} in {e.where} until {e.expires}"
        + (f", {e.owner} answers for it" if e.owner else "")
        for e, count in result.hides
        if count
    ]


def _subject(finding: Finding) -> str:
    return f"{finding.resource_kind}/{finding.name}: " if finding.resource_kind else ""


RED, GREEN, YELLOW, BOLD = "31;1", "32;1", "33;1", "1"


def _painted(row: str, start: int, end: int, colour: str) -> str:
    """A row that is escaped already, with a part of it in a colour. Source: ECMA-48, 8.3.117 (SGR)"""
    return f"{row[:start]}\x1b[{colour}m{row[start:end]}\x1b[0m{row[end:]}"


def _next(result: Result) -> str:
    """The last line of the text report: what to do now."""
    first = next((f for f in _shown(result) if result.strict or f.severity == "error"), None)
    warned = next(iter(_shown(result)), None)
    if result.crashes:
        return "next: report what crashed, which stands on stderr; until it is mended nothing here is safe to merge"
    explain = ".venv/bin/python scripts/validate.py --explain"
    if first is not None:
        return f"next: {explain} {first.rule}"
    if not result.overlays:
        return "next: nothing; no overlay has changed"
    if not result.all_rules:
        return "next: run it without --rule and --skip, for only some rules have looked"
    if warned is not None:
        return f"next: safe to merge once the warnings are meant: {explain} {warned.rule}"
    return "next: nothing is left to mend in what was validated"


def _shown(result: Result) -> list[Finding]:
    """What no exception hides."""
    return [f for f in result.findings if f.waived is None]


def text(result: Result, colour: bool = False) -> str:
    """One paragraph a cause: findings of several overlays that share file, line and message stand together. Errors
    stand before warnings, and the last line says what to do next. colour: for a terminal.
    """
    groups: dict[tuple[str, int, str, str, str], list[Finding]] = {}
    for finding in _shown(result):
        # A shared base makes one mistake in many overlays, each under its own name.
        key = (finding.file, finding.line, finding.rule, finding.severity, finding.pointer)
        groups.setdefault(key, []).append(finding)
    out = []
    for group in groups.values():
        first = group[0]
        others = f" and {_plural(len(group) - 1, 'other place')}" if len(group) > 1 else ""
        where, what = f"{first.file}:{first.line}: ", f"{first.severity}[{first.rule}]"
        head, *rows = map(
            printable,
            (
                f"{where}{what} {_subject(first)}{first.message}",
                f"  in {first.overlay}{others}",
                f"  hint: {first.hint}",
            ),
        )
        if colour:
            # After all is escaped, so that no code is ours but for these. The place ends in a blank: it is a beginning.
            start = len(printable(where))
            head = _painted(head, start, start + len(what), RED if first.severity == "error" else YELLOW)
        out.append("".join(f"{row}\n" for row in (head, *rows)))
    hidden = "".join(f"{printable(row)}\n" for row in hiding(result))
    last = [tally(result), _next(result)]
    if colour:
        shade = {"clean": YELLOW if _shown(result) else GREEN}.get(result.verdict, RED)
        last = [_painted(row, 0, len(row), kind) for row, kind in zip(last, (shade, BOLD), strict=True)]
    return "\n".join([*out, *([hidden] if hidden else []), "".join(f"{row}\n" for row in last)])


def as_json(result: Result) -> str:
    """Version 1 of the format (the tool has its own), what each exception hides, and ``crashes`` if there are any."""
    findings = [
        {
            "rule": f.rule,
            "severity": f.severity,
            "overlay": f.overlay,
            "resource": {
                "apiVersion": f.api_version,
                "kind": f.resource_kind,
                "namespace": f.namespace,
                "name": f.name,
            }
            if f.resource_kind
            else None,
            "pointer": f.pointer,
            "message": f.message,
            "hint": f.hint,
            "file": f.file,
            "line": f.line,
            "covers": list(f.covers),
            "waived": f.waived,
        }
        for f in result.findings
    ]
    body: dict[str, Any] = {
        "version": 1,
        "tool": {"name": "servelint", "version": __version__},
        "overlays": [{"path": path, "resources": count} for path, count in result.overlays],
        "findings": findings,
        "exceptions": _exceptions(result),
        "summary": result.summary(),
    }
    if result.crashes:
        body["crashes"] = [
            {
                "step": c.step,
                "rule": c.rule or None,
                "overlay": c.overlay,
                "resource": dict(zip(("apiVersion", "kind", "namespace", "name"), c.resource, strict=True))
                if c.resource
                else None,
                "error": c.error,
                "at": c.at,
            }
            for c in result.crashes
        ]
    return printing.as_json(body, indent=2)


def _exceptions(result: Result) -> list[dict[str, Any]]:
    return [
        {
            "rule": e.rule,
            "written": e.written or e.rule,
            "severity": e.severity,
            "where": e.where,
            "reason": e.reason,
            "expires": e.expires.isoformat(),
            "owner": e.owner,
            "line": e.line,
            "hides": count,
        }
        for e, count in result.hides
    ]


def _escape(value: str, is_property: bool = False) -> str:
    """One line, with GitHub's escapes for workflow commands.

    Source: github.com/actions/toolkit, packages/core/src/command.ts
    """
    value = printable(value).replace("%", "%25")
    return value.replace(":", "%3A").replace(",", "%2C") if is_property else value


def github(result: Result) -> str:
    """Annotations on the lines of a pull request, then the tally."""
    rows = []
    for f in result.findings:
        if f.waived is None:
            place = f"file={_escape(f.file, True)},line={f.line},title={_escape(f.rule, True)}"
            said = "%0A".join(map(_escape, (f"{_subject(f)}{f.message}", f.hint, f"in {f.overlay}")))
            rows.append(f"::{f.severity} {place}::{said}\n")
    rows += [f"::error title=no verdict::{_escape(str(crash))}\n" for crash in result.crashes]
    return "".join([*rows, *(f"{printable(row)}\n" for row in hiding(result)), f"{tally(result)}\n"])


def _uri(path: str) -> str:
    """A file as the relative reference that SARIF asks for. Bytes that are no UTF-8 stay the file's own; two slashes
    at the start would make a host of the first folder.
    """
    encoded = quote(path, errors="surrogateescape")
    return f"/{encoded.lstrip('/')}" if path.startswith("/") else encoded


def _plain(text: str) -> str:
    """Text of a SARIF message, in which ``[text](1)`` would be a link. Source: SARIF 2.1.0, section 3.11.6."""
    return printable(text).replace("](", "\\](")


def sarif(result: Result) -> str:
    """SARIF 2.1.0 for code scanning; waived findings are there, as suppressed. A crash makes the run unsuccessful."""
    used = sorted({f.rule for f in result.findings})
    rules = [
        {
            "id": rule_id,
            "shortDescription": {"text": rule.summary},
            "help": {"text": rule.hint},
            "helpUri": rule.source,
            "defaultConfiguration": {"level": rule.severity},
        }
        for rule_id, rule in all_rules().items()
        if rule_id in used
    ]
    results: list[dict[str, Any]] = []
    for f in result.findings:
        region = {"artifactLocation": {"uri": _uri(f.file)}, "region": {"startLine": f.line}}
        entry: dict[str, Any] = {
            "ruleId": f.rule,
            "ruleIndex": used.index(f.rule),
            "level": f.severity,
            "message": {"text": _plain(f"{_subject(f)}{f.message} (in {f.overlay})")},
            "locations": [{"physicalLocation": region}],
        }
        if f.waived is not None:
            entry["suppressions"] = [{"kind": "external", "justification": f.waived}]
        results.append(entry)
    driver = {"name": "servelint", "version": __version__, "rules": rules}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": results}
    if result.hides:
        run["properties"] = {"exceptions": _exceptions(result)}
    if result.crashes:
        told = [{"level": "error", "message": {"text": _plain(str(crash))}} for crash in result.crashes]
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": told}]
    body = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return printing.as_json(body, indent=2)


def junit(result: Result) -> str:
    """One test case an overlay, failed if it has a finding that blocks; an error in it if something crashed on it."""
    suite = ElementTree.Element("testsuite", name="servelint", tests=str(len(result.overlays)))
    blocking = result.blocking()
    listed = dict(result.overlays)
    crashed = {c.overlay for c in result.crashes}
    for path in [*listed, *sorted(({f.overlay for f in blocking} | crashed) - set(listed))]:
        case = ElementTree.SubElement(suite, "testcase", classname="overlay", name=printable(path))
        for f in blocking:
            if f.overlay == path:
                failure = ElementTree.SubElement(case, "failure", type=f.rule, message=printable(f.message))
                failure.text = printable(f"{f.file}:{f.line}: {_subject(f)}{f.message}") + f"\n{f.hint}"
        for crash in result.crashes:
            if crash.overlay == path:
                kind = crash.rule or crash.step
                ElementTree.SubElement(case, "error", type=kind, message=printable(str(crash)))
    if hidden := hiding(result):
        ElementTree.SubElement(suite, "system-out").text = "\n".join(map(printable, hidden))
    suite.set("failures", str(len({f.overlay for f in blocking})))
    if crashed:
        suite.set("errors", str(len(crashed)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


FORMATS: dict[str, Callable[[Result], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
    "junit": junit,
}
