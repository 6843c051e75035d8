"""The command line as others script against it: exit codes, formats, identical bytes, and never a traceback."""

from __future__ import annotations

import io
import json
import os
import pty
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import servelint
from servelint.commands import console
from servelint.commands.validate import main
from servelint.rules import all_rules
from servelint.steps import render
from servelint.steps.discover import targets
from servelint.steps.request import MAX_MANIFEST
from support import PYTHON, ROOT, environment

SCRIPT = str(ROOT / "scripts/validate.py")
LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"


def run(*arguments: str, cwd: Path = ROOT, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PYTHON, SCRIPT, *arguments], cwd=cwd, input=stdin, capture_output=True, env=environment(**changes), check=False
    )


def call(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments), root=root)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def break_one(fleet: Path) -> None:
    """One overlay asks for more GPUs than its pod has."""
    engine = fleet / LEAF / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 16"))


def test_clean_fleet_is_0_and_names_every_overlay(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, ROOT, "--format", "json")
    report = json.loads(out)
    assert (status, err) == (0, "")
    assert [o["path"] for o in report["overlays"]] == [t.path for t in targets(ROOT)]
    assert all(o["resources"] > 0 for o in report["overlays"])
    assert report["version"] == 1 and report["summary"]["errors"] == 0


def test_one_broken_overlay_among_good_ones_is_1(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    break_one(fleet)
    status, out, _ = call(capsys, fleet, "--format", "json")
    report = json.loads(out)
    assert status == 1
    assert {f["overlay"] for f in report["findings"]} <= {LEAF, "overlays/clusters/a3ultra-able"}
    assert LEAF in {f["overlay"] for f in report["findings"] if f["severity"] == "error"}
    assert len(report["overlays"]) == len(targets(fleet))


@pytest.mark.parametrize("arguments", [[], ["overlays/none"], ["/"], ["README.md"], [""]])
def test_no_overlay_found_is_2(arguments: Sequence[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for folder in ("hardware", "models"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    status, out, err = call(capsys, tmp_path, *arguments)
    assert (status, out) == (2, "") and "overlay" in err.lower()


def test_missing_kustomize_is_2(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", "/nonexistent/kustomize")
    status, out, err = call(capsys, ROOT, LEAF)
    assert (status, out) == (2, "") and "/nonexistent/kustomize" in err and "make setup" in err


@pytest.mark.parametrize(
    ("find", "replace", "said"),
    [
        ("gpus: 8", "gpus: eight", "gpus"),
        ("gpus: 8", "gpuss: 8", "gpuss"),
        ("gpus: 8", "", "gpus"),
        ("gpus: 8", "gpus: [8", "hardware/a3ultra/hardware.yaml"),
    ],
)
def test_malformed_hardware_is_2_with_file_and_line(
    find: str, replace: str, said: str, capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    file = fleet / "hardware/a3ultra/hardware.yaml"
    text = file.read_text()
    assert text.count(f"\n{find}\n") == 1
    file.write_text(text.replace(f"\n{find}\n", f"\n{replace}\n"))
    status, out, err = call(capsys, fleet)
    assert (status, out) == (2, "")
    assert err.startswith("hardware/a3ultra/hardware.yaml:") and err.split(":")[1].isdigit() and said in err


def test_a_crashing_rule_is_2_and_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(overlay: object) -> object:
        return 1 / 0

    monkeypatch.setitem(all_rules(), "idle-gpus", replace(all_rules()["idle-gpus"], run=crash))
    status, out, err = call(capsys, ROOT, LEAF)
    assert status == 2 and "1 overlay" in out and "idle-gpus" in err and "ZeroDivisionError" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "xml"], ["--nonsense"], ["--jobs", "0"], ["--jobs", "many"], ["--rule", "idle-gpu"],
        ["--explain", "nothing"], ["--kubernetes-version", "1.9"], ["--manifest", "x.yaml"], ["--hardware", "a3ultra"],
        ["--manifest", "-", "--hardware", "h100"], ["--manifest", "-", "--hardware", "a3ultra", LEAF],
        ["--manifest", "/nonexistent", "--hardware", "a3ultra"], ["--form", "json"],
        ["--manifest", "-", "--hardware", "a3ultra", "--model", "gpt"],
        ["--kubernetes-version", "9.9"], ["--model", "deepseek-r1"], ["--workload", "sglang-serve"],
        ["--manifest", "-", "--model", "deepseek-r1"],
        ["--manifest", "-", "--hardware", "a3ultra", "--workload", "sglang-serv"],
        # Nothing would be validated, or nothing of what was asked for.
        ["--rule", "idle-gpus", "--skip", "idle-gpus"], ["--rule", "tight-gpu-memory", "--skip", "overfull-gpus"],
        [w for rule in all_rules() for w in ("--skip", rule)],
        ["--rule", "unused-exception"], ["--manifest", "-", "--hardware", "a3ultra", "--rule", "patch-without-target"],
        ["--manifest", "-", "--hardware", "a3ultra", "--rule", "idle-gpus", "--rule", "failed-build"],
        ["--manifest", "-", "--hardware", "a3ultra", "--rule", "unused-exception"],
        # A variable of a script that is not set.
        [""], ["--manifest", ""], ["--explain", ""], ["--rule", ""], ["--skip", ""], ["--kubernetes-version", ""],
        ["--manifest", "x.yaml", "--manifest", "", "--hardware", "a3ultra"],
        # One file is one: under another name, too.
        ["--manifest", SCRIPT, "--manifest", SCRIPT, "--hardware", "a3ultra"],
        ["--manifest", "/dev/null", "--manifest", "/dev/../dev/null", "--hardware", "a3ultra"],
        ["--manifest", "-", "--hardware", ""], ["--manifest", "-", "--hardware", "a3ultra", "--model", ""],
        ["--output", ""], ["--hardware", ""],
        # No overlay.
        [f"{LEAF}/engine.yaml"], ["/"], ["/etc"], [".."], ["../.."], ["x\0y"], ["x" * 5_000], ["overlays/none"],
        [f"{LEAF}/kustomization.yaml/x"], ["overlays/none/kustomization.yaml"], ["base/sglang-serve"],
    ],
    ids=lambda arguments: ascii(" ".join(arguments))[:80],
)  # fmt: skip
def test_bad_usage_is_2_with_one_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, ROOT, *arguments)
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1 and "Traceback" not in err


def test_a_link_to_itself_is_no_overlay(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    status, out, err = call(capsys, ROOT, str(tmp_path / "loop"))
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_json_is_identical_over_runs_folders_and_caches(tmp_path: Path) -> None:
    first = run("--format", "json")
    assert first.returncode == 0, first.stderr
    for other in (
        run("--format", "json"),
        run("--format", "json", cwd=tmp_path),
        run("--format", "json", "--no-cache"),
        run("--format", "json", "--jobs", "1", cwd=Path("/")),
    ):
        assert other.stdout == first.stdout


def test_findings_are_identical_too(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    break_one(fleet)
    reports = {call(capsys, fleet, "--format", "json", *extra)[1] for extra in ([], ["--no-cache"], ["--jobs", "1"])}
    assert len(reports) == 1
    assert str(fleet) not in reports.pop(), "no absolute path in a report"


def test_two_runs_at_once(tmp_path: Path) -> None:
    outputs: list[bytes] = []
    cache = str(tmp_path)
    threads = [
        threading.Thread(target=lambda: outputs.append(run("--format", "json", XDG_CACHE_HOME=cache).stdout))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(outputs)) == 1 and outputs[0]


@pytest.mark.parametrize(
    "target", [t for t in targets(ROOT) if t.kind == "leaf"], ids=lambda t: f"{t.hardware}/{t.model}/{t.workload}"
)
def test_manifest_gives_the_findings_of_its_overlay(
    target: object, capsys: pytest.CaptureFixture[str], copy: Callable[[], Path], tmp_path: Path
) -> None:
    """Broken on purpose, so that there is something to compare."""
    fleet = copy()
    path, hardware, model = target.path, target.hardware, target.model  # type: ignore[attr-defined]
    host = fleet / f"hardware/{hardware}/host.yaml"
    host.write_text(host.read_text().replace("cloud.google.com/gke-accelerator", "cloud.google.com/gke-acelerator"))
    kustomization = fleet / path / "kustomization.yaml"
    kustomization.write_text(f"{kustomization.read_text()}\nnameSuffix: Upper_Case\n")
    rendered = render.run_kustomize(str(fleet / path)).text
    assert rendered is not None
    (tmp_path / "rendered.yaml").write_text(rendered)
    _, whole, _ = call(capsys, fleet, path, "--format", "json")
    _, alone, err = call(
        capsys, fleet, "--manifest", str(tmp_path / "rendered.yaml"), "--hardware", hardware, "--model", model,
        "--workload", target.workload, "--format", "json",  # type: ignore[attr-defined]
    )  # fmt: skip
    assert err == ""
    keys = ("rule", "severity", "resource", "pointer", "message", "hint", "covers")

    def essence(report: str) -> list[str]:
        findings = json.loads(report)["findings"]
        sources = {rule.id for rule in all_rules().values() if rule.scope == "check_sources"}
        return sorted(json.dumps([f[key] for key in keys]) for f in findings if f["rule"] not in sources)

    assert essence(alone) == essence(whole)


def test_manifest_points_at_its_own_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
                    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\ndata:\n  c: 1\n")  # fmt: skip
    status, out, _ = call(capsys, ROOT, "--manifest", str(file), "--hardware", "a4x", "--format", "json")
    (finding,) = json.loads(out)["findings"]
    assert (status, finding["line"], finding["pointer"]) == (1, 10, "/data/c")


SET = {
    "service.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n    image: a:1\n"
    "    envFrom: [{configMapRef: {name: engine}}]\n",
    "engine.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: engine}\ndata: {a: 1}\n",
}


def manifests(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """Files as the options that name them."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return ["--hardware", "a3ultra", *(word for name in files for word in ("--manifest", str(tmp_path / name)))]


def test_several_manifests_are_one_set(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each is judged, one may name what another holds, and a finding is one of its own file and line."""

    def found(files: dict[str, str]) -> list[tuple[str, str, int]]:
        out = call(capsys, ROOT, *manifests(tmp_path, files), "--format", "json")[1]
        report = json.loads(out)
        assert [Path(o["path"]).name for o in report["overlays"]] == list(files)
        assert all(o["resources"] == 1 for o in report["overlays"])
        assert all(f["overlay"] == f["file"] for f in report["findings"])
        return sorted(
            (Path(f["file"]).name, f["rule"], f["line"]) for f in report["findings"] if f["severity"] == "error"
        )

    alone = found({"service.yaml": SET["service.yaml"]})
    assert ("service.yaml", "dangling-reference", 8) in alone
    together = found(SET)
    assert together == found(dict(reversed(SET.items())))
    assert [e for e in together if e[1] == "dangling-reference"] == []
    assert ("engine.yaml", "schema-violation", 4) in together
    twice = found({"a.yaml": SET["engine.yaml"], "b.yaml": SET["engine.yaml"]})
    assert ("b.yaml", "twice-rendered-object", 3) in twice


def test_stdin_may_be_one_of_several(tmp_path: Path) -> None:
    options = manifests(tmp_path, {"service.yaml": SET["service.yaml"]})
    done = run(*options, "--manifest", "-", stdin=SET["engine.yaml"].encode())
    assert done.returncode == 1 and b"<stdin>:4: error[schema-violation]" in done.stdout
    assert b"dangling-reference" not in done.stdout
    for more in (["--manifest", "-"], ["--manifest", "/dev/stdin"]):
        done = run(*options, "--manifest", "-", *more, stdin=SET["engine.yaml"].encode())
        assert (done.returncode, done.stdout) == (2, b"") and b"<stdin>" in done.stderr


def test_the_limits_are_those_of_all_manifests(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    half = f"# {'x' * (MAX_MANIFEST // 2)}\n{SET['engine.yaml']}"
    assert call(capsys, ROOT, *manifests(tmp_path, {"a.yaml": half}))[0] == 1
    status, out, err = call(capsys, ROOT, *manifests(tmp_path, {"a.yaml": half, "b.yaml": half}))
    assert (status, out) == (2, "") and "b.yaml: with the manifests before it larger than" in err


def test_what_is_no_yaml_is_named_with_its_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, err = call(capsys, ROOT, *manifests(tmp_path, {**SET, "c.yaml": "a: b\nc: [\n---\n"}))
    assert (status, out) == (2, "") and err.startswith(f"validate.py: {tmp_path}/c.yaml:3: is not YAML")


DUPLICATES = {
    "at the top": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {}\ndata: {a: b}\n", {5}),
    "deep": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    a: b\n    c: d\n    a: e\n  name: a\n", {7}),
    "in a flow": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b,\n  c: d, 'a': e}\n", {5}),
    "JSON": ('{"apiVersion": "v1", "kind": "ConfigMap",\n"metadata": {"name": "a"},\n"data": {"a": "b",\n"a": "c"}}\n', {4}),
    "an item of a List": ("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n"
                          "  data:\n    a: b\n    a: c\n", {9}),
    "in the second document": ("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\n"
                               "metadata: {name: b}\nimmutable: true\nimmutable: false\n", {10}),
    "two objects": (SET["engine.yaml"].replace("a: 1", "a: x") + SET["service.yaml"], {5}),
    "two objects, and more": (f"{SET['engine.yaml'].replace('a: 1', 'a: x')}{SET['engine.yaml'].replace('a: 1', 'a: x, a: y')}", {5, 8}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), DUPLICATES.values(), ids=DUPLICATES)
def test_a_key_that_stands_twice_in_a_manifest_is_an_error(
    text: str, lines: set[int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = manifests(tmp_path, {"first.yaml": SET["engine.yaml"].replace("engine", "other"), "m.yaml": text})
    for only in ([], ["--rule", "duplicate-source-key"]):
        status, out, _ = call(capsys, ROOT, *options, *only, "--format", "json")
        found = [f for f in json.loads(out)["findings"] if f["rule"] == "duplicate-source-key"]
        assert status == 1 and {f["line"] for f in found} == lines and len(found) == len(lines)
        assert {Path(f["file"]).name for f in found} == {"m.yaml"}


def test_stdin_and_a_reader_that_leaves(tmp_path: Path) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: 1}\n"
    done = run("--manifest", "-", "--hardware", "a3ultra", stdin=text)
    assert done.returncode == 1 and b"<stdin>:4" in done.stdout
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        process = subprocess.run(
            [PYTHON, SCRIPT, "--list-rules"], stdout=closed, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert b"Traceback" not in process.stderr


GARBAGE = {
    "empty": b"",
    "binary": bytes(range(256)),
    "no object": b"- 1\n- 2\n",
    "a scalar": b"hello",
    "not YAML": b"a: [b",
    "tabs": b"a:\n\tb: c\n",
    "unknown tag": b"a: !!python/object:os.system {}\n",
    "an alias bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("k"))),
    "an endless alias": b"a: &a [*a]\n",
    "deep nesting": b"[" * 100_000,
    "deep mappings": b"".join(b" " * i + b"a:\n" for i in range(2_000)),
    "a long key": b"? " + b"k" * 100_000 + b"\n: v\n",
    "a huge number": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: " + b"9" * 6_000 + b"}\n",
    "keys that are no text": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n1: 2\n[a]: b\n? {c: d}\n: e\n",
    "a null document": b"---\n---\n~\n---\n",
    "a NUL": b"a: \x00\n",
}


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE)
def test_garbage_ends_in_a_message(text: bytes) -> None:
    done = run("--manifest", "-", "--hardware", "a3ultra", stdin=text)
    assert done.returncode in (0, 1, 2)
    assert b"Traceback" not in done.stderr
    if done.returncode == 2:
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("text", [t for t in GARBAGE.values() if t], ids=[n for n in GARBAGE if n != "empty"])
@pytest.mark.parametrize("file", ["kustomization.yaml", "engine.yaml", "extra.yaml"])
def test_garbage_in_a_source_is_a_finding(
    file: str, text: bytes, capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    (fleet / LEAF / file).write_bytes(text)
    if file == "extra.yaml":
        kustomization = fleet / LEAF / "kustomization.yaml"
        kustomization.write_text(f"{kustomization.read_text()}patches:\n- path: extra.yaml\n")
    status, out, err = call(capsys, fleet, LEAF, "--format", "json")
    assert status in (0, 1) and err == ""
    if status == 1:
        assert all(f["file"].startswith(("overlays/", "base/", "hardware/")) for f in json.loads(out)["findings"])


def test_output_file_appears_whole_or_not_at_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    assert call(capsys, ROOT, LEAF, "--format", "json", "--output", str(target))[:2] == (0, "")
    assert json.loads(target.read_text())["version"] == 1
    assert list(tmp_path.iterdir()) == [target]
    status, out, err = call(capsys, ROOT, LEAF, "--output", str(tmp_path / "no" / "folder"))
    assert (status, out) == (2, "") and "No such file" in err
    full = run(LEAF, "--output", "/dev/full")
    assert full.returncode == 2 and b"Traceback" not in full.stderr


def small_files_only(*arguments: str, limit: int, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """A run that may write no file above ``limit`` bytes: what a full disk does, without filling one."""
    code = (
        f"import resource, runpy, sys; sys.argv = sys.argv[1:]; sys.path.insert(0, {str(ROOT / 'scripts')!r});"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [PYTHON, "-c", code, SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, env=environment(**changes), check=False)


def test_a_full_disk_spoils_neither_the_cache_nor_the_report(tmp_path: Path) -> None:
    whole = run(LEAF, "--format", "json")
    cache = tmp_path / "cache"
    # The cache is a convenience: without room for it the verdict is the same, and nothing half-written stays.
    done = small_files_only(LEAF, "--format", "json", limit=3_000, XDG_CACHE_HOME=str(cache))
    assert (done.returncode, done.stdout, done.stderr) == (0, whole.stdout, b"")
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert not [path for path in kept if path.suffix == ".part"] and "renders" not in {
        path.parent.name for path in kept
    }
    # The report is what was asked for: without room for it there is none.
    report = tmp_path / "report.sarif"
    report.write_text("before")
    done = small_files_only(LEAF, "--format", "sarif", "--output", str(report), limit=50, XDG_CACHE_HOME=str(cache))
    assert done.returncode == 2 and b"Traceback" not in done.stderr and done.stderr.count(b"\n") == 1
    assert report.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "report.sarif"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("kill -9 $$", "SIGKILL"),
        ("kill -9 $PPID", "together with the process that watches it"),
        ("while :; do echo endless endless endless endless; done", "Kustomize"),
        ("exit 1", "said nothing"),
    ],
    ids=["itself", "its warden", "endless", "silent"],
)
def test_a_kustomize_that_dies_is_a_finding(body: str, said: str, tmp_path: Path) -> None:
    script = tmp_path / "kustomize"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    cache = str(tmp_path / "cache")
    done = run(LEAF, "--format", "json", SERVELINT_KUSTOMIZE=str(script), XDG_CACHE_HOME=cache)
    assert b"Traceback" not in done.stderr
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["rule"], said in finding["message"]) == (1, "failed-build", True)
    # Nothing is left behind that a later run could take for a render.
    assert run(LEAF, XDG_CACHE_HOME=cache).returncode == 0


def test_formats_say_the_same(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    break_one(fleet)
    outputs = {
        style: call(capsys, fleet, LEAF, "--format", style)[1] for style in ("text", "json", "github", "sarif", "junit")
    }
    findings = json.loads(outputs["json"])["findings"]
    errors = [f for f in findings if f["severity"] == "error"]
    assert errors
    for finding in findings:
        place = f"{finding['file']}:{finding['line']}: {finding['severity']}[{finding['rule']}]"
        assert place in outputs["text"]
        assert f"::{finding['severity']} file={finding['file']},line={finding['line']}," in outputs["github"]
    sarif = json.loads(outputs["sarif"])["runs"][0]
    assert len(sarif["results"]) == len(findings)
    assert all(sarif["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in sarif["results"])
    suite = ElementTree.fromstring(outputs["junit"])
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert len(suite.findall("testcase/failure")) == len(errors)


@pytest.mark.parametrize(
    ("option", "terminal", "variables", "coloured"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "0"}, False),
        ("auto", True, {"FORCE_COLOR": "0"}, False),
        ("auto", True, {"CLICOLOR": "0"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_and_for_who_asks(
    option: str, terminal: bool, variables: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    stdout = io.StringIO()
    monkeypatch.setattr(stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("sys.stdout", stdout)
    assert console.coloured(option) is coloured
    assert console.coloured(option, "report.txt") is False, "a file has no colour"


def test_no_colour_in_pipes_files_and_other_formats(tmp_path: Path) -> None:
    plain = run(LEAF).stdout
    assert b"\x1b" not in plain and b"\x1b[" in run(LEAF, "--color", "always").stdout
    assert run(LEAF, "--color", "always", "--output", str(tmp_path / "r")).stdout == b""
    assert (tmp_path / "r").read_bytes() == plain
    assert b"\x1b" not in run(LEAF, "--color", "always", "--format", "github").stdout


def test_a_terminal_gets_colour() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "wb") as terminal:
        changes = {"TERM": "xterm", "NO_COLOR": "", "FORCE_COLOR": "", "CLICOLOR": "", "CLICOLOR_FORCE": ""}
        done = subprocess.run(
            [PYTHON, SCRIPT, LEAF, "--format", "text"], stdout=terminal, env=environment(**changes), check=False
        )
        said = os.read(master, 10_000)
    os.close(master)
    assert done.returncode == 0 and said.startswith(b"\x1b[32;1m1 overlay")


def test_the_version_is_named_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, ROOT, "--version") == (0, f"servelint {servelint.__version__}\n", "")
    report = json.loads(call(capsys, ROOT, LEAF, "--format", "json")[1])
    assert report["version"] == 1 and report["tool"] == {"name": "servelint", "version": servelint.__version__}
    (sarif,) = json.loads(call(capsys, ROOT, LEAF, "--format", "sarif")[1])["runs"]
    assert sarif["tool"]["driver"]["version"] == servelint.__version__


def test_auto_format_follows_github_actions() -> None:
    assert b"::error" not in run(LEAF).stdout
    text = b"apiVersion: v1\nkind: Nothing\nmetadata: {name: 'a%b'}\n"
    done = run("--manifest", "-", "--hardware", "a3ultra", stdin=text, GITHUB_ACTIONS="true")
    assert done.stdout.startswith(b"::error file=<stdin>,line=2,title=unknown-kind::")


def test_strict_makes_warnings_block(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    engine = fleet / LEAF / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 4"))
    arguments = [LEAF, "--rule", "idle-gpus"]
    assert call(capsys, fleet, *arguments)[0] == 0
    assert call(capsys, fleet, *arguments, "--strict")[0] == 1


def test_rule_and_skip_choose(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    break_one(fleet)
    _, out, _ = call(capsys, fleet, LEAF, "--format", "json")
    rules = {f["rule"] for f in json.loads(out)["findings"]}
    one = sorted(rules)[0]
    _, out, _ = call(capsys, fleet, LEAF, "--format", "json", "--rule", one)
    assert {f["rule"] for f in json.loads(out)["findings"]} == {one}
    _, out, _ = call(capsys, fleet, LEAF, "--format", "json", "--skip", one)
    assert {f["rule"] for f in json.loads(out)["findings"]} == rules - {one}


def test_an_exception_waives_and_is_counted(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    break_one(fleet)
    _, out, _ = call(capsys, fleet, LEAF, "--format", "json")
    entries = "".join(
        f"- {{rule: {rule}, where: '*{LEAF}', reason: measured on purpose, expires: '2999-12-31'}}\n"
        for rule in sorted({f["rule"] for f in json.loads(out)["findings"]})
    )
    (fleet / "exceptions.yaml").write_text(entries)
    status, out, _ = call(capsys, fleet, LEAF, "--format", "json")
    report = json.loads(out)
    assert status == 0 and report["summary"]["waived"] == len(report["findings"]) > 0
    assert {f["waived"] for f in report["findings"]} == {"measured on purpose"}


@pytest.mark.parametrize(
    "text",
    ["a: b\n", "- {rule: idle-gpus}\n", "- text\n", "[\n", "- {rule: no-such, where: a, reason: long enough, expires: '2999-01-01'}\n",
     "- {rule: idle-gpus, where: a, reason: long enough, expires: '2999-13-01'}\n"],
)  # fmt: skip
def test_a_malformed_exceptions_file_is_2(
    text: str, capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    (fleet / "exceptions.yaml").write_text(text)
    status, out, err = call(capsys, fleet, LEAF)
    assert (status, out) == (2, "") and "exceptions.yaml:" in err


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, ROOT, "--list-rules", "--format", "json")
    assert [(r["id"], r["severities"]) for r in json.loads(out)] == [
        (r.id, [*r.severities]) for r in all_rules().values()
    ]
    for rule_id, rule in all_rules().items():
        status, out, _ = call(capsys, ROOT, "--explain", rule_id)
        assert status == 0
        assert all(part in out for part in (rule_id, *rule.hints, rule.source, "Bad:", "Good:"))
        for old, _ in rule.formerly:
            assert call(capsys, ROOT, "--explain", old) == (0, out, "")


@pytest.mark.parametrize(
    ("options", "tight", "overfull"),
    [
        ([], 1, 1), (["--rule", "tight-gpu-memory"], 1, 0), (["--rule", "overfull-gpus"], 1, 1),
        (["--rule", "tight-gpu-memory", "--rule", "idle-gpus"], 1, 0), (["--rule", "tight-gpu-memory", "--rule", "overfull-gpus"], 1, 1),
        (["--skip", "tight-gpu-memory"], 0, 1), (["--skip", "overfull-gpus"], 0, 0), (["--rule", "idle-gpus"], 0, 0),
        (["--rule", "overfull-gpus", "--skip", "tight-gpu-memory"], 0, 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_former_id_chooses_what_it_was_of(
    options: list[str], tight: int, overfull: int, capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    path = "overlays/a3ultra/llama-4-maverick-instruct/sglang-serve"
    fleet = copy()
    for change, severity, count in (
        (("context-length: 500000", "context-length: 1000000"), "warning", tight),
        (("static: 0.85", "static: 0.75"), "error", overfull),
    ):
        (fleet / path / "engine.yaml").write_text((ROOT / path / "engine.yaml").read_text().replace(*change))
        status, out, _ = call(capsys, fleet, path, "--format", "json", *options)
        found = [(f["rule"], f["severity"]) for f in json.loads(out)["findings"]]
        assert found == [("overfull-gpus", severity)] * count
        assert status == (count and severity == "error")


def test_of_a_rule_that_was_half_skipped_no_exception_is_unused(
    capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    row = f"- {{rule: tight-gpu-memory, where: {LEAF}, reason: measured on purpose, expires: '2999-01-31'}}\n"
    (fleet / "exceptions.yaml").write_text(row)
    assert call(capsys, fleet, "--skip", "tight-gpu-memory")[0] == 0
    status, out, _ = call(capsys, fleet)
    assert status == 1 and "unused-exception" in out and "nothing found by tight-gpu-memory (now overfull-gpus)" in out


@pytest.mark.parametrize(
    "option",
    [
        "--deadline 0",
        "--deadline -1",
        "--deadline nan",
        "--deadline inf",
        "--budget 0",
        "--budget x",
        "--most-overlays 0",
        "--most-files 1.5",
    ],
)
def test_a_bound_that_is_none_is_bad_usage(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(option.split()) == 2
    assert option.split()[0] in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--deadline 0.0001", "--budget 0.0001"])
def test_what_a_run_has_no_room_for_is_a_finding_that_cannot_be_waived(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "overlays/a3ultra/deepseek-r1"
    status = main([path, "--no-cache", "--format", "json", *option.split()])
    captured = capsys.readouterr()
    if status == 2:  # a slow machine has not even read the sources by then
        assert captured.out == "" and captured.err.endswith("was over before all was read (--deadline)\n")
        return
    found = json.loads(captured.out)["findings"]
    assert {finding["rule"] for finding in found} == {"failed-build"} and len(found) == 2
    assert all(option.split()[0] in finding["message"] for finding in found)
