"""The files that ConfigMaps put into a container, and the commands that it starts."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, thing
from servelint.model import Overlay
from servelint.views import commands, files, gib, images, kserve, launchers
from servelint.views.environment import UNKNOWN, Text, is_shell, settled, texts, variables


def mounting(*mounts: dict[str, Any], volume: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    at = [{"name": "v", "mountPath": "/m", **mount} for mount in mounts or ({},)]
    source = {"configMap": {"name": "c"}} if volume is None else volume
    return pod(volumeMounts=at, spec={"volumes": [{"name": "v", **source}]}, **fields)


def paths(*bodies: dict[str, Any]) -> list[str]:
    given = overlay(*bodies)
    return [f"{file.path}={file.text}" for file in files.config_files(given, given.pods[0].main[0])]


ITEMS = {"configMap": {"name": "c", "items": [{"key": "a", "path": "x/y"}]}}
DATA = config("c", a="1", b="2")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (mounting(), ["/m/a=1", "/m/b=2"]),
        (mounting({"mountPath": "/m/"}), ["/m/a=1", "/m/b=2"]),
        (mounting({"name": "w"}), []),
        (mounting({}, {"mountPath": "/n"}), ["/m/a=1", "/m/b=2", "/n/a=1", "/n/b=2"]),
        (mounting(volume={"configMap": {"name": "d"}}), []),
        (mounting(volume={"emptyDir": {}}), []),
        (mounting(volume=ITEMS), ["/m/x/y=1"]),
        (mounting({"subPath": "a"}), ["/m=1"]),
        (mounting({"subPath": "a", "mountPath": "/m/f"}), ["/m/f=1"]),
        (mounting({"subPath": ["a"]}), ["/m/a=1", "/m/b=2"]),
        (mounting(*[{}] * 21, {"subPath": "a"}), ["/m/a=1", "/m/b=2"] * 20 + ["/m=1"]),
        (mounting({"subPath": "none"}), ["/m/a=1", "/m/b=2"]),
        (mounting({"subPath": "x/y"}, volume=ITEMS), ["/m=1"]),
        (mounting({"subPath": "x"}, volume=ITEMS), ["/m/x/y=1"]),
        (
            mounting(volume={"projected": {"sources": [{"secret": {}}, {"configMap": {"name": "c"}}]}}),
            ["/m/a=1", "/m/b=2"],
        ),
        (mounting(*[{}] * files.MOST_MOUNTS), ["/m/a=1", "/m/b=2"] * files.MOST_MOUNTS),
        (mounting(*[{}] * (files.MOST_MOUNTS + 1)), ["/m/a=1", "/m/b=2"] * files.MOST_MOUNTS),
        (mounting(*[{"subPath": "a"}] * (files.MOST_MOUNTS + 1)), ["/m=1"] * (files.MOST_MOUNTS + 1)),
    ],
)
def test_mounted_files(body: dict[str, Any], found: list[str]) -> None:
    assert paths(body, DATA) == found


def test_what_is_no_text_is_no_file() -> None:
    assert paths(mounting(), config("c", a="1", b=2)) == ["/m/a=1"]
    assert paths(mounting(volume={"configMap": {}}), config("", a="1")) == []


@pytest.mark.parametrize(
    ("key", "kinds"),
    [("a.yaml", (True, False)), ("a.yml", (True, False)), ("a.py", (False, True)), ("yaml", (False, False))],
)
def test_kinds_of_files(key: str, kinds: tuple[bool, bool]) -> None:
    given = overlay(mounting(), config("c", **{key: ""}))
    (file,) = files.config_files(given, given.pods[0].main[0])
    assert (file.is_yaml, file.is_python, file.key) == (*kinds, key)


def told(command: Any, scripts: dict[str, str] | None = None, **fields: Any) -> list[str]:
    given = overlay(mounting(command=command, **fields), config("c", **(scripts or {})))
    return [" ".join(one.texts) for one in commands.commands(given, given.pods[0].main[0])]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a b; c && d", ["a b", "c", "d"]),
        ("echo a; cat b; /bin/grep c; sudo rm d; export A=1; [ -f x ]", []),
        ("A=1 a", ["a"]), ("A=1", []), ("env A=1", ["env A=1"]),
        ('ARGS=(b "c d"); a "${ARGS[@]}"', ["a b c d"]),
        ("ARGS=(b); ARGS+=(c); a ${ARGS[*]}", ["a b c"]),
        ("ARGS=(b); ARGS=(c); a ${ARGS[@]}", ["a c"]),
        ("a ${NONE[@]}", ["a ${NONE[@]}"]),
        ("ARGS=b; a ${ARGS[@]}", ["a ${ARGS[@]}"]),
        ("EMPTY=(); ${EMPTY[@]}", []),
        ("a 'b' \"c\"", ["a b c"]),
    ],
)  # fmt: skip
def test_commands_of_a_shell_line(line: str, found: list[str]) -> None:
    assert told(["bash", "-c", line]) == found


@pytest.mark.parametrize(
    ("command", "scripts", "found"),
    [
        (["a", "b"], {}, ["a b"]),
        (["/m/run.sh"], {"run.sh": "a"}, ["a", "/m/run.sh"]),
        (["bash", "-c", "./run.sh"], {"run.sh": "a"}, ["a", "./run.sh"]),
        (["bash", "-c", "run.sh"], {"run.sh": "a"}, ["run.sh"]),
        (["/m/run.sh"], {"run.sh": "/m/next.sh", "next.sh": "a", "other.sh": "b"}, ["/m/next.sh", "a", "/m/run.sh"]),
        (["/m/run.txt"], {"run.txt": "a"}, ["/m/run.txt"]),
        (["/m/run"], {"run": "#!/bin/sh\na"}, ["a", "/m/run"]),
        (["python3", "/m/x.py"], {"x.py": "print('a')"}, ["python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "['a', b, 'c']"}, ["a ${} c", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "('a', 'b')"}, ["a b", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "start('a', 'b')"}, ["a b", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "os.execvp('a', x)"}, ["a ${}", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "os.system('a b')"}, ["a b", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "start('a b')"}, ["a b", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "run(x, 'a b')"}, ["${} a b", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "log.info('a'); shutil.which('b'); f()(); []; run()"}, ["python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "f()('a', 1)"}, ["a ${}", "python3 /m/x.py"]),
        (["python3", "/m/x.py"], {"x.py": "['a'"}, ["python3 /m/x.py"]),
    ],
)
def test_commands_of_mounted_scripts(command: list[str], scripts: dict[str, str], found: list[str]) -> None:
    assert told(command, scripts) == found


def test_words_and_lines_of_python() -> None:
    given = overlay(
        mounting(command=["/m/x.py"]), config("c", **{"x.py": "\nrun('a b')\nf(\n'c',\n'd')\n['e',\n'g']\n"})
    )
    first, second, third, line = commands.commands(given, given.pods[0].main[0])
    assert [word.pointer for word in (*first.words, *second.words, *third.words)] == [
        ("data", "x.py", n) for n in (1, 1, 3, 4, 5, 6)
    ]
    assert (first.words[0].resource.kind, line.words[0].pointer) == (
        "ConfigMap",
        ("spec", "containers", 0, "command", 0),
    )


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"image": "vllm/vllm-openai:v1", "args": ["--port", "80"]}, ["vllm serve --port 80"]), ({"image": "vllm/vllm-openai:v1"}, ["vllm serve"]),
        ({"image": "vllm/vllm-openai:v1", "command": ["a"], "args": ["b"]}, ["a b"]), ({"image": "x"}, []), ({"image": "x", "args": ["a"]}, ["a"]),
    ],
)  # fmt: skip
def test_what_an_image_starts_by_itself(fields: dict[str, Any], found: list[str]) -> None:
    given = overlay(pod(**fields))
    assert [" ".join(one.texts) for one in commands.commands(given, given.pods[0].main[0])] == found


def test_a_predictors_line_may_be_its_runtimes() -> None:
    service = thing("InferenceService", "s", {"predictor": {"model": {"runtime": "r", "args": ["b"]}}})
    for line, found in ((["bash", "-c", "a x"], ["a x"]), (["a"], ["a b"])):
        given = overlay(
            service, thing("ServingRuntime", "r", {"containers": [main(name="kserve-container", command=line)]})
        )
        (container,) = kserve.main(given, given.pods[0])
        assert [" ".join(one.texts) for one in commands.commands(given, container)] == found


# --- environment


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"env": [{"name": "A", "value": "1"}]}, "1"), ({"env": [{"name": "A", "value": 1}]}, "1"), ({"env": [{"name": "A"}]}, ""), ({"env": [{"name": "A", "value": None}]}, ""),
        ({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, "2"),
        ({"env": [{"name": "B", "value": "1"}, {"name": "A", "value": "x$(B)$(C)$$(B)"}]}, "x1$(C)$$(B)"), ({"env": [{"name": "A", "value": "$(A)"}]}, "$(A)"),
        ({"envFrom": [{"configMapRef": {"name": "c"}}]}, "own"), ({"envFrom": [{"configMapRef": {"name": "c"}, "prefix": "A"}]}, None),
        ({"envFrom": [{"configMapRef": {"name": "short"}, "prefix": "A"}]}, "7"), ({"envFrom": [{"configMapRef": {"name": "none"}}, {}]}, None),
        ({"envFrom": [{"configMapRef": {"name": "c"}}], "env": [{"name": "A", "value": "1"}]}, "1"), ({"env": [{"name": "A", "valueFrom": {}}]}, "\0unknown\0"),
        ({"envFrom": [{"configMapRef": {"name": "c"}}], "env": [{"name": "A", "value": "<$(A)>"}]}, "<own>"),
    ],
)  # fmt: skip
def test_variables(fields: dict[str, Any], value: str | None) -> None:
    given = overlay(pod(**fields), config("c", A="own"), thing("ConfigMap", "short", data={"": 7}))
    found = variables(given, given.pods[0].main[0]).get("A")
    assert (found and found[0]) == value
    if found is not None and "envFrom" not in fields:
        assert found[1][-2] == len(fields["env"]) - 1 and found[1][-1] == (
            "value" if "value" in fields["env"][-1] else "valueFrom"
        )


def test_a_variable_that_is_too_long_is_unknown() -> None:
    for count, value in ((4, "x" * 4096), (5, "\0unknown\0")):
        env = [{"name": "B", "value": "x" * 1024}, {"name": "A", "value": "$(B)" * count}]
        given = overlay(pod(env=env))
        assert variables(given, given.pods[0].main[0])["A"][0] == value


def test_texts_that_run() -> None:
    given = overlay(
        mounting(command=["a", "b"]), config("c", **{"a.sh": "1", "b.txt": "2", "c": "#!x", "d.py": "3", "e.bash": "4"})
    )
    assert [(text.text, text.path) for text in texts(given, given.pods[0].main[0])] == [
        ("a", ""), ("b", ""), ("1", "/m/a.sh"), ("#!x", "/m/c"), ("3", "/m/d.py"), ("4", "/m/e.bash"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "is_one"),
    [
        ("a b", "", True), ("a\tb", "", True), (" a ", "", False), ("a", "", False), ("a", "/x", True), ("a", "/x.sh", True), ("a", "/x.py", False),
        ("#!/usr/bin/python3\na", "/x", False), ("#!/bin/sh\npython a", "/x", True), ("a python b", "", True), ("a b", "/x.py", False),
    ],
)  # fmt: skip
def test_texts_that_a_shell_reads(text: str, path: str, is_one: bool) -> None:
    assert is_shell(Text(text, overlay(pod()).resources[0], (), path)) is is_one


@pytest.mark.parametrize(
    ("command", "scripts", "value"),
    [
        (["/m/a.sh"], {"a.sh": "A=1"}, "1"), (["bash", "-c", "/m/a.sh"], {"a.sh": "A=1"}, "1"), (["/m/b.sh"], {"a.sh": "A=1", "b.sh": ""}, None), (["/m/a.py"], {"a.py": "A=1"}, None),
        (["/m/a.sh"], {"a.sh": "A=1\nA=2"}, UNKNOWN), (["bash", "-c", "A=2; /m/a.sh"], {"a.sh": "A=1"}, UNKNOWN), (["/m/a"], {"a": "#!/usr/bin/python\nA=1"}, None), (["A=1 x"], {}, None),
    ],
)  # fmt: skip
def test_variables_that_mounted_scripts_set(command: list[str], scripts: dict[str, str], value: str | None) -> None:
    given = overlay(mounting(command=command), config("c", **scripts))
    assert settled(given, given.pods[0].main[0]).get("A") == value


# --- launchers


def configured(
    scripts: dict[str, str], text: str = "a: 1", key: str = "e.yaml", command: list[str] | None = None
) -> list[launchers.Configuration]:
    given = overlay(mounting(command=command or ["/m/run.sh"]), config("c", **{key: text}, **scripts))
    return list(launchers.configurations(given))


READS = "load e.yaml; use some-name and other_name x.y"


@pytest.mark.parametrize(
    ("scripts", "text", "key", "generic"),
    [
        ({"run.sh": READS}, "a: 1", "e.yaml", False), ({"run.sh": "load e.yml"}, "a: 1", "e.yml", False), ({"run.sh": "load e.json"}, "a: 1", "e.json", None),
        ({"run.sh": "nothing"}, "a: 1", "e.yaml", None), ({"run.txt": READS}, "a: 1", "e.yaml", None), ({}, "a: 1", "e.yaml", None),
        ({"run.sh": READS}, "[a]", "e.yaml", None), ({"run.sh": READS}, "a: [", "e.yaml", None),
        ({"run.sh": READS}, "a: 1\n---\nb: 2", "e.yaml", None), ({"run.sh": READS}, "", "e.yaml", None),
        ({"run.sh": f"{READS}\nwhile read x; do y; done"}, "a: 1", "e.yaml", True), ({"run.sh": READS, "x.py": "d.items()"}, "a: 1", "e.yaml", True),
        ({"run.sh": "x --config /m/e.yaml"}, "a: 1", "e.yaml", True), ({"run.sh": "x --config='/m/e.yaml'"}, "a: 1", "e.yaml", True),
        ({"run.sh": "x /m/e.yaml; y --config /m/e.yaml"}, "a: 1", "e.yaml", True), ({"run.sh": "x -c /m/e.yaml"}, "a: 1", "e.yaml", False),
        ({"run.sh": "x a--config /m/e.yaml"}, "a: 1", "e.yaml", False), ({"run.sh": "x --config  /m/e.yaml"}, "a: 1", "e.yaml", False),
    ],
)  # fmt: skip
def test_files_that_scripts_read(scripts: dict[str, str], text: str, key: str, generic: bool | None) -> None:
    found = configured(scripts, text, key)
    assert [one.generic for one in found] == ([] if generic is None else [generic])
    assert all(one.pointer == ("data", key) and one.content == {"a": 1} for one in found)


def test_a_file_on_the_command_line_is_handed_on() -> None:
    assert configured({"run.sh": READS}, command=["x", "--config=/m/e.yaml"])[0].generic


def test_names_that_scripts_know() -> None:
    (shell_,) = configured({"run.sh": READS})
    assert {"some-name", "other_name"} <= shell_.names and "some" not in shell_.names
    assert [shell_.mentions(name) for name in ("some-name", "name", "other_name", "x.y", "x.z", "e.y", "e.yaml")] == [
        True, False, True, True, False, False, True,
    ]  # fmt: skip
    assert [shell_.respelled(name) for name in ("some_name", "other-name", "some-name", "none_such", "load")] == [
        "some-name", "other_name", None, None, None,
    ]  # fmt: skip
    (python,) = configured({"x.py": "f('some-name', 7, 'e.yaml')  # other"})
    assert python.names == {"some-name", "e.yaml"}
    (both,) = configured({"run.sh": "e.yaml a-b a_b"})
    assert both.respelled("a-b") is None
    assert [launchers.Configuration.scalar(value) for value in (1, "x", None, [], {})] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_file_of_two_containers_counts_once() -> None:
    mount = {"volumeMounts": [{"name": "v", "mountPath": "/m"}]}
    body = pod(
        spec={"containers": [main(**mount), main(**mount)], "volumes": [{"name": "v", "configMap": {"name": "c"}}]}
    )
    given: Overlay = overlay(body, config("c", **{"e.yaml": "a: 1", "f.yaml": "a: 1", "run.sh": "e.yaml f.yaml"}))
    assert [one.pointer for one in launchers.configurations(given)] == [("data", "e.yaml"), ("data", "f.yaml")]


def test_a_file_is_judged_in_the_container_that_has_its_script() -> None:
    part = {"volumeMounts": [{"name": "v", "mountPath": "/e.yaml", "subPath": "e.yaml"}]}
    whole = {"volumeMounts": [{"name": "v", "mountPath": "/m"}]}
    body = pod(
        spec={"containers": [main(**part), main(**whole)], "volumes": [{"name": "v", "configMap": {"name": "c"}}]}
    )
    given = overlay(body, config("c", **{"e.yaml": "a: 1", "run.sh": "e.yaml"}))
    assert [one.pointer for one in launchers.configurations(given)] == [("data", "e.yaml")]


# --- the plug-in of NCCL


GIB = "us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib:v1.0.5"


def plugged(
    mount: dict[str, Any] | None = None, volume: dict[str, Any] | None = None, init: dict[str, Any] | None = None
) -> dict[str, Any]:
    mounts = [{"name": "v", "mountPath": "/x", **mount}] if mount is not None else []
    return pod(
        volumeMounts=mounts,
        spec={"initContainers": [init] if init else [], "volumes": [{"name": "v", **(volume or {})}]},
    )


FILLS = main(image=GIB, volumeMounts=[{"name": "v"}])


@pytest.mark.parametrize(
    ("body", "path", "folders"),
    [
        (plugged(), None, ()),
        (plugged({}), None, ()),
        (plugged({}, init=main(image="x")), None, ()),
        (plugged({}, init=FILLS), "/x", ("/x", "/x/lib64")),
        (plugged({"mountPath": "/x/"}, init=FILLS), "/x", ("/x", "/x/lib64")),
        (plugged({"name": "w"}, init=FILLS), None, ()),
        (plugged({"mountPath": "/usr/local/gib"}), "/usr/local/gib", ("/usr/local/gib", "/usr/local/gib/lib64")),
        (
            plugged({}, {"hostPath": {"path": "/home/kubernetes/bin/gib/"}}),
            "/x",
            ("/x", "/x/lib64", "/usr/local/nvidia/lib64"),
        ),
        (plugged({}, {"hostPath": {"path": "/home/gib/bin"}}), None, ()),
    ],
)
def test_where_the_plug_in_is_mounted(body: dict[str, Any], path: str | None, folders: tuple[str, ...]) -> None:
    container = overlay(body).pods[0].main[0]
    found = gib.mounted(container)
    assert (found and found.path) == path and (found.folders if found else ()) == folders


def test_its_usual_place_comes_first() -> None:
    mounts = [{"name": "v", "mountPath": "/x"}, {"name": "v", "mountPath": gib.DEFAULT}]
    container = overlay(pod(volumeMounts=mounts, spec={"initContainers": [FILLS]})).pods[0].main[0]
    found = gib.mounted(container)
    assert found is not None and found.path == gib.DEFAULT and found.pointer[-1] == 1
    assert found.folders == ("/x", "/x/lib64", gib.DEFAULT, f"{gib.DEFAULT}/lib64")


@pytest.mark.parametrize(
    ("image", "is_it"),
    [(GIB, True), ("h:5000/nccl-plugin-gib", True), ("gib/nccl:v1", False), ("nccl:gib", False), ("x", False)],
)
def test_the_installer_of_the_plug_in(image: str, is_it: bool) -> None:
    given = overlay(thing("Pod", spec={"containers": [main(image=GIB)], "initContainers": [main(image=image)]}))
    found = gib.installer(given.pods[0])
    assert (found is not None) is is_it and (found is None or found.init)


@pytest.mark.parametrize(
    ("command", "is_so"),
    [
        ([], True), (["vllm", "serve"], False), (["/m/run.sh"], False), (["/other.sh"], True), (["bash", "-c", "/m/run.sh; /other.sh"], True),
        (["bash", "-c", "/m/run.sh; /x/set_nccl_env.sh"], False), (["/x.bash"], True), (["/x.py"], False),
    ],
)  # fmt: skip
def test_whether_what_starts_is_in_the_manifest(command: list[str], is_so: bool) -> None:
    given = overlay(mounting(command=command), config("c", **{"run.sh": "a"}))
    container = given.pods[0].main[0]
    assert gib.unseen(container, texts(given, container)) is is_so


def test_texts_that_a_program_works_with() -> None:
    assert gib.spoken('"""doc"""\nx = "a"  # b\ndef f():\n    "doc"\n    return "c", 7\n') == ("a", "c")
    assert gib.spoken("x = (") == ()


@pytest.mark.parametrize(
    ("image", "parts", "is_gib"),
    [
        ("a/b:v1", ("a/b", "v1"), False), ("h:5000/a/b", ("h:5000/a/b", ""), False), ("b", ("b", ""), False), ("a/b:v1@sha256:x", ("a/b", "v1"), False),
        (GIB, (GIB.partition(":")[0], "v1.0.5"), True), ("x/nccl-gib:v1", ("x/nccl-gib", "v1"), True), ("x/nccl-plugin-gib-arm64:v1", ("x/nccl-plugin-gib-arm64", "v1"), True),
        ("gpudirect-gib/y:v1", ("gpudirect-gib/y", "v1"), True), ("nccl-gib/y:v1", ("nccl-gib/y", "v1"), False),
    ],
)  # fmt: skip
def test_images_of_the_plug_in(image: str, parts: tuple[str, str], is_gib: bool) -> None:
    assert images.split(image) == parts and gib.is_gib(parts[0]) is is_gib
