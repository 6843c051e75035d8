"""What a container's programs see by the time they start: which files were sourced, and what a variable holds."""

from __future__ import annotations

import pytest

from manifests import config, overlay, pod
from servelint.views import startup

SCRIPTS = {
    "init.sh": "#!/bin/bash\nsource $SETUP\nexport PLACE=there\n",
    "run.sh": '#!/bin/bash\nset -eu\n. "${SETUP}"\nexport PLACE=$THERE:${PLACE:-}\nexec python3 serve.py\n',
    "again.sh": "bash /opt/again.sh\n",
    "serve.py": "serve()",
    "set.sh": "A=2\n",
    "end.sh": "A=2\nexit\nA=3\n",
    "show.sh": "show $0\n",
    "tool": "#!/bin/bash\nshow\n",
}
BEFORE = "source $SETUP\nexport PLACE=there\n"
AFTER = "\nexec python3 serve.py"


def _runs(*command: str, **more: str) -> tuple[startup.Run, ...] | None:
    env = [{"name": "SETUP", "value": "/set.sh"}, {"name": "THERE", "value": "there"}]
    volumes = {"volumes": [{"name": name, "configMap": {"name": name}} for name in ("opt", "twin")]}
    mounts = [{"name": "opt", "mountPath": "/opt"}, {"name": "twin", "mountPath": "/twin"}]
    given = overlay(
        pod(command=list(command), env=env, volumeMounts=mounts, spec=volumes),
        config("opt", **SCRIPTS, **more), config("twin", **{"show.sh": "other\n"}),
    )  # fmt: skip
    return startup.runs(given, given.pods[0].main[0])


@pytest.mark.parametrize("script", [
    BEFORE + AFTER,
    'source "$SETUP" && export PLACE=there && exec python3 serve.py',
    f"if [ -n \"$SETUP\" ]; then\n  . $SETUP\nelse\n  exit 1\nfi\nPLACE=there{AFTER}",
    f"init() {{ {BEFORE} }}\ninit{AFTER}",
    f"{BEFORE}python3 serve.py 2>&1 | tee log",
    "(source $SETUP; PLACE=there python3 serve.py)",
    "source $SETUP\nexec env PLACE=there python3 serve.py",
    f". /opt/init.sh{AFTER}",
    "bash /opt/run.sh",
    "exec /opt/run.sh",
    "cd /opt && ./run.sh",
    "bash -c 'source $SETUP; PLACE=there; exec python3 serve.py'",
    f"false || {{ source $SETUP; PLACE=there; }}{AFTER}",
    f"for i in 1 2; do source $SETUP; PLACE=there; done{AFTER}",
])  # fmt: skip
def test_a_program_sees_what_its_shell_has_set_up(script: str) -> None:
    (run,) = _runs("bash", "-c", script) or ()
    assert run.words[-2:] == ("python3", "serve.py")
    assert "/set.sh" in run.read
    assert run.values["PLACE"].strip(":").startswith("there")


@pytest.mark.parametrize("script", [
    f"echo source $SETUP; echo PLACE=there{AFTER}",
    f"true # source $SETUP; PLACE=there{AFTER}",
    f"{AFTER}\n{BEFORE}",
    f"( {BEFORE} ){AFTER}",
    f"source $SETUP | cat\nPLACE=there nvidia-smi{AFTER}",
    f"bash /opt/init.sh{AFTER}",
    f"bash -c 'source $SETUP; export PLACE=there'{AFTER}",
    f"init() {{ {BEFORE} }}{AFTER}",
    f"source $SETUP &\nx=$(PLACE=there){AFTER}",
    f"cat <<'EOF'\n{BEFORE}EOF{AFTER}",
])  # fmt: skip
def test_a_program_does_not_see_what_another_process_has_set_up(script: str) -> None:
    (run,) = _runs("bash", "-c", script) or ()
    assert run.words == ("python3", "serve.py")
    assert run.read == () and "PLACE" not in run.values


def test_the_last_value_counts_and_says_where_it_stands() -> None:
    (run,) = _runs("bash", "-c", f"export PLACE=a\nPLACE+=:b\nexport PLACE=$PLACE:c{AFTER}") or ()
    assert run.values["PLACE"] == "a:b:c"
    assert run.places["PLACE"][1] == ("spec", "containers", 0, "command", 2)
    (run,) = _runs("bash", "-c", f"export PLACE=a; unset PLACE{AFTER}") or ()
    assert "PLACE" not in run.values


