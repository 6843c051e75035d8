"""What was found, in the form that its reader wants: a person, a program, GitHub, a code-scanning page, a test board.

Same findings, same bytes: no times, no absolute paths, nothing that depends on where or when this ran.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from .model import Finding
from .rules import all_rules


@dataclass(frozen=True)
class Result:
    """``overlays``: (path, number of resources) of each one. ``findings`` are sorted. ``strict``: warnings block."""

    overlays: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    strict: bool = False

    def blocking(self) -> list[Finding]:
        return [f for f in self.findings if f.blocks or (self.strict and f.waived is None)]

    def summary(self) -> dict[str, int]:
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
    """The last line of the text report."""
    s = result.summary()
    words = [_plural(s["overlays"], "overlay"), _plural(s["resources"], "resource"), _plural(s["errors"], "error")]
    return ", ".join([*words, _plural(s["warnings"], "warning"), f"{s['waived']:,} waived"])


def _subject(finding: Finding) -> str:
    return f"{finding.resource_kind}/{finding.name}: " if finding.resource_kind else ""


def text(result: Result) -> str:
    """One paragraph a cause: findings of several overlays that share file, line and message stand together."""
    groups: dict[tuple[str, int, str, str], list[Finding]] = {}
    for finding in result.findings:
        if finding.waived is None:
            # A shared base makes one mistake in many overlays, each under its own name.
            groups.setdefault((finding.file, finding.line, finding.rule, finding.pointer), []).append(finding)
    out = []
    for group in groups.values():
        first = group[0]
        others = f" and {_plural(len(group) - 1, 'other place')}" if len(group) > 1 else ""
        out.append(
            f"{first.file}:{first.line}: {first.severity}[{first.rule}] {_subject(first)}{first.message}\n"
            f"  in {first.overlay}{others}\n"
            f"  hint: {first.hint}\n"
        )
    return "\n".join([*out, f"{tally(result)}\n"])


def as_json(result: Result) -> str:
    """Version 1 of the contract in design.md."""
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
    body = {
        "version": 1,
        "overlays": [{"path": path, "resources": count} for path, count in result.overlays],
        "findings": findings,
        "summary": result.summary(),
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _escape(value: str, is_property: bool = False) -> str:
    """GitHub's escapes for workflow commands. Source: github.com/actions/toolkit, packages/core/src/command.ts"""
    value = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return value.replace(":", "%3A").replace(",", "%2C") if is_property else value


def github(result: Result) -> str:
    """Annotations on the lines of a pull request, then the tally."""
    rows = []
    for f in result.findings:
        if f.waived is None:
            place = f"file={_escape(f.file, True)},line={f.line},title={_escape(f.rule, True)}"
            said = f"{_subject(f)}{f.message}\n{f.hint}\nin {f.overlay}"
            rows.append(f"::{f.severity} {place}::{_escape(said)}\n")
    return "".join([*rows, f"{tally(result)}\n"])


def sarif(result: Result) -> str:
    """SARIF 2.1.0 for code scanning; waived findings are there, as suppressed."""
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
        region = {"artifactLocation": {"uri": f.file}, "region": {"startLine": f.line}}
        entry: dict[str, Any] = {
            "ruleId": f.rule,
            "ruleIndex": used.index(f.rule),
            "level": f.severity,
            "message": {"text": f"{_subject(f)}{f.message} (in {f.overlay})"},
            "locations": [{"physicalLocation": region}],
        }
        if f.waived is not None:
            entry["suppressions"] = [{"kind": "external", "justification": f.waived}]
        results.append(entry)
    body = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "servelint", "rules": rules}}, "results": results}],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def junit(result: Result) -> str:
    """One test case an overlay, failed if it has a finding that blocks."""
    suite = ElementTree.Element("testsuite", name="servelint", tests=str(len(result.overlays)))
    blocking = result.blocking()
    listed = dict(result.overlays)
    for path in [*listed, *sorted({f.overlay for f in blocking} - set(listed))]:
        case = ElementTree.SubElement(suite, "testcase", classname="overlay", name=path)
        for f in blocking:
            if f.overlay == path:
                failure = ElementTree.SubElement(case, "failure", type=f.rule, message=_xml(f.message))
                failure.text = _xml(f"{f.file}:{f.line}: {_subject(f)}{f.message}\n{f.hint}")
    suite.set("failures", str(len({f.overlay for f in blocking})))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _xml(value: str) -> str:
    """Text without the characters that XML 1.0 has no way to write."""
    return "".join(c for c in value if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))


FORMATS: dict[str, Callable[[Result], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
    "junit": junit,
}
