"""What makes pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/apps/validation
and https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/batch/validation
"""

import re
from collections.abc import Iterator
from typing import Any

from .field import (
    Complaint,
    Key,
    Pointer,
    checked,
    choice,
    chosen,
    complaint,
    elsewhere,
    given,
    integer,
    mapping,
    number,
    objects,
    pairs,
    quoted,
    since,
    text,
    within,
)
from .names import (
    DURATION,
    annotation_map,
    int_or_percent,
    label,
    label_selector,
    label_value,
    labels,
    matches,
    qualified,
    subdomain,
)
from .pod import pod_template
from .volumes import claim_spec

LARGEST = 2**31 - 1
ALWAYS = frozenset({"Always"})
ONCE = frozenset({"OnFailure", "Never"})
Body = dict[str, Any]

# --- numbers of pods ------------------------------------------------------------------------------


def not_negative(source: Body, at: Pointer, *names: str) -> Iterator[Complaint]:
    """Whole numbers that must not be less than zero."""
    for name in names:
        if (integer(source.get(name)) or 0) < 0:
            yield complaint((*at, name), f"must not be negative, got {source[name]}")


def share(source: Body, name: str, at: Pointer, *, most: int = 100, least: int = 0) -> Iterator[Complaint]:
    """A number of pods, or a percentage of them that may be limited."""
    value = source.get(name)
    if value is None:
        return
    found = int_or_percent(value)
    if found is None:
        if isinstance(value, str):
            yield complaint((*at, name), f'{quoted(value)} is neither a number nor a percentage such as "25%"')
    elif found[0] < least:
        yield complaint((*at, name), f"must be at least {least}, got {value}")
    elif found[0] > (most if found[1] else LARGEST):
        yield complaint((*at, name), f"must be at most {f'{most}%' if found[1] else LARGEST}, got {value}")


def _is_zero(source: Body, name: str, default: int) -> bool:
    value = int_or_percent(source[name]) if given(source, name) else (default, False)
    return value is not None and value[0] == 0


def _selected(spec: Body) -> Iterator[Complaint]:
    """The selector of a controller, and whether it selects the controller's own pods."""
    at: Pointer = ("spec", "selector")
    if not given(spec, "selector"):
        yield complaint(at, "is required")
        return
    wanted, wrong = mapping(spec["selector"]), list(label_selector(spec["selector"], at))
    yield from wrong
    if not wanted.get("matchLabels") and not wanted.get("matchExpressions"):
        yield complaint(at, "must select something")
    elif not wrong and not matches(wanted, _pod_labels(spec)):
        yield complaint(("spec", "template", "metadata", "labels"), "spec.selector does not match these labels")


def _pod_labels(spec: Body) -> dict[str, str]:
    """The labels of a controller's pods."""
    found = mapping(mapping(spec.get("template")).get("metadata")).get("labels")
    return {key: text(value) for key, value in pairs(found)}


def _template(spec: Body, version: str) -> Iterator[Complaint]:
    """The template of pods that run until they are told to stop."""
    at: Pointer = ("spec", "template")
    yield from pod_template(spec.get("template"), at, restart_policies=ALWAYS, version=version)
    yield from _endless(spec)


def _endless(spec: Body) -> Iterator[Complaint]:
    if given(mapping(mapping(spec.get("template")).get("spec")), "activeDeadlineSeconds"):
        yield complaint(("spec", "template", "spec", "activeDeadlineSeconds"), "is only for pods that come to an end")


# --- controllers ----------------------------------------------------------------------------------


def replica_set(body: Body, version: str) -> Iterator[Complaint]:
    """ReplicaSet."""
    spec = mapping(body.get("spec"))
    yield from not_negative(spec, ("spec",), "replicas", "minReadySeconds")
    yield from _selected(spec)
    yield from _template(spec, version)