def test_every_program_is_listed_without_those_beside_the_point() -> None:
    runs = _runs("bash", "-c", f"mkdir -p /x; python3 build.py; ls{AFTER}") or ()
    assert [run.words for run in runs] == [("python3", "build.py"), ("python3", "serve.py")]
    assert [run.words for run in _runs("python3", "serve.py") or ()] == [("python3", "serve.py")]


def test_what_cannot_be_followed_is_not_guessed() -> None:
    assert _runs("bash", "-c", "if then fi (") is None
    assert _runs("bash", "/opt/again.sh") is None
    assert _runs("bash", "-c", "f() { f; f; f; f; f; f; f; }\nf\npython3 serve.py") is None
    deep = "if true; then\n" * 150 + "f\n" + "fi\n" * 150
    assert _runs("bash", "-c", f"f() {{\n{deep}}}\nf\npython3 serve.py") is None


def test_a_value_that_doubles_ends() -> None:
    (run,) = _runs("bash", "-c", "A=x\n" + "A=$A$A\n" * 60 + "python3 serve.py") or ()
    assert len(run.values["A"]) <= startup.LONGEST


def _told(*command: str) -> list[str]:
    """Each run as its words and what A and B are then."""
    return [
        " ".join([*run.words, *(f"{name}={run.values[name]}" for name in ("A", "B") if name in run.values)])
        for run in _runs(*command) or ()
    ]


