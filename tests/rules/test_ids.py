"""A rule's id, and those that it had: each is one rule's, at all times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from servelint.commands import docs, explain
from servelint.rules import all_rules, resolve

FORMER = [(rule, old, severity) for rule in all_rules().values() for old, severity in rule.formerly]


def test_an_id_is_found_now_and_under_what_it_was() -> None:
    assert FORMER and resolve("idle-gpus") == (all_rules()["idle-gpus"], None)
    for rule, old, severity in FORMER:
        assert resolve(old) == (rule, severity)
    assert resolve("no-such-rule") is resolve("") is None


@pytest.mark.parametrize(
    ("formerly", "twice"),
    [(("idle-rdma",), "idle-rdma"), (("idle-gpus",), "idle-gpus"), ((("tight-gpu-memory", "error"),), "tight-gpu-memory"),
     (("lazy-gpus", "lazy-gpus"), "lazy-gpus"), (("idle-rdma", "install-at-start"), "idle-rdma, install-at-start")],
)  # fmt: skip
def test_no_two_rules_have_or_had_one_id(
    formerly: tuple[object, ...], twice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(all_rules()["idle-gpus"].module, "FORMERLY", formerly, raising=False)
    with pytest.raises(TypeError, match=f"there are two of {twice}$"):
        all_rules.__wrapped__()


def test_a_rule_that_was_only_renamed_keeps_all_that_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_rules()["overfull-gpus"].module, "FORMERLY", ("full-gpus",))
    renamed = all_rules.__wrapped__()["overfull-gpus"]
    assert renamed.formerly == (("full-gpus", None),)
    monkeypatch.setitem(all_rules(), "overfull-gpus", renamed)
    assert resolve("full-gpus") == (renamed, None)


def test_each_severity_has_a_cure_or_all_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    two, one = all_rules()["overfull-gpus"], all_rules()["restart-during-load"]
    assert two.cure("error") != two.cure("warning") and one.cure("error") == one.cure("warning") == one.hint
    assert two.hint == f"{two.cure('error')} {two.cure('warning')}"
    monkeypatch.setattr(all_rules()["idle-gpus"].module, "HINT", ("One.", "Two."))
    with pytest.raises(TypeError, match="one HINT, or one for each SEVERITY"):
        all_rules.__wrapped__()


def test_a_page_says_which_severities_and_what_the_rule_was_called() -> None:
    rule = all_rules()["overfull-gpus"]
    facts = "error or warning, covers MEM-01, MEM-02, formerly tight-gpu-memory"
    assert f"\n## overfull-gpus\n\n{facts}\n" in docs.family_document("gpus")
    said = explain.explanation(rule)
    assert said.startswith(f"overfull-gpus ({facts})\n")
    assert f"\nCure of an error: {rule.cure('error')}\n" in said
    assert f"\nCure of a warning: {rule.cure('warning')}\n" in said
    plain = explain.explanation(all_rules()["idle-gpus"])
    assert plain.startswith("idle-gpus (warning, covers PAR-01)\n") and "\nCure: " in plain
    reversed_ = replace(rule, severities=("warning", "error"), formerly=())
    assert explain.explanation(reversed_).startswith("overfull-gpus (warning or error, covers MEM-01, MEM-02)\n")