def deployment(body: Body, version: str) -> Iterator[Complaint]:
    """Deployment."""
    spec, at = mapping(body.get("spec")), ("spec",)
    yield from not_negative(spec, at, "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    yield from _selected(spec)
    yield from _template(spec, version)
    strategy, here = mapping(spec.get("strategy")), ("spec", "strategy")
    kind, rolling = text(strategy.get("type")) or "RollingUpdate", mapping(strategy.get("rollingUpdate"))
    if kind == "Recreate":
        if given(strategy, "rollingUpdate"):
            yield complaint((*here, "rollingUpdate"), "is not for type Recreate")
    elif kind == "RollingUpdate":
        yield from share(rolling, "maxUnavailable", (*here, "rollingUpdate"))
        yield from share(rolling, "maxSurge", (*here, "rollingUpdate"), most=LARGEST)
        if _is_zero(rolling, "maxUnavailable", 25) and _is_zero(rolling, "maxSurge", 25):
            yield complaint((*here, "rollingUpdate", "maxUnavailable"), "must not be 0 where maxSurge is 0")
    else:
        yield complaint(here, f"must be Recreate or RollingUpdate, got {quoted(kind)}", "type")
    ready = number(spec, "minReadySeconds")
    if number(spec, "progressDeadlineSeconds", 600) <= ready:
        yield complaint((*at, "progressDeadlineSeconds"), f"must be more than minReadySeconds, which is {ready}")


def daemon_set(body: Body, version: str) -> Iterator[Complaint]:
    """DaemonSet."""
    spec = mapping(body.get("spec"))
    yield from not_negative(spec, ("spec",), "minReadySeconds", "revisionHistoryLimit")
    yield from _selected(spec)
    yield from _template(spec, version)
    strategy, here = mapping(spec.get("updateStrategy")), ("spec", "updateStrategy")
    kind, rolling = text(strategy.get("type")) or "RollingUpdate", mapping(strategy.get("rollingUpdate"))
    if kind not in ("RollingUpdate", "OnDelete"):
        yield complaint(here, f"must be RollingUpdate or OnDelete, got {quoted(kind)}", "type")
    if kind != "RollingUpdate":
        return
    at = (*here, "rollingUpdate")
    yield from share(rolling, "maxUnavailable", at)
    yield from share(rolling, "maxSurge", at)
    stays, grows = not _is_zero(rolling, "maxUnavailable", 1), not _is_zero(rolling, "maxSurge", 0)
    if stays and grows:
        yield complaint((*at, "maxSurge"), "must be 0 where maxUnavailable is not")
    if not stays and not grows:
        yield complaint((*at, "maxUnavailable"), "must not be 0 where maxSurge is 0")


def _with_claims(template: Body, claims: list[tuple[int, Body]]) -> Body:
    """The template with a volume for each claim, and without the names that the controller replaces.

    Volumes keep their places, so that complaints point at the right one.
    """
    spec = dict(mapping(template.get("spec")))
    for name in ("subdomain", "hostname"):
        spec.pop(name, None)
    added = {}
    for _, claim in claims:
        name = text(mapping(claim.get("metadata")).get("name"))
        added[name] = {"name": name, "persistentVolumeClaim": {"claimName": name}}
    own = spec.get("volumes") if isinstance(spec.get("volumes"), list) else []
    kept = [added.pop(text(item.get("name")), item) if isinstance(item, dict) else item for item in own or ()]
    if kept or added:
        spec["volumes"] = [*kept, *added.values()]
    return {**template, "spec": spec}


def stateful_set(body: Body, version: str) -> Iterator[Complaint]:
    """StatefulSet. Its pods are looked at since 1.34; before, only when they are made."""
    spec, at = mapping(body.get("spec")), ("spec",)
    yield from not_negative(spec, at, "replicas", "minReadySeconds")
    yield from not_negative(mapping(spec.get("ordinals")), (*at, "ordinals"), "start")
    yield from choice(spec, "podManagementPolicy", ("OrderedReady", "Parallel"), at)
    yield from _update_strategy(mapping(spec.get("updateStrategy")), (*at, "updateStrategy"), version)
    retention = mapping(spec.get("persistentVolumeClaimRetentionPolicy"))
    for name in ("whenDeleted", "whenScaled"):
        yield from choice(retention, name, ("Retain", "Delete"), (*at, "persistentVolumeClaimRetentionPolicy"))
    if since(version, "1.33"):
        yield from checked(spec, "serviceName", label, at)
    yield from _selected(spec)
    yield from _endless(spec)
    template, here = mapping(spec.get("template")), (*at, "template")
    if since(version, "1.34"):
        claims = objects(spec.get("volumeClaimTemplates"))
        for i, claim in claims:
            yield from claim_spec(claim.get("spec"), (*at, "volumeClaimTemplates", i, "spec"), version, template=True)
        whole = _with_claims(template, claims)
        yield from pod_template(whole, here, restart_policies=ALWAYS, version=version)
        return
    metadata = mapping(template.get("metadata"))
    yield from labels(metadata.get("labels"), (*here, "labels"))
    yield from annotation_map(metadata.get("annotations"), (*here, "annotations"))
    yield from choice(mapping(template.get("spec")), "restartPolicy", ("Always",), (*here, "spec"))


def _update_strategy(strategy: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    kind = text(strategy.get("type")) or "RollingUpdate"
    if kind not in ("RollingUpdate", "OnDelete"):
        yield complaint(at, f"must be RollingUpdate or OnDelete, got {quoted(kind)}", "type")
    elif kind == "OnDelete" and given(strategy, "rollingUpdate"):
        yield complaint((*at, "rollingUpdate"), "is not for type OnDelete")
    elif kind == "RollingUpdate":
        rolling, here = mapping(strategy.get("rollingUpdate")), (*at, "rollingUpdate")
        yield from not_negative(rolling, here, "partition")
        if since(version, "1.37"):
            yield from share(rolling, "maxUnavailable", here, least=1)


# --- jobs -----------------------------------------------------------------------------------------

MOST_INDEXES = 100_000
MOST_INDEXES_OF_LARGE = 10_000
MOST_RULES = 20
MOST_EXIT_CODES = 255
LONGEST_MANAGER = 63
LONGEST_INDEXES = 64 * 1024
ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
REPLACEMENTS = ("Failed", "TerminatingOrFailed")
JOB_LABELS = ("job-name", "batch.kubernetes.io/job-name")
UID_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid")
UID = "\0"
"""Stands for the identity that the server will give to an object, which no manifest can know."""
_URL_PATH = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+")


def _manager(name: str) -> str | None:
    host, _, path = name.partition("/")
    if len(name) > LONGEST_MANAGER:
        return f"{quoted(name)} has {len(name)} characters; at most {LONGEST_MANAGER} are allowed"
    if not host or not _URL_PATH.fullmatch(path):
        return f"{quoted(name)} is not a path with a domain, as in example.com/x"
    return subdomain(host)


def _indexed(spec: Body, at: Pointer) -> Iterator[Complaint]:
    """A job whose pods are numbered."""
    parallel, failed = number(spec, "parallelism", 1), number(spec, "maxFailedIndexes")
    completions = integer(spec.get("completions"))
    if completions is None:
        if given(spec, "parallelism"):
            yield complaint((*at, "completions"), "is required for completionMode Indexed")
        completions = 1
    large = completions > MOST_INDEXES and given(spec, "backoffLimitPerIndex")
    most = MOST_INDEXES_OF_LARGE if large else MOST_INDEXES
    if parallel > most:
        yield complaint((*at, "parallelism"), f"must be at most {most} for this completionMode, got {parallel}")
    if given(spec, "maxFailedIndexes"):
        most = min(most, completions)
        if failed > most:
            yield complaint((*at, "maxFailedIndexes"), f"must be at most {most}, got {failed}")
    elif large:
        yield complaint((*at, "maxFailedIndexes"), f"is required for more than {MOST_INDEXES} completions")


def _exit_codes(rule: Body, at: Pointer, containers: set[str]) -> Iterator[Complaint]:
    yield from chosen(rule, "operator", ("In", "NotIn"), at)
    if given(rule, "containerName") and text(rule["containerName"]) not in containers:
        yield complaint((*at, "containerName"), f"no container is called {quoted(rule['containerName'])}")
    listed, here = rule.get("values"), (*at, "values")
    values = [integer(code) or 0 for code in listed] if isinstance(listed, list) else []
    if not 0 < len(values) <= MOST_EXIT_CODES:
        yield complaint(here, f"between 1 and {MOST_EXIT_CODES} exit codes are required, got {len(values)}")
    for i, code in enumerate(values):
        if code == 0 and rule.get("operator") == "In":
            yield complaint((*here, i), "exit code 0 is no failure")
        if code in values[:i]:
            yield complaint((*here, i), f"{code} stands here twice")
    if values != sorted(values):
        yield complaint(here, "must be in ascending order")


def _failure_policy(spec: Body, at: Pointer) -> Iterator[Complaint]:
    pod = mapping(mapping(spec.get("template")).get("spec"))
    containers = {
        text(item.get("name")) for field in ("containers", "initContainers") for _, item in objects(pod.get(field))
    }
    rules = objects(mapping(spec.get("podFailurePolicy")).get("rules"))
    if len(rules) > MOST_RULES:
        yield complaint((*at, "rules"), f"at most {MOST_RULES} are allowed, got {len(rules)}")
    for i, rule in rules:
        here = (*at, "rules", i)
        yield from chosen(rule, "action", ACTIONS, here)
        if rule.get("action") == "FailIndex" and not given(spec, "backoffLimitPerIndex"):
            yield complaint((*here, "action"), "FailIndex needs backoffLimitPerIndex")
        conditions = objects(rule.get("onPodConditions"))
        if given(rule, "onExitCodes"):
            yield from _exit_codes(mapping(rule["onExitCodes"]), (*here, "onExitCodes"), containers)
        if len(conditions) > MOST_RULES:
            yield complaint((*here, "onPodConditions"), f"at most {MOST_RULES} are allowed, got {len(conditions)}")
        for j, condition in conditions:
            wrong = qualified(text(condition.get("type")))
            if wrong:
                yield complaint((*here, "onPodConditions", j, "type"), wrong)
            yield from choice(condition, "status", ("True", "False", "Unknown"), (*here, "onPodConditions", j))
        if given(rule, "onExitCodes") == bool(conditions):
            yield complaint(here, "either onExitCodes or onPodConditions must be given, not both")


def _count_indexes(written: str, completions: int) -> int | None:
    """How many indexes a list such as "0,2-4" names, or None if it is not in order or beyond the last one."""
    total, last = 0, -1
    for part in written.split(",") if written else ():
        low, dash, high = part.partition("-")
        if not re.fullmatch(r"\+?[0-9]{1,9}", low) or (dash and not re.fullmatch(r"\+?[0-9]{1,9}", high)):
            return None
        first, end = int(low), int(high or low)
        if first <= last or end >= completions or (dash and first >= end):
            return None
        total, last = total + end - first + 1, end
    return total


def _success_policy(spec: Body, at: Pointer) -> Iterator[Complaint]:
    rules = objects(mapping(spec.get("successPolicy")).get("rules"))
    completions = number(spec, "completions", 1)
    if not 0 < len(rules) <= MOST_RULES:
        yield complaint((*at, "rules"), f"between 1 and {MOST_RULES} rules are required, got {len(rules)}")
    for i, rule in rules:
        here = (*at, "rules", i)
        count, written = integer(rule.get("succeededCount")), rule.get("succeededIndexes")
        if count is None and written is None:
            yield complaint(here, "succeededCount or succeededIndexes is required")
        indexes = _count_indexes(written, completions) if isinstance(written, str) else None
        if isinstance(written, str) and (indexes is None or len(written) > LONGEST_INDEXES):
            text_of = f'{quoted(written)} is not an ascending list, as in "0,2-4", of indexes below {completions}'
            yield complaint((*here, "succeededIndexes"), text_of)
        most = completions if indexes is None else min(indexes, completions)
        yield from within(rule, "succeededCount", 0, max(most, 0), here)


def job_spec(spec: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    """A JobSpec: of a Job, or of the template of one."""
    names = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    yield from not_negative(spec, at, *names, "backoffLimitPerIndex", "maxFailedIndexes")
    yield from choice(spec, "completionMode", ("NonIndexed", "Indexed"), at, empty=False)
    indexed = spec.get("completionMode") == "Indexed"
    if given(spec, "maxFailedIndexes") and not given(spec, "backoffLimitPerIndex"):
        yield complaint((*at, "backoffLimitPerIndex"), "is required with maxFailedIndexes")
    if indexed:
        yield from _indexed(spec, at)
    elif spec.get("completionMode") in (None, "NonIndexed"):
        for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if given(spec, name):
                yield complaint((*at, name), "is only for completionMode Indexed")
    if given(spec, "managedBy") and since(version, "1.32"):
        wrong = _manager(text(spec["managedBy"]))
        if wrong:
            yield complaint((*at, "managedBy"), wrong)
    policy = given(spec, "podFailurePolicy")
    if policy:
        yield from _failure_policy(spec, (*at, "podFailurePolicy"))
    if given(spec, "successPolicy"):
        if indexed:
            yield from _success_policy(spec, (*at, "successPolicy"))
        else:
            yield complaint((*at, "successPolicy"), "is only for completionMode Indexed")
    yield from choice(spec, "podReplacementPolicy", REPLACEMENTS[:1] if policy else REPLACEMENTS, at, empty=False)
    allowed = frozenset({"Never"}) if policy else ONCE
    yield from pod_template(spec.get("template"), (*at, "template"), restart_policies=allowed, version=version)


def job(body: Body, version: str) -> Iterator[Complaint]:
    """Job. Without manualSelector the server writes selector and labels itself, and wants to find nothing else."""
    spec, name = mapping(body.get("spec")), text(mapping(body.get("metadata")).get("name"))
    yield from job_spec(spec, ("spec",), version)
    have = _pod_labels(spec)
    at, here = ("spec", "selector"), ("spec", "template", "metadata", "labels")
    selector = mapping(spec.get("selector"))
    if spec.get("manualSelector") is True:
        if not given(spec, "selector"):
            yield complaint(at, "is required with manualSelector")
    else:
        wrong = label_value(name)
        if wrong:
            yield elsewhere(("metadata", "name"), ("spec", "template", "labels"), f"pods are labelled with it: {wrong}")
        made = dict.fromkeys(JOB_LABELS, name or UID) | dict.fromkeys(UID_LABELS, UID)
        for key, value in made.items():
            if have.setdefault(key, value) != value:
                wanted = "must be the name of the job" if key in JOB_LABELS else "is written by the server"
                yield complaint((*here, Key(key)), wanted)
        if given(spec, "selector") and not matches(selector, made):
            yield complaint(at, "is written by the server where manualSelector is not true")
    if given(spec, "selector"):
        yield from label_selector(selector, at)
        if not matches(selector, have):
            yield complaint(here, "spec.selector does not match these labels")
    completions = number(spec, "completions", 0 if given(spec, "parallelism") else 1)
    if spec.get("completionMode") == "Indexed" and completions > 0 and name:
        wrong = label(f"{name}-{completions - 1}")
        if wrong:
            yield complaint(("metadata", "name"), f"no pod can be named after it: {wrong}")


# --- schedules ------------------------------------------------------------------------------------

LONGEST_CRON_NAME = 52
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()), ("hour", 0, 23, ()), ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)  # fmt: skip
NAMED_SCHEDULES = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})