@pytest.mark.parametrize(("script", "told"), [
    ("", []),
    ("# nothing", []),
    ("ls; test -f x; [ -f x ]; : y; /usr/bin/curl z", []),
    ("/usr/bin/tool x", ["/usr/bin/tool x"]),
    # settings
    ("A=1; c", ["c A=1"]),
    ("A=1 B=2; c", ["c A=1 B=2"]),
    ("A=1 B=2 c; d", ["c A=1 B=2", "d"]),
    ("export A=1 B; c", ["c A=1"]),
    ("export A; c", ["c"]),
    ("A=; c", ["c A="]),
    ("declare -r A=1; c", ["c A=1"]),
    ("A=1; A+=2; c", ["c A=12"]),
    ("A+=2; c", ["c A=2"]),
    ("A='x y'; B=$A-$THERE; c", ["c A=x y B=x y-there"]),
    ("A=1; B=2; C=3; unset A C; c", ["c B=2"]),
    ("A=1; unset B; c", ["c A=1"]),
    ("A=1; b; A=2; c", ["b A=1", "c A=2"]),
    # branches are all taken, and none ends the script
    ("if a; then A=1; else A=2; fi; c", ["a", "c A=2"]),
    ("if [ -f x ]; then exec a; elif y; then exit; else return; fi; c", ["a", "y", "c"]),
    ("case $X in a) exec a;; b) A=1;; esac; c", ["a", "c A=1"]),
    ("while a; do exec b; done; c", ["a", "b", "c"]),
    ("for x in 1 2; do A=$THERE; done; c", ["c A=there"]),
    ("cd /x || exit 1; c", ["c"]),
    ("cd /x || { echo no; exit 1; }; c", ["c"]),
    ("a && exec b; c", ["a", "b", "c"]),
    ("a && A=1 && c || d", ["a", "c A=1", "d A=1"]),
    ("exec a && b; c", ["a"]),
    ("exec a || b; c", ["a"]),
    ("{ A=1; exec a; }; c", ["a A=1"]),
    ("! exec a; c", ["a"]),
    ("exec a > log; c", ["a"]),
    ("exit; c", []),
    ("return; c", ["c"]),
    # processes of their own
    ("(A=1; b); c", ["b A=1", "c"]),
    ("(exec b); c", ["b", "c"]),
    ("A=1 | b; c", ["b", "c"]),
    ("exec a | b; c", ["a", "b", "c"]),
    ("exec a & c", ["a", "c"]),
    ("A=1 & c", ["c"]),
    ("echo $(A=1; b) x$(c) \"$(d)\"; e", ["b A=1", "c", "d", "e"]),
    ("a <(b); c", ["b", "a <(b)", "c"]),
    # functions
    ("f() { A=1; b; }; c; f; d", ["c", "b A=1", "d A=1"]),
    ("f() { A=1; return; A=2; }; f; c", ["c A=1"]),
    ("f() { exec a; }; f; c", ["a", "c"]),
    ("f() { a; }; g() { f; }; f() { b; }; g", ["b"]),
    ("(f() { a; }); f", ["f"]),
    ("f() { f; }; f; c", ["f", "c"]),
    # what only starts another program
    ("env; c", ["c"]),
    ("env A=1 B-C=2 -i c; d", ["c A=1", "d"]),
    ("sudo -E A=1 nohup c", ["c A=1"]),
    ("timeout 10 c", ["c"]),
    ("timeout -k 5s 10m c", ["c"]),
    ("timeout 1h c; nice -n 5 d", ["c", "d"]),
    ("timeout 10x c", ["10x c"]),
    ("nohup", []),
    ("exec > log; c", ["c"]),
    ("exec env A=1 c; d", ["c A=1"]),
    ("A=1 exec -a x; d", ["x A=1"]),
    ("exec nohup c; d", ["c"]),
    ("command c; builtin d; stdbuf -oL e; time f", ["c", "d", "e", "f"]),
    # scripts
    (". /opt/set.sh; c", ["c A=2"]),
    ("source /opt/./set.sh; c", ["c A=2"]),
    ("X=/opt; . $X/set.sh; c", ["c A=2"]),
    (". ./set.sh; c", ["c A=2"]),
    (". set.sh; c", ["c A=2"]),
    (". x/set.sh; c", ["c"]),
    (". ./show.sh; c", ["c"]),
    (". /opt/end.sh; c", ["c A=2"]),
    (".; c", ["c"]),
    ("/opt/set.sh; c", ["c"]),
    ("/opt/show.sh; c", ["show $0", "c"]),
    ("/twin/show.sh; c", ["other", "c"]),
    ("A=1 /opt/show.sh", ["show $0 A=1"]),
    ("show.sh; c", ["show.sh", "c"]),
    ("tool; c", ["tool", "c"]),
    ("./tool; c", ["show", "c"]),
    ("/opt/serve.py --x", ["/opt/serve.py --x"]),
    # shells
    ("bash; c", ["c"]),
    ("bash -x; c", ["c"]),
    ("bash -c; c", ["c"]),
    ("A=1 /bin/sh -c 'b; A=2; d'; c", ["b A=1", "d A=2", "c"]),
    ("bash -ec b; c", ["b", "c"]),
    ("bash -e -c b; c", ["b", "c"]),
    ("bash -o pipefail -c b; c", ["b", "c"]),
    ("bash -euo pipefail -c b; c", ["b", "c"]),
    ("bash +o pipefail -c b; c", ["b", "c"]),
    ("bash --norc -c b; c", ["b", "c"]),
    ("bash --echo -c b; c", ["b", "c"]),
    ("bash -x /opt/show.sh 1", ["show $0"]),
    ("bash --norc /opt/show.sh", ["show $0"]),
    ("A=/opt/show.sh; bash $A", ["show $0 A=/opt/show.sh"]),
    ("bash /other.sh 1; c", ["bash /other.sh 1", "c"]),
    ("bash -c 'exec b; d'; c", ["b", "c"]),
    ("bash -c 'f() { b; }; f'; f", ["b", "f"]),
])  # fmt: skip
def test_what_runs_and_what_it_sees(script: str, told: list[str]) -> None:
    assert _told("bash", "-c", script) == told


@pytest.mark.parametrize(("command", "told"), [
    ([], []), (["c", "x"], ["c x"]), (["env", "A=1", "c"], ["c A=1"]), (["/opt/show.sh"], ["show $0"]),
    (["bash", "/opt/set.sh"], []), (["sleep", "1"], []),
])  # fmt: skip
def test_a_command_line_without_a_script(command: list[str], told: list[str]) -> None:
    assert _told(*command) == told


@pytest.mark.parametrize(("script", "read"), [
    ("c", ()), (". $SETUP; c", ("$SETUP", "/set.sh")), (". /a; source /b; c", ("/a", "/a", "/b", "/b")), (".; c", ("", "")),
    ("(. /a); c", ()), ("(. /a; c)", ("/a", "/a")), (". /a; (c)", ("/a", "/a")), (". /a; bash -c c", ("/a", "/a")),
])  # fmt: skip
def test_files_that_were_read_into_the_shell(script: str, read: tuple[str, ...]) -> None:
    (run,) = _runs("bash", "-c", script) or ()
    assert run.read == read


