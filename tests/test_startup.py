"""What a container's programs see by the time they start: which files were sourced, and what a variable holds."""

from __future__ import annotations

import json

import pytest

from servelint import pipeline
from servelint.model import Overlay
from servelint.views import startup

SCRIPTS = {
    "init.sh": "#!/bin/bash\nsource $SETUP\nexport PLACE=there\n",
    "run.sh": '#!/bin/bash\nset -eu\n. "${SETUP}"\nexport PLACE=$THERE:${PLACE:-}\nexec python3 serve.py\n',
    "again.sh": "bash /opt/again.sh\n",
}
BEFORE = "source $SETUP\nexport PLACE=there\n"
AFTER = "\nexec python3 serve.py"


def _runs(*command: str) -> tuple[startup.Run, ...] | None:
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {
            "containers": [{
                "name": "c", "image": "i", "command": list(command),
                "env": [{"name": "SETUP", "value": "/set.sh"}, {"name": "THERE", "value": "there"}],
                "volumeMounts": [{"name": "opt", "mountPath": "/opt"}],
            }],
            "volumes": [{"name": "opt", "configMap": {"name": "opt"}}],
        },
    }  # fmt: skip
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "opt"}, "data": SCRIPTS}
    overlay = Overlay("o", "manifest", pipeline.parse(f"{json.dumps(pod)}\n---\n{json.dumps(config)}\n"))
    return startup.runs(overlay, overlay.pods[0].main[0])


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