def _moment(written: str, low: int, names: tuple[str, ...]) -> int | None:
    if written.lower() in names:
        return names.index(written.lower()) + low
    return int(written) if re.fullmatch(r"\+?[0-9]{1,18}", written) else None


def _fits(written: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    """Whether one item of a cron field is in its range: ``*``, ``5``, ``1-5``, ``*/10``, ``mon-fri/2``."""
    span, *steps = written.split("/")
    first, *rest = span.split("-")
    if len(steps) > 1 or (steps and not _moment(steps[0], 0, ())):
        return False
    if first in ("*", "?"):
        return True  # cron looks no further
    start = _moment(first, low, names)
    end = _moment(rest[0], low, names) if rest else high if steps else start
    return len(rest) < 2 and start is not None and end is not None and low <= start <= end <= high


def schedule(written: str) -> str | None:
    """What is wrong with a cron schedule. Source: https://pkg.go.dev/github.com/robfig/cron/v3"""
    if "TZ" in written:
        return "must not name a time zone: that is what timeZone is for"
    if written.startswith("@"):
        every = written.removeprefix("@every ")
        known = written in NAMED_SCHEDULES or (every != written and DURATION.fullmatch(every))
        return None if known else f"{quoted(written)} is no schedule that cron knows"
    parts = written.split()
    if len(parts) != len(FIELDS):
        return f"{quoted(written)} must have {len(FIELDS)} fields, got {len(parts)}"
    for part, (name, low, high, names) in zip(parts, FIELDS, strict=True):
        if not all(_fits(item, low, high, names) for item in part.split(",") if item):
            return f"{quoted(part)} is no {name} between {low} and {high}"
    return None


def time_zone(name: str) -> str | None:
    """What is wrong with the name of a time zone; whether it exists is asked where this machine knows any."""
    parts = name.split("/")
    if any(part in (".", "..") or not re.fullmatch(r"[A-Za-z._0-9+][-A-Za-z._0-9+]{0,13}", part) for part in parts):
        return f"{quoted(name)} is no time zone"
    if name.lower() == "local":
        return "must be a time zone with a name, such as Europe/Berlin"
    import zoneinfo  # slow to import, and few objects have a time zone

    zones = zoneinfo.available_timezones()
    known = not zones or name in zones or name in ("UTC", "posixrules") or parts[0] in ("posix", "right")
    return None if known else f"{quoted(name)} is no time zone"


def cron_job(body: Body, version: str) -> Iterator[Complaint]:
    """CronJob."""
    spec, at = mapping(body.get("spec")), ("spec",)
    wrong = schedule(text(spec.get("schedule"))) if text(spec.get("schedule")) else "is required"
    if wrong:
        yield complaint((*at, "schedule"), wrong)
    counts = ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    yield from not_negative(spec, at, *counts)
    if given(spec, "timeZone"):
        wrong = time_zone(text(spec["timeZone"]))
        if wrong:
            yield complaint((*at, "timeZone"), wrong)
    yield from choice(spec, "concurrencyPolicy", ("Allow", "Forbid", "Replace"), at)
    inner, here = mapping(mapping(spec.get("jobTemplate")).get("spec")), (*at, "jobTemplate", "spec")
    yield from job_spec(inner, here, version)
    if given(inner, "selector"):
        yield complaint((*here, "selector"), "is written by the server")
    if inner.get("manualSelector") is True:
        yield complaint((*here, "manualSelector"), "must not be true here")
    name = text(mapping(body.get("metadata")).get("name"))
    if len(name) > LONGEST_CRON_NAME:
        room = f"has {len(name)} characters; at most {LONGEST_CRON_NAME} are allowed, to have room for a time"
        yield complaint(("metadata", "name"), room)
