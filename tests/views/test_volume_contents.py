"""What lies in the volumes of a container: where a path is, which files stand there, and whether anything does."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, thing
from servelint.views import volumes

FILES = config("files", **{"a.txt": "a", "b.txt": "b"})
HIDDEN = thing("Secret", "hidden", stringData={"key": "v"}, data={"more": "dg=="})


def mounts(*paths: str) -> list[dict[str, Any]]:
    return [{"name": f"v{i}", "mountPath": path} for i, path in enumerate(paths)]


@pytest.mark.parametrize(
    ("paths", "path", "found"),
    [
        (["/a"], "/a", ("v0", "")), (["/a"], "/a/b", ("v0", "b")), (["/a"], "/ab", None), (["/a"], "/", None), (["/a/"], "/a/b", ("v0", "b")),
        (["/a", "/a/b"], "/a/b/c", ("v1", "c")), (["/a/b", "/a"], "/a/b/c", ("v0", "c")), (["/a", "/a"], "/a/b", ("v0", "b")),
        (["/"], "/a/b", ("v0", "a/b")), (["/a"], "/a/../b", None), (["/a"], "/x/../a/b/", ("v0", "b")), ([""], "/a", None), ([], "/a", None),
    ],
)  # fmt: skip
def test_the_innermost_mount_of_a_path(paths: list[str], path: str, found: tuple[str, str] | None) -> None:
    given = overlay(pod(volumeMounts=mounts(*paths), spec={"volumes": [{"name": "v0", "emptyDir": {}}]}))
    place = volumes.mounted(given.pods[0].main[0], path)
    assert (place and (place.mount["name"], place.inside)) == found
    assert place is None or bool(place.volume) == (place.mount["name"] == "v0")


def there(volume: dict[str, Any], *bodies: dict[str, Any], **mount: Any) -> set[str] | None:
    given = overlay(
        pod(volumeMounts=[{"name": "v", "mountPath": "/v", **mount}], spec={"volumes": [{"name": "v", **volume}]}),
        *(bodies or (FILES, HIDDEN)),
    )
    place = volumes.mounted(given.pods[0].main[0], "/v")
    assert place is not None
    return volumes.files(given, place, "")


MAP = {"name": "files"}
TOKEN: dict[str, Any] = {"serviceAccountToken": {}}
DOWN = {"downwardAPI": {"items": [{"path": "labels"}]}}


@pytest.mark.parametrize(
    ("volume", "mount", "found"),
    [
        ({"configMap": MAP}, {}, {"a.txt", "b.txt"}),
        ({"configMap": {**MAP, "items": [{"key": "a.txt", "path": "x/y"}]}}, {}, {"x/y"}),
        ({"configMap": {**MAP, "items": [{"key": "c.txt", "path": "x"}]}}, {}, set()),
        ({"configMap": {"name": "nobodys"}}, {}, None),
        ({"configMap": {"name": "SITE_FILES"}}, {}, None),
        ({"secret": {"secretName": "hidden"}}, {}, {"key", "more"}),
        ({"secret": {"secretName": "files"}}, {}, None),
        ({"projected": {"sources": [{"configMap": MAP}, {"secret": {"name": "hidden"}}]}}, {}, {"a.txt", "b.txt", "key", "more"}),
        ({"projected": {"sources": [{"configMap": MAP}, {"secret": {"name": "nobodys"}}]}}, {}, None),
        ({"projected": {"sources": [TOKEN, DOWN]}}, {}, {"token", "labels"}),
        ({"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}, {}, {"t"}),
        (DOWN, {}, {"labels"}),
        ({"emptyDir": {}}, {}, None),
        ({"configMap": MAP}, {"subPath": "a.txt"}, {""}),
        ({"configMap": {**MAP, "items": [{"key": "a.txt", "path": "x/y"}, {"key": "b.txt", "path": "xz"}]}}, {"subPath": "x"}, {"y"}),
        ({"configMap": {**MAP, "items": [{"key": "a.txt", "path": "x/y"}]}}, {"subPath": "./x/"}, {"y"}),
        ({"configMap": MAP}, {"subPath": "c.txt"}, set()),
        ({"configMap": MAP}, {"subPath": ""}, {"a.txt", "b.txt"}),
        ({"configMap": MAP}, {"subPathExpr": "$(A)"}, None),
    ],
)  # fmt: skip
def test_the_files_of_a_mount(volume: dict[str, Any], mount: dict[str, Any], found: set[str] | None) -> None:
    assert there(volume, **mount) == found


@pytest.mark.parametrize(
    ("volume", "read_only"),
    [({"configMap": {}}, True), ({"secret": {}}, True), ({"projected": {}}, True), ({"downwardAPI": {}}, True), ({"emptyDir": {}}, False)],
)  # fmt: skip
def test_volumes_that_nothing_in_the_pod_writes(volume: dict[str, Any], read_only: bool) -> None:
    assert volumes.is_read_only(volume) is read_only


EMPTY: dict[str, Any] = {"name": "v", "emptyDir": {}}
SSD = {"name": "v", "hostPath": {"path": "/mnt/disks/ssd0/models"}}
AT = [{"name": "v", "mountPath": "/v"}]
READ_ONLY = [{"name": "v", "mountPath": "/v", "readOnly": True}]


def fetching(path: str, gpus: int | None = None) -> dict[str, Any]:
    return pod("other", gpus, volumeMounts=AT, spec={"volumes": [{"name": "v", "hostPath": {"path": path}}]})


@pytest.mark.parametrize(
    ("volume", "script", "beside", "others", "empty"),
    [
        (EMPTY, "serve --model /v", None, [], True),
        (EMPTY, "cp -r /a /v; serve", None, [], False),
        (EMPTY, "huggingface-cli download m", None, [], False),
        (EMPTY, "serve > /v/log", None, [], False),
        (EMPTY, "serve --cp-size 2", None, [], True),
        (EMPTY, "serve", AT, [], False),
        (EMPTY, "serve", READ_ONLY, [], True),
        (EMPTY, "serve", [{"name": "w", "mountPath": "/v"}], [], True),
        ({"name": "v", "hostPath": {"path": "/data"}}, "serve", None, [], False),
        ({"name": "v", "persistentVolumeClaim": {"claimName": "c"}}, "serve", None, [], False),
        (SSD, "serve", None, [], True),
        (SSD, "serve", None, [fetching("/mnt/disks/ssd0")], False),
        (SSD, "serve", None, [fetching("/mnt/disks/ssd0/models/m")], False),
        (SSD, "serve", None, [fetching("/mnt/disks/ssd1")], True),
        (SSD, "serve", None, [fetching("/mnt/disks/ssd0", 8)], True),
        (EMPTY, "serve", None, [fetching("/mnt/disks/ssd0")], True),
    ],
)
def test_whether_anything_fills_it(
    volume: dict[str, Any], script: str, beside: list[Any] | None, others: list[dict[str, Any]], empty: bool
) -> None:
    containers = [main(8, volumeMounts=AT), *([{**main(volumeMounts=beside), "name": "b"}] if beside else [])]
    given = overlay(thing("Pod", "p", {"containers": containers, "volumes": [volume]}), *others)
    assert volumes.is_empty(given, given.pods[0].main[0], volume, script) is empty