@pytest.mark.parametrize(("script", "place"), [
    ("A=1; c", ("Pod", ("spec", "containers", 0, "command", 2))), (". /opt/set.sh; c", ("ConfigMap", ("data", "set.sh"))),
    ("env A=1 c", ("Pod", ("spec", "containers", 0, "command", 2))), ("A=1; unset A; c", None),
])  # fmt: skip
def test_where_a_variable_was_set(script: str, place: tuple[str, tuple[object, ...]] | None) -> None:
    (run,) = _runs("bash", "-c", script) or ()
    found = run.places.get("A")
    assert (found and (found[0].kind, found[1])) == place
    assert run.places["THERE"][1] == ("spec", "containers", 0, "env", 1, "value")


@pytest.mark.parametrize(("script", "path"), [
    ("python3 /opt/serve.py", "/opt/serve.py"), ("python3 -u ./serve.py /opt/set.sh", "/opt/serve.py"), ("/opt/serve.py", "/opt/serve.py"),
    ("python3 serve.py", "/opt/serve.py"), ("python3 /x/serve.py", None), ("python3 -m serve", None),
])  # fmt: skip
def test_the_mounted_file_of_an_interpreter(script: str, path: str | None) -> None:
    (run,) = _runs("bash", "-c", script) or ()
    assert (run.file and (*run.file[:2], run.file[2].kind)) == (path and (path, "serve()", "ConfigMap"))


@pytest.mark.parametrize(("way", "levels"), [("bash {}", 1), ("{}", 1), (". {}", 1), ("bash -c '. {}'", 2)])
def test_scripts_within_scripts_have_an_end(way: str, levels: int) -> None:
    last = startup.DEEPEST // levels
    steps = {f"step{n}.sh": way.format(f"/opt/step{n + 1}.sh") + "\n" for n in range(last)}
    for first, told in ((1, [("show",)]), (0, None)):
        found = _runs("bash", "-c", f". /opt/step{first}.sh", **steps, **{f"step{last}.sh": "show\n"})
        assert (found and [run.words for run in found]) == told


def test_functions_within_functions_have_an_end() -> None:
    calls = "".join(f"f{n}() {{ f{n + 1}; }}\n" for n in range(startup.DEEPEST + 2))
    assert _told("bash", "-c", f"{calls}f0") == [f"f{startup.DEEPEST + 1}"]


def test_a_start_has_a_limit_of_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "MOST_COMMANDS", 3)
    assert _told("bash", "-c", "a; b; c") == ["a", "b", "c"] and _runs("bash", "-c", "a; b; c; d") is None


def test_a_start_has_a_limit_of_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "MOST_COPIED", 5)  # two variables are there, three then
    assert _told("bash", "-c", "A=1; B=1; c") == ["c A=1 B=1"] and _runs("bash", "-c", "A=1; B=1; A=1; c") is None


@pytest.mark.parametrize(
    ("script", "value", "at"),
    [
        ("export NCCL_NET=a\nexec python3 -m sglang.launch_server", "a", "command"),
        ("export NCCL_NET=a\nexec python3 /opt/serve.py", "a", "command"),
        ("export NCCL_NET=a\nnvidia-smi", "given", "env"),
        ("export NCCL_NET=given\nexec python3 -m sglang.launch_server", "given", "env"),
        ("exec python3 -m sglang.launch_server", "given", "env"),
        ("if then fi (", "given", "env"),
    ],
)
def test_what_an_engine_sees(script: str, value: str, at: str) -> None:
    env = [{"name": "NCCL_NET", "value": "given"}]
    mounts = {"volumeMounts": [{"name": "opt", "mountPath": "/opt"}]}
    volumes = {"volumes": [{"name": "opt", "configMap": {"name": "opt"}}]}
    given = overlay(pod(command=["bash", "-c", script], env=env, spec=volumes, **mounts), config("opt", **SCRIPTS))
    found, _, pointer = startup.seen(given, given.pods[0].main[0])["NCCL_NET"]
    assert (found, pointer[3]) == (value, at)
