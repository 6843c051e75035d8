"""What the webhook of External Secrets refuses, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics.secrets import external_secret, store

ITEM = {"secretKey": "token", "remoteRef": {"key": "a"}}


def found(**spec: Any) -> list[str]:
    """Where a spec with one key, and these fields beside it, is refused."""
    body = {"spec": {"data": [ITEM], **spec}}
    return [wrong.path for wrong in external_secret(body, "1.37")]


@pytest.mark.parametrize(
    ("interval", "good"),
    [
        ("1h", True), ("90m", True), ("1h30m", True), ("0", True), ("-1.5h", True), (".5s", True), ("5.m", True), ("3µs", True), (None, True),
        (3, True), ("", False), ("60", False), ("1d", False), ("1 h", False), ("h", False), ("1h30", False), (".h", False),
    ],
)  # fmt: skip
def test_how_often_it_is_read_again(interval: object, good: bool) -> None:
    """What is no text is for the schema to say."""
    assert found(refreshInterval=interval) == ([] if good else ["spec.refreshInterval"])


@pytest.mark.parametrize(
    ("interval", "said"), [("60", "has no unit"), ("1d", "is no duration"), ("1.5", "has no unit")]
)
def test_a_number_lacks_its_unit(interval: str, said: str) -> None:
    (wrong,) = external_secret({"spec": {"data": [ITEM], "refreshInterval": interval}}, "1.37")
    assert said in wrong.message


@pytest.mark.parametrize("made", ["Owner", "Orphan", "Merge", "None", None])
@pytest.mark.parametrize("deleted", ["Retain", "Delete", "Merge", None])
def test_who_makes_the_secret_and_what_becomes_of_it(made: str | None, deleted: str | None) -> None:
    refused = (deleted == "Delete" and made in ("Merge", "None")) or (deleted == "Merge" and made == "None")
    target = {"creationPolicy": made, "deletionPolicy": deleted}
    where = ["spec.target.deletionPolicy"] if refused else []
    assert found(target=target) == where
    assert found(target={name: value for name, value in target.items() if value}) == where


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ({"extract": {"key": "a"}}, []), ({"find": {"name": {}}}, []), ({"sourceRef": {"generatorRef": {"name": "a"}}}, []),
        ({"extract": {"key": "a"}, "sourceRef": {"storeRef": {"name": "a"}}}, []),
        ({"sourceRef": {"storeRef": {"name": "a"}}}, []),  # the store alone: the definition asks for no more
        ({}, [""]), ({"rewrite": []}, [""]), ({"extract": {}, "find": {}}, [""]),
        ({"extract": {}, "sourceRef": {"generatorRef": {"name": "a"}}}, [""]),
        ({"find": {}, "sourceRef": {"generatorRef": {"name": "a"}}}, [""]),
        ({"extract": {}, "sourceRef": {}}, [".sourceRef"]), ({"sourceRef": {}}, [".sourceRef"]),
        ({"extract": None, "find": None}, [""]), ({"extract": {}, "find": {}, "sourceRef": {}}, ["", ".sourceRef"]),
    ],
)  # fmt: skip
def test_where_many_keys_come_from(source: dict[str, Any], paths: list[str]) -> None:
    assert found(dataFrom=[source]) == [f"spec.dataFrom[0]{path}" for path in paths]
    assert found(dataFrom=[{"extract": {}}, source]) == [f"spec.dataFrom[1]{path}" for path in paths]


def test_something_has_to_be_read() -> None:
    assert found(data=[]) == found(data=None) == ["spec.data"]
    assert found(data=[], dataFrom=[{"extract": {}}]) == []
    assert [wrong.path for wrong in external_secret({}, "1.37")] == ["spec.data"]


@pytest.mark.parametrize(
    ("deleted", "keys", "paths"),
    [
        ("Retain", ["a", "b"], []), ("Retain", ["a", "a"], ["spec.data[1].secretKey"]), (None, ["a", "b", "a"], ["spec.data[2].secretKey"]),
        ("Retain", ["a", "a", "a"], ["spec.data[1].secretKey", "spec.data[2].secretKey"]),
        ("Delete", ["a", "a"], []), ("Merge", ["a", "a"], []),
    ],
)  # fmt: skip
def test_a_key_stands_once_in_a_secret_that_stays(deleted: str | None, keys: list[str], paths: list[str]) -> None:
    data = [{"secretKey": key, "remoteRef": {"key": "x"}} for key in keys]
    assert found(data=data, target={"deletionPolicy": deleted} if deleted else {}) == paths


@pytest.mark.parametrize(
    ("auth", "fields"),
    [
        ({}, []), (None, []), ({"workloadIdentity": {"serviceAccountRef": {"name": "eso"}}}, []),
        ({"workloadIdentity": {"serviceAccountRef": {"name": "eso", "namespace": "serving"}}}, []),
        ({"workloadIdentity": {"serviceAccountRef": {"name": "eso", "namespace": "vault"}}},
         ["spec.provider.gcpsm.auth.workloadIdentity.serviceAccountRef.namespace"]),
        ({"secretRef": {"secretAccessKeySecretRef": {"name": "key", "namespace": "vault"}}},
         ["spec.provider.gcpsm.auth.secretRef.secretAccessKeySecretRef.namespace"]),
        ({"secretRef": {"secretAccessKeySecretRef": {"namespace": "vault"}}}, []),
    ],
)  # fmt: skip
def test_a_store_reads_its_own_namespace(auth: Any, fields: list[str]) -> None:
    """One that has none yet gets it when it is applied."""
    spec = {"provider": {"gcpsm": {"auth": auth}}}
    assert [wrong.path for wrong in store({"metadata": {"namespace": "serving"}, "spec": spec}, "1.37")] == fields
    assert not list(store({"metadata": {}, "spec": spec}, "1.37"))
