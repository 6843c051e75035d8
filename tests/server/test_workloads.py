"""What makes pods, number by number: each up to the last value that the server takes."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import workloads

LARGEST = 2**31 - 1
ONCE = {"spec": {"containers": [{"name": "main", "image": "a"}], "restartPolicy": "Never"}}
FOREVER = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "a"}]}}
SELECTED = {"selector": {"matchLabels": {"a": "b"}}, "template": FOREVER}


def found(check: Any, spec: dict[str, Any], name: str = "x", version: str = "1.36") -> list[str]:
    judged = check({"metadata": {"name": name}, "spec": spec}, version)
    return [complaint.path.removeprefix("spec.") for complaint in judged]


@pytest.mark.parametrize(("value", "options", "good"), [
    (None, {}, True), (0, {}, True), (-1, {}, False), (LARGEST, {}, True), (LARGEST + 1, {}, False), ("0%", {}, True),
    ("100%", {}, True), ("101%", {}, False), ("101%", {"most": LARGEST}, True), (0, {"least": 1}, False),
    (1, {"least": 1}, True), ("0%", {"least": 1}, False), ("5", {}, False), ("%", {}, False), ([], {}, True), (True, {}, True),
])  # fmt: skip
def test_shares(value: Any, options: dict[str, int], good: bool) -> None:
    judged = [wrong.path for wrong in workloads.share({"maxSurge": value}, "maxSurge", ("at",), **options)]
    assert judged == ([] if good else ["at.maxSurge"])


def test_numbers_that_are_not_negative() -> None:
    source = {"a": 0, "b": -1, "c": None, "d": "x", "e": -1.0}
    assert [wrong.path for wrong in workloads.not_negative(source, (), "a", "b", "c", "d", "e", "f")] == ["b", "e"]


@pytest.mark.parametrize(("check", "spec", "fields"), [
    (workloads.deployment, {}, []),
    (workloads.deployment, {"selector": None}, ["selector"]),
    (workloads.deployment, {"selector": {}}, ["selector"]),
    (workloads.deployment, {"selector": {"matchLabels": {"a": "c"}}}, ["template.metadata.labels"]),
    (workloads.deployment, {"selector": {"matchLabels": {"a": "c d"}}}, ["selector.matchLabels"]),
    (workloads.deployment, {"selector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}, []),
    (workloads.deployment, {"minReadySeconds": 599}, []),
    (workloads.deployment, {"minReadySeconds": 600}, ["progressDeadlineSeconds"]),
    (workloads.deployment, {"minReadySeconds": 5, "progressDeadlineSeconds": 5}, ["progressDeadlineSeconds"]),
    (workloads.deployment, {"minReadySeconds": 5, "progressDeadlineSeconds": 6}, []),
    (workloads.deployment, {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}}, []),
    (workloads.deployment, {"strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "0%"}}},
     ["strategy.rollingUpdate.maxUnavailable"]),
    (workloads.deployment, {"strategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}}, []),
    (workloads.deployment, {"strategy": {"type": "Recreate", "rollingUpdate": None}}, []),
    (workloads.deployment, {"strategy": {"type": "Other", "rollingUpdate": {"maxSurge": -1}}}, ["strategy"]),
    (workloads.deployment, {"template": {**FOREVER, "spec": {**FOREVER["spec"], "activeDeadlineSeconds": 1}}},
     ["template.spec.activeDeadlineSeconds"]),
    (workloads.replica_set, {"minReadySeconds": -1}, ["minReadySeconds"]),
    (workloads.replica_set, {"selector": None}, ["selector"]),
    (workloads.daemon_set, {}, []),
    (workloads.daemon_set, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}},
     ["updateStrategy.rollingUpdate.maxUnavailable"]),
    (workloads.daemon_set, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}, []),
    (workloads.daemon_set, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}},
     ["updateStrategy.rollingUpdate.maxSurge"]),
    (workloads.daemon_set, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2, "maxSurge": 0}}}, []),
    (workloads.daemon_set, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
     ["updateStrategy.rollingUpdate.maxUnavailable"]),
    (workloads.daemon_set, {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"maxUnavailable": 0}}}, []),
    (workloads.daemon_set, {"updateStrategy": {"type": "Other"}}, ["updateStrategy"]),
    (workloads.stateful_set, {}, []),
    (workloads.stateful_set, {"minReadySeconds": -1}, ["minReadySeconds"]),
    (workloads.stateful_set, {"podManagementPolicy": ""}, []),
    (workloads.stateful_set, {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Keep"}},
     ["persistentVolumeClaimRetentionPolicy.whenDeleted"]),
    (workloads.stateful_set, {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}, []),
])  # fmt: skip
def test_controllers(check: Any, spec: dict[str, Any], fields: list[str]) -> None:
    assert found(check, SELECTED | spec) == fields


def test_a_claim_takes_the_place_of_the_volume_of_its_name() -> None:
    bad = {"name": "data", "hostPath": {}}  # which the controller never makes
    pod = {**FOREVER["spec"], "volumes": [bad, {"name": "A", "emptyDir": {}}], "hostname": "A_", "subdomain": "B_"}
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": 1}}},
    }
    spec = {**SELECTED, "template": {**FOREVER, "spec": pod}}
    assert found(workloads.stateful_set, {**spec, "volumeClaimTemplates": [claim]}) == ["template.spec.volumes[1].name"]
    assert found(workloads.stateful_set, spec) == [
        "template.spec.volumes[0].hostPath.path",
        "template.spec.volumes[1].name",
    ]


# --- jobs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spec", "fields"), [
    ({"completionMode": ""}, ["completionMode"]),
    ({"backoffLimitPerIndex": 0}, ["backoffLimitPerIndex"]),
    ({"maxFailedIndexes": 0, "backoffLimitPerIndex": 0}, ["backoffLimitPerIndex", "maxFailedIndexes"]),
    ({"managedBy": "a.b/c"}, []),
    ({"managedBy": f"a.b/{'c' * 59}"}, []),
    ({"managedBy": f"a.b/{'c' * 60}"}, ["managedBy"]),
    ({"managedBy": "/c"}, ["managedBy"]),
    ({"managedBy": "a.b/c d"}, ["managedBy"]),
    ({"managedBy": "A/c"}, ["managedBy"]),
    ({"podReplacementPolicy": "TerminatingOrFailed"}, []),
    ({"podReplacementPolicy": ""}, ["podReplacementPolicy"]),
])  # fmt: skip
def test_jobs(spec: dict[str, Any], fields: list[str]) -> None:
    assert found(workloads.job, {"template": ONCE, **spec}) == fields


@pytest.mark.parametrize(("spec", "fields"), [
    ({}, []),
    ({"parallelism": 1}, ["completions"]),
    ({"completions": 5, "parallelism": 100_000}, []),
    ({"completions": 5, "parallelism": 100_001}, ["parallelism"]),
    ({"completions": 100_000, "backoffLimitPerIndex": 0, "parallelism": 100_000}, []),
    ({"completions": 100_001, "backoffLimitPerIndex": 0}, ["maxFailedIndexes"]),
    ({"completions": 100_001, "backoffLimitPerIndex": 0, "maxFailedIndexes": 10_000, "parallelism": 10_000}, []),
    ({"completions": 100_001, "backoffLimitPerIndex": 0, "maxFailedIndexes": 10_001, "parallelism": 10_001},
     ["parallelism", "maxFailedIndexes"]),
    ({"completions": 5, "backoffLimitPerIndex": 0, "maxFailedIndexes": 5}, []),
    ({"completions": 5, "backoffLimitPerIndex": 0, "maxFailedIndexes": 6}, ["maxFailedIndexes"]),
    ({"backoffLimitPerIndex": 0, "maxFailedIndexes": 2}, ["maxFailedIndexes"]),
])  # fmt: skip
def test_jobs_with_an_index(spec: dict[str, Any], fields: list[str]) -> None:
    assert found(workloads.job, {"template": ONCE, "completionMode": "Indexed", **spec}) == fields


@pytest.mark.parametrize(("rule", "fields"), [
    ({"succeededCount": 0}, []),
    ({"succeededCount": 10}, []),
    ({"succeededCount": 11}, [".succeededCount"]),
    ({"succeededIndexes": "0"}, []),
    ({"succeededIndexes": "9"}, []),
    ({"succeededIndexes": "10"}, [".succeededIndexes"]),
    ({"succeededIndexes": "0-9"}, []),
    ({"succeededIndexes": "0-10"}, [".succeededIndexes"]),
    ({"succeededIndexes": "0,1,3-5,7"}, []),
    ({"succeededIndexes": "0,0"}, [".succeededIndexes"]),
    ({"succeededIndexes": "1-3,3"}, [".succeededIndexes"]),
    ({"succeededIndexes": "5-3"}, [".succeededIndexes"]),
    ({"succeededIndexes": "3-"}, [".succeededIndexes"]),
    ({"succeededIndexes": "-3"}, [".succeededIndexes"]),
    ({"succeededIndexes": "x"}, [".succeededIndexes"]),
    ({"succeededIndexes": "1-x"}, [".succeededIndexes"]),
    ({"succeededIndexes": "1-2-3"}, [".succeededIndexes"]),
    ({"succeededIndexes": "0,3-5", "succeededCount": 4}, []),
    ({"succeededIndexes": "0,3-5", "succeededCount": 5}, [".succeededCount"]),
    ({"succeededIndexes": ""}, []),
    ({}, [""]),
])  # fmt: skip
def test_when_a_job_succeeds(rule: dict[str, Any], fields: list[str]) -> None:
    spec = {"template": ONCE, "completionMode": "Indexed", "completions": 10, "successPolicy": {"rules": [rule]}}
    assert found(workloads.job, spec) == [f"successPolicy.rules[0]{name}" for name in fields]


def test_how_many_rules_a_job_may_have() -> None:
    for count, wrong in ((1, False), (20, False), (21, True), (0, True)):
        spec = {"template": ONCE, "completionMode": "Indexed", "completions": 10}
        spec["successPolicy"] = {"rules": [{"succeededCount": 1}] * count}
        assert found(workloads.job, spec) == (["successPolicy.rules"] if wrong else [])
    failing = {"action": "Ignore", "onPodConditions": [{"type": "a"}]}
    for count, wrong in ((20, False), (21, True)):
        assert found(workloads.job, {"template": ONCE, "podFailurePolicy": {"rules": [failing] * count}}) == (
            ["podFailurePolicy.rules"] if wrong else []
        )


CONDITION = {"type": "a", "status": "True"}


@pytest.mark.parametrize(("rule", "fields"), [
    ({"onExitCodes": {"operator": "In", "values": list(range(1, 256))}}, []),
    ({"onExitCodes": {"operator": "In", "values": list(range(1, 257))}}, [".onExitCodes.values"]),
    ({"onExitCodes": {"operator": "In", "values": []}}, [".onExitCodes.values"]),
    ({"onExitCodes": {"operator": "In", "values": [0, 1]}}, [".onExitCodes.values[0]"]),
    ({"onExitCodes": {"operator": "NotIn", "values": [0, 1]}}, []),
    ({"onExitCodes": {"operator": "In", "values": [1, 1]}}, [".onExitCodes.values[1]"]),
    ({"onExitCodes": {"operator": "In", "values": [2, 1]}}, [".onExitCodes.values"]),
    ({"onExitCodes": {"operator": "In", "values": [1], "containerName": "main"}}, []),
    ({"onExitCodes": {"operator": "In", "values": [1], "containerName": ""}}, [".onExitCodes.containerName"]),
    ({"onPodConditions": [CONDITION] * 20}, []),
    ({"onPodConditions": [CONDITION] * 21}, [".onPodConditions"]),
    ({"onPodConditions": [{"type": "a b"}, {"type": "a", "status": "Maybe"}]},
     [".onPodConditions[0].type", ".onPodConditions[1].status"]),
    ({"onPodConditions": [CONDITION], "onExitCodes": {"operator": "In", "values": [1]}}, [""]),
    ({"action": "Stop", "onPodConditions": [CONDITION]}, [".action"]),
    ({"action": "FailIndex", "onPodConditions": [CONDITION]}, [".action"]),
])  # fmt: skip
def test_when_a_job_fails(rule: dict[str, Any], fields: list[str]) -> None:
    spec = {"template": ONCE, "podFailurePolicy": {"rules": [{"action": "Count", **rule}]}}
    assert found(workloads.job, spec) == [f"podFailurePolicy.rules[0]{name}" for name in fields]


@pytest.mark.parametrize(("name", "spec", "fields"), [
    ("a" * 63, {}, []),
    ("a" * 64, {}, ["template.labels"]),
    ("a" * 64, {"manualSelector": True, "selector": {"matchLabels": {"a": "b"}}, "template": {**ONCE, **{"metadata": {
        "labels": {"a": "b"}}}}}, []),
    ("a" * 61, {"completionMode": "Indexed", "completions": 10}, []),
    ("a" * 61, {"completionMode": "Indexed", "completions": 11}, ["metadata.name"]),
    ("a" * 62, {"completionMode": "Indexed"}, ["metadata.name"]),
    ("a" * 62, {"completionMode": "Indexed", "completions": 0}, []),
    ("x", {"manualSelector": True}, ["selector"]),
    ("x", {"selector": {"matchLabels": {"job-name": "x"}}}, []),
    ("x", {"selector": {"matchLabels": {"job-name": "y"}}}, ["selector", "template.metadata.labels"]),
])  # fmt: skip
def test_names_and_selectors_of_a_job(name: str, spec: dict[str, Any], fields: list[str]) -> None:
    assert found(workloads.job, {"template": ONCE, **spec}, name) == fields


@pytest.mark.parametrize(("written", "good"), [
    ("0 0 1 1 0", True), ("59 23 31 12 6", True), ("60 0 1 1 0", False), ("0 24 1 1 0", False), ("0 0 32 1 0", False),
    ("0 0 0 1 0", False), ("0 0 1 0 0", False), ("0 0 1 13 0", False), ("0 0 1 1 7", False), ("0 0 1 DEC SAT", True),
    ("0 0 1 jan-dec sun-sat", True), ("0 0 1 dec-jan *", False), ("5/10 * * * *", True), ("5-9/2 * * * *", True),
    ("5/0 * * * *", False), ("5/x * * * *", False), ("*/5 * * * *", True), ("*/0 * * * *", False), ("? * * * *", True),
    ("1,2,59 * * * *", True), ("1,60 * * * *", False), (",1 * * * *", True), ("+5 * * * *", True), ("-5 * * * *", False),
    ("1-5-9 * * * *", False), ("9-5 * * * *", False), ("5-5 * * * *", True), ("* * * *", False), ("* * * * * *", False),
    ("@hourly", True), ("@every 5m", True), ("@every 1h2m3.5s", True), ("@every 0", True), ("@every 5", False),
    ("@every", False), ("@Hourly", False), ("TZ=UTC * * * * *", False),
])  # fmt: skip
def test_schedules(written: str, good: bool) -> None:
    assert (workloads.schedule(written) is None) is good


@pytest.mark.parametrize(("name", "good"), [
    ("Europe/Berlin", True), ("UTC", True), ("Etc/GMT+1", True), ("America/Argentina/Ushuaia", True), ("LOCAL", False),
    ("", False), ("..", False), ("Europe/./Berlin", False), ("-05:00", False), ("Nowhere/At_All", False),
    ("Europe/ABCDEFGHIJKLMNO", False), ("posix/Anything", True), ("right/UTC", True), ("posixrules", True),
])  # fmt: skip
def test_time_zones(name: str, good: bool) -> None:
    assert (workloads.time_zone(name) is None) is good


@pytest.mark.parametrize(("name", "spec", "fields"), [
    ("a" * 52, {}, []),
    ("a" * 53, {}, ["metadata.name"]),
    ("x", {"schedule": ""}, ["schedule"]),
    ("x", {"timeZone": ""}, ["timeZone"]),
    ("x", {"concurrencyPolicy": ""}, []),
    ("x", {"startingDeadlineSeconds": 0, "successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0}, []),
    ("x", {"jobTemplate": {"spec": {"template": ONCE, "manualSelector": False}}}, []),
])  # fmt: skip
def test_jobs_by_the_clock(name: str, spec: dict[str, Any], fields: list[str]) -> None:
    whole = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": ONCE}}, **spec}
    assert found(workloads.cron_job, whole, name) == fields
