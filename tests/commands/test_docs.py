"""The made documents are current, and the failure catalogue is whole."""

from __future__ import annotations

import pytest
import yaml

from servelint.commands import docs
from servelint.rules import all_rules
from support import ROOT


@pytest.mark.parametrize("path", docs.DOCUMENTS)
def test_is_what_the_code_says(path: str) -> None:
    assert (ROOT / path).read_text() == docs.DOCUMENTS[path](), "run `make docs`"


def test_every_failure_mode_has_a_rule_or_a_reason() -> None:
    covered = {id_ for id_, rules in docs.covering().items() if rules}
    reasoned = {id_ for id_, failure in docs.failures().items() if failure.unseen}
    assert covered | reasoned == set(docs.failures())
    assert not covered & reasoned, "a rule sees it after all"


def test_rules_name_only_what_the_catalogue_has() -> None:
    assert {id_ for rule in all_rules().values() for id_ in rule.covers} <= set(docs.failures())


def test_every_rule_is_tried_on_a_real_overlay() -> None:
    cases = (ROOT / "tests/broken").glob("*/case.yaml")
    expected = [finding for case in cases for finding in yaml.safe_load(case.read_text())["expect"]]
    tried = {(finding["rule"], finding.get("severity", all_rules()[finding["rule"]].severity)) for finding in expected}
    apart = {"mismatched-halves"}  # no overlay of the fleet is one half of a pair
    missing = {(rule.id, severity) for rule in all_rules().values() for severity in rule.severities} - tried
    assert {rule for rule, _ in missing} == apart
