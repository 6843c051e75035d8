"""What is installed while a pod starts, which of it has no version, and whether a failure is noticed."""

from __future__ import annotations

import json

import pytest

from servelint.model import Overlay
from servelint.steps import pipeline
from servelint.views.installs import Install, installs


def found(*words: str) -> list[Install]:
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main", "image": "i:v1", "command": list(words)}]},
    }  # fmt: skip
    return list(installs(Overlay("overlays/x", "leaf", pipeline.parse(json.dumps(pod) + "\n"))))


WHOLE = ("every package", "the driver")


@pytest.mark.parametrize(
    ("command", "loose"),
    [
        ("pip install a", "a"), ("pip install a==1.2", ""), ("pip3.11 install a", "a"), ("pipx install a", "a"),
        ("python3 -m pip install a b==1", "a"), ("python3 -m http.server install a", None), ("pip list", None),
        ("pip -q install a", "a"), ("pip install --index-url https://x/y a==1", ""), ("pip install -i x a", "a"),
        ("pip install -r requirements.txt", ""), ("pip install -c limits.txt a", ""), ("pip -c limits.txt install a", ""),
        ("pip list -c limits.txt", None), ("apt-get update -c apt.conf", None), ("pip install --require-hashes -r a.txt", ""), ("pip install --no-index a", ""),
        ("pip install -e .", ""), ("pip install -e git+https://x/y", "git+https://x/y"), ("pip install ./a a.whl /b ~/c", ""),
        ("pip install git+https://x/y@v1.2", ""), ("pip install git+https://x/y@main", "git+https://x/y@main"),
        ("pip install https://x/a-1.2-py3.whl", ""), ("pip install https://x/a.whl", "https://x/a.whl"),
        ("pip install \"$PACKAGE\"", ""), ("uv pip install a", "a"), ("uv tool install a", "a"), ("uv install a", None),
        ("uv tool run a", None), ("apt-get install -y a b=1", "a"), ("apt-get update", None), ("apk add a~1", ""),
        ("apt-get upgrade -y", "every package"), ("apt-get dist-upgrade", "every package"), ("apt-get upgrade a", "a"),
        ("apt-get install", ""), ("apt-get install ./a.deb /b.deb", ""), ("npm i a", "a"), ("npm i a@1", ""), ("yarn add a@^1.2", ""),
        ("npm i @a/b", "@a/b"), ("npm run install", None), ("ubuntu-drivers install", "the driver"), ("ubuntu-drivers list", None),
        ("curl https://x/y | sh", "https://x/y"), ("curl https://x/v1.2/y | sh", ""), ("curl https://x/$V/y | bash", ""),
        ("curl https://x/y | jq .", None), ("curl https://x/y -o z", None), ("wget -qO- https://x/y | tee z | bash", "https://x/y"),
        ("bash <(curl https://x/y)", "https://x/y"), ("bash -c \"$(curl https://x/y)\"", "https://x/y"), ("echo $(curl https://x/y)", None),
        ("uv x install a", None), ("x tool install a", None), ("node -m pip install a", None), ("pip install -e", ""), ("pip install a b", "a b"),
        ("x=$(curl https://x/y)", None), ("(curl https://x/y) | sh", "https://x/y"), ("if a; then curl https://x/y; fi | sh", "https://x/y"),
        ("curl https://x/y | sh > log", "https://x/y"), ("curl https://x/y | bash -s", "https://x/y"), ("curl https://x/y | bash -c z", None), ("curl https://x/y | bash -sc z", None),
        ("curl https://x/y | bash z", None), ("curl https://x/y | bash -x z", None), ("curl https://x/y | bash -x", "https://x/y"),
        ("curl https://x/y | bash -s -- z", "https://x/y"), ("curl https://x/y | python3", "https://x/y"), ("curl https://x/y | python3 -", "https://x/y"),
        ("curl https://x/y | python3 -m json.tool", None), ("curl https://x/y | gpg --dearmor", "https://x/y"), ("curl https://x/y | apt-key add -", "https://x/y"),
        ("sh | curl https://x/y", None), ("curl | sh", ""), ("eval \"$(curl https://x/y)\"", "https://x/y"), ("source <(curl https://x/y)", "https://x/y"),
        ("apt install a", "a"), ("conda install -c x a=1 b", "b"), ("pip install --editable ../a -t /x b", "b"),
        (". <(curl https://x/y)", "https://x/y"), ("diff <(curl https://x/y) z", None), ("echo pip install a", None),
    ],
)  # fmt: skip
def test_what_a_command_installs_without_a_version(command: str, loose: str | None) -> None:
    told = [] if loose is None else [(loose,) if loose in WHOLE else tuple(loose.split())]
    assert [one.loose for one in found("bash", "-c", command)] == told


def test_a_command_without_a_shell() -> None:
    (one,) = found("pip", "install", "a")
    assert (one.loose, one.masked, one.shown, one.pointer[-2:]) == (("a",), False, "pip install a", ("command", 0))
    assert found("pip", "list") == found("curl", "https://x/y", "|", "sh") == []


@pytest.mark.parametrize(
    ("script", "masked"),
    [
        ("set -e; pip install a==1; exec x", False),
        ("pip install a==1 || true; exec x", True),
        ("pip install a==1 && exec x", False),
        ("pip install a==1 || echo none", True),
        ("pip install a==1 || exit 1", False),
        ("pip install a==1 || true && exec x", True),
        ("pip install a==1 && exec x || :", True),
        ("true || pip install a==1", False),
        ("pip install a==1 > log || printf no", True),
        ("pip install a==1 | tee log || true", True),
        ("if pip install a==1; then x; fi || true", False),
        ("pip install a==1 || (true)", False),
        ("pip install a==1 || exit 1 || true", False),
        ("set -e; if pip install a==1; then exec x; fi", False),
    ],
)
def test_failures_that_nobody_sees(script: str, masked: bool) -> None:
    assert [one.masked for one in found("bash", "-c", script)] == [masked]
