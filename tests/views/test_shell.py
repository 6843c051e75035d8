"""Rules over shell scripts: other instances of each smell, and scripts that look like one and are none."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.model import Overlay, Resource
from servelint.rules import all_rules
from servelint.steps import lint
from servelint.views import shell
from support import said_by

RULES = [
    "broken-continuation", "exec-before-more", "failing-success", "overwritten-config", "unbound-variable",
    "unreliable-install", "unused-option",
]  # fmt: skip


def overlay(*resources: dict[str, Any]) -> Overlay:
    return Overlay(path="overlays/shell", kind="leaf", resources=tuple(map(Resource, resources)), kubernetes=("1.33",))


def pod(container: dict[str, Any], field: str = "containers") -> Overlay:
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "busybox:1.36"}]}
    spec[field] = [{"name": "engine", "image": "busybox:1.36", **container}]
    return overlay({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "server"}, "spec": spec})


def config_map(text: str) -> Overlay:
    return overlay({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"launch.sh": text}})


def said(subject: Overlay) -> list[str]:
    """The rules that say something, once for each time, with the severity if they may have another."""
    return sorted(map(said_by, lint.lint(subject, [all_rules()[name] for name in RULES])))


BROKEN = [
    ("exec-before-more", "exec python3 bench.py --n 1\nexec python3 bench.py --n 2\n"),
    ("exec-before-more", "source env.sh && exec python3 bench.py --n 1\npython3 bench.py --n 2\n"),
    ("exec-before-more", "for n in 1 2; do\n  exec python3 bench.py --n $n\ndone\n"),
    ("exec-before-more", "while read -r line; do exec run $line; done < /etc/list\n"),
    ("exec-before-more", "run() {\n  cd /work\n  exec python3 bench.py --n $1\n}\nrun 1\nrun 2\n"),
    ("exec-before-more", "if [ -n \"$A\" ]; then exec one; else exec two; fi\nrm -rf /tmp/work\n"),
    ("exec-before-more", "exec tritonserver > /logs/out.txt 2>&1; gsutil cp /logs/out.txt gs://b/\n"),
    ("exec-before-more", "mpirun -np 2 bash -c 'exec one\nexec two'\n"),
    ("failing-success", "set -e\ni=0\nfor x in a b; do ((i++)); done\n"),
    ("failing-success", "set -euo pipefail\ncount=0\nwhile true; do\n  let count++\n  break\ndone\n"),
    ("failing-success", "#!/bin/bash -e\nf() { local n=0; ((n++)); }\nf\n"),
    ("failing-success", "set -e\nset +e\nset -o errexit\n(( total = 0 ))\n"),
    ("failing-success", "set -e\ntest -d /x && ((n--))\n"),
    ("failing-success", "set -e\nstep() { ((count++)); }\nmain() { step; }\nmain\n"),
    ("failing-success", "set -e\nread -r -d '' TEXT <<'EOF'\nhello\nEOF\n"),
    ("broken-continuation", "python3 -m sglang.launch_server \\\n  --tp 8\n  --mem-fraction-static 0.9\n"),
    ("broken-continuation", "python3 -m sglang.launch_server \\\n  --tp 8 \\ \n  --mem-fraction-static=0.9\n"),
    ("broken-continuation", "python3 -m sglang.launch_server \\\n\n  --tp 8\n"),
    ("broken-continuation", "python3 -m sglang.launch_server \\\n # --tp 4 \\\n  --tp 8\n"),
    ("broken-continuation", "exec trtllm-serve m \\\n  --tp_size 8 \\\n"),
    ("broken-continuation", "exec trtllm-serve m --tp_size 8 \\"),
    ("broken-continuation", "exec trtllm-serve m \\ --tp_size 8 \\ --port 8000"),
    ("broken-continuation", "for n in 1; do\n  run $n \\\ndone\n"),
    ("unreliable-install (warning)", "pip install hf_transfer\nexec run\n"),
    ("unreliable-install (warning)", "python3 -m pip install -U 'transformers>=4.50'\n"),
    ("unreliable-install (warning)", "pip3 install --index-url https://example.com/simple sglang\n"),
    ("unreliable-install (warning)", "uv pip install --system vllm\n"),
    ("unreliable-install (warning)", "apt-get update && apt-get install -y numactl\n"),
    ("unreliable-install (warning)", "sudo DEBIAN_FRONTEND=noninteractive apt install -y rdma-core\n"),
    ("unreliable-install (warning)", "curl -fsSL https://example.com/install.sh | sh\n"),
    ("unreliable-install (warning)", "bash <(wget -qO- https://example.com/install.sh)\n"),
    ("unreliable-install (warning)", "sh -c \"$(curl -fsSL https://example.com/install.sh)\"\n"),
    ("unreliable-install (warning)", "curl https://packages.example.com/key.gpg | gpg --dearmor -o /usr/share/keyrings/x.gpg\n"),
    ("unreliable-install (warning)", "curl -fsSL https://example.com/install.sh | bash -s -- --yes\n"),
    ("unreliable-install (warning)", "ubuntu-drivers install\n"),
    ("unreliable-install (warning)", "pip install git+https://github.com/sgl-project/sglang.git\n"),
    ("unreliable-install (error)", "pip install hf_transfer || true\nexec run\n"),
    ("unreliable-install (error)", "apt-get update && apt-get install -y numactl || :\n"),
    ("unreliable-install (error)", "pip install hf_transfer==0.1.9 2>/dev/null || echo no transfer\n"),
    ("overwritten-config", "cat > /tmp/o.yaml <<EOF\na: 1\nEOF\necho 'b: 2' > /tmp/o.yaml\nrun --o /tmp/o.yaml\n"),
    ("overwritten-config", "write() { for k in a b; do echo $k >> /tmp/o; done; }\nwrite\necho c: 1 > /tmp/o\nrun --o /tmp/o\n"),
    ("overwritten-config", "yq .options /etc/c.yaml > $F.yaml\ncp /etc/default.yaml ${F}.yaml\nrun --o $F.yaml\n"),
    ("overwritten-config", "envsubst < /t.tpl | tee /tmp/o.json\nif true; then echo x; fi\n{ echo '{}'; } > /tmp/o.json\n"),
    ("overwritten-config", "if a; then\n  echo 'a: 1' >> /tmp/o.yaml\nfi\necho 'b: 2' > /tmp/o.yaml\nrun /tmp/o.yaml\n"),
    ("unbound-variable", "set -u\nif [[ $1 == trt ]]; then\n  dir=/tmp/e\nfi\nbench\nrm -rf $dir\n"),
    ("unbound-variable", "set -euo pipefail\ncase $1 in\n  a) dir=/a ;;\n  b) echo b ;;\nesac\nrm -rf \"$dir\"\n"),
    ("unbound-variable", "set -o nounset\nbuild() { if true; then out=/x; fi; }\necho $outt\nbuild\n"),
    ("unbound-variable", "set -u\n[[ -d /x ]] && dir=/x\ncat <<EOF\n$dir\nEOF\n"),
    ("unbound-variable", "set -u\nif a; then ENGINE_DIR=/e; else echo none; fi\nrm -rf ${ENGINE_DIR}/x\n"),
    ("unused-option", "while [ $# -gt 0 ]; do case $1 in --n) n=$2; shift;; esac; shift; done\nexec bench\n"),
    ("unused-option", "while getopts n:m: o; do case $o in n) num=$OPTARG;; m) m=$OPTARG;; esac; done\nexec bench -m $m\n"),
    ("unused-option", "requests=$(yq '.bench.requests' /etc/engine/engine.yaml)\nexec trtllm-bench throughput\n"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), BROKEN)
def test_finds(rule: str, text: str) -> None:
    found = said(config_map(text))
    assert found == [rule]
    started = said(pod({"command": ["/bin/bash", "-c"], "args": [text]}))
    # The options of a first line are those of a file, and not of a text.
    assert started == [rule] or text.startswith("#!")


SOUND = [
    "exec > >(tee /logs/all.txt) 2>&1\nexec 3>&1\nrun\n",
    "if command -v numactl; then exec numactl --interleave=all run; fi\nexec run\n",
    "command -v numactl && exec numactl run\nexec run\n",
    "for p in a b; do [ -x $p ] && exec $p; done\nexit 1\n",
    "(exec one)\nexec two\n",
    "exec one &\nexec two\n",
    "exec one | tee log\necho done\n",
    "exec one || exit 1\n",
    "exec one\necho 'one could not start' >&2\nexit 127\n",
    "x=$(exec one)\nexec two\n",
    "set -e\ni=0\ni=$((i+1))\n((i++))\n",
    "set -e\ni=1\n((i++))\n((i--))\n",
    "set -e\ni=0\n((i++)) || true\n((i++))\n",
    "((i++))\n",
    "set -e\ni=0\n((i++)) || true\n((++i))\nif ((i)); then echo; fi\nfor ((j=0;j<3;j++)); do echo $j; done\n",
    "set -e\n! ((i++))\nx=$(( i++ ))\n: $((i++))\nwhile ((i--)); do echo; done\n",
    "set -e\ni=$1\n((i++))\n",
    "set +e\n((i++))\n",
    "set -e\nread -r -d '' TEXT <<'EOF' || true\nhello\nEOF\n",
    "python3 -m x \\\n  --tp 8 \\\n  --mem 0.9\n",
    "cat <<'EOF'\nfoo \\ \n--bar\nbar \\\nEOF\necho 'a \\ --b'\n",
    "# run \\ \nrun --path /a\\ b\n",
    "run \\\n  | tee log\n",
    "run --regex 'a\\\\' \\\n  --x\n",
    "pip install hf_transfer==0.1.9\npip install --no-index --find-links /wheels x\npip install .\npip install /w/x.whl\n",
    "pip install -r /opt/requirements.txt\npip install git+https://github.com/a/b@v1.2.3\npip list\npip download x\n",
    "apt-get install -y numactl=2.0.14-3\napt-get update\napt-get remove -y x\n",
    "curl -fsSL https://example.com/v1.2.3/install.sh | sh\ncurl http://localhost:8000/health | grep ok\n",
    "curl -o /tmp/x https://example.com/x\nwget https://example.com/model.bin\n",
    "# pip install x\necho 'pip install x'\n",
    "grep -q x /y || true\n",
    "echo a > /tmp/o.yaml\ncat /tmp/o.yaml\necho b > /tmp/o.yaml\nrun /tmp/o.yaml\n",
    ": > /tmp/o.yaml\necho a >> /tmp/o.yaml\necho b >> /tmp/o.yaml\nrun /tmp/o.yaml\n",
    "if a; then echo 1 > /tmp/o.yaml; else echo 2 > /tmp/o.yaml; fi\nrun /tmp/o.yaml\n",
    "echo 1 > /tmp/o.yaml\nif a; then echo 2 > /tmp/o.yaml; fi\nrun /tmp/o.yaml\n",
    "for i in 1 2; do echo $i > /tmp/$i.yaml; run /tmp/$i.yaml; done\nfor i in 3; do echo $i > /tmp/$i.yaml; done\n",
    "case $1 in a) echo 1 > /o.yaml;; b) echo 2 > /o.yaml;; esac\nrun /o.yaml\n",
    "run > /dev/null\nrun > /dev/null\nrun 2> err.yaml\nrun 2> err.yaml\n",
    "start > /tmp/log\nstop > /tmp/log\n",
    "O=/tmp/o.yaml\necho a > $O\nrun --config=$O\necho b > $O\nrun --config=$O\n",
    "set -u\ndir=\nif a; then dir=/x; fi\nrm -rf $dir\n",
    "set -u\nif a; then dir=/x; else dir=/y; fi\nrm -rf $dir\n",
    "set -u\nif a; then dir=/x; else exit 1; fi\nrm -rf $dir\n",
    "set -u\nif [ $t = x ]; then dir=/x; fi\nif [ $t = x ]; then rm -rf $dir; fi\n".replace("$t", "$TYPE"),
    "set -u\nif a; then dir=/x; fi\nrm -rf ${dir:-}\n",
    "if a; then dir=/x; fi\nrm -rf $dir\n",
    "set -u\nsource /opt/env.sh\necho $model $HOME $1 $@ $? ${#a}\n",
    "set -u\nwhile [ $# -gt 0 ]; do case $1 in --n) n=$2; shift;; esac; shift; done\nbench $n\n",
    "set -u\nread -r a b <<< '1 2'\necho $a $b\nfor x in 1; do y=$x; done\necho $x $y\nprintf -v z %s 1\necho $z\n",
    "set -u\nmain() { local a=1; b=2; echo $a; }\nmain\necho $b\nmapfile -t rows < f\necho ${rows[0]}\n",
    "set -u\nset +u\necho $nothing\n",
    "set -u\necho '$nothing' \\$nothing\ncat <<'EOF'\n$nothing\nEOF\n",
    "set -u\ncase $1 in a) d=1;; *) d=2;; esac\necho $d\n",
    "set -u\nx=$(date) && echo $x\ntrap 'rm -rf $tmp' EXIT\ntmp=$(mktemp -d)\n",
    "while [ $# -gt 0 ]; do case $1 in --n) n=$2; shift;; esac; shift; done\nexport n\nexec bench\n",
    "while [ $# -gt 0 ]; do case $1 in --n) n=$2; shift;; esac; shift; done\nargs+=(--n \"$n\")\nexec bench \"${args[@]}\"\n",
    "while [ $# -gt 0 ]; do case $1 in --n) n=$2; shift;; esac; shift; done\n(( n > 3 )) && exec bench\n",
    "set -u\nPATH=/opt/bin:$PATH\nexport GOPATH=$GOPATH:/x\nSKIP=\"a|${SKIP}\"\necho $SKIP\n",
    "set -u\nsource ./common.sh\nif a; then PROVIDER=x; fi\necho $PROVIDER\n",
    "set -u\ncase $1 in a) d=1;; *) die 'no such thing';; esac\necho $d\n",
    "set -u\nstop() { echo $1; exit 1; }\nif a; then d=1; else stop 'no'; fi\necho $d\n",
    "set -u\nrun && code=$? || code=$?\nexit $code\n",
    "set -u\nif [[ \"$MODE\" =~ [yY] ]]; then x=1; fi\necho $MODE\n",
    "set -e\nload() {\n  read -r -d '' text <<EOF\nx\nEOF\n}\nload || true\nlibrary() { ((i++)); }\n",
    "ls | while read -r f; do \\\n  echo $f; \\\ndone\n",
    "generate \\\n  --pkgs a `# needed for b` \\\n  --out c\n",
    "curl -s https://example.com/x.json | python3 -c 'import json'\ncurl -s https://example.com/x | sh -c 'cat'\n",
    "curl -sf ${URL} | bash\n",
    "cp a.yaml out/\ncp b.yaml out/\nrun out/\n",
    "this is ( not shell\n",
    "",
]  # fmt: skip


@pytest.mark.parametrize("text", SOUND)
def test_is_silent(text: str) -> None:
    assert said(config_map(text)) == []
    assert said(pod({"command": ["/bin/bash", "-c"], "args": [text]})) == []


@pytest.mark.parametrize("field", ["containers", "initContainers"])
@pytest.mark.parametrize(
    "container",
    [
        {"command": ["bash", "-ec", "i=0\n((i++))\n"]},
        {"command": ["/usr/bin/tini", "--", "/bin/bash", "-o", "errexit", "-c"], "args": ["((i++))"]},
        {"command": ["/bin/sh", "-eu", "-c", "bash -ec '((i++))'"]},
        {"args": ["bash", "-c", "cat > run.sh <<'EOF'\nset -e\nlet i++\nEOF\nbash run.sh"]},
        {"lifecycle": {"postStart": {"exec": {"command": ["bash", "-ec", "((i++))"]}}}},
    ],
)
def test_a_script_is_seen_wherever_it_runs(container: dict[str, Any], field: str) -> None:
    assert said(pod(container, field)) == ["failing-success"]


def test_a_program_that_is_no_shell_is_judged_by_its_words() -> None:
    assert said(pod({"command": ["pip", "install", "hf_transfer"]})) == ["unreliable-install (warning)"]
    assert said(pod({"command": ["python3"], "args": ["-m", "x", "--tp 8 \\\n --port 1"]})) == ["broken-continuation"]
    assert said(pod({"command": ["python3"], "args": ["-m", "x", "--pattern", "a\\\\b"]})) == []


def test_variables_of_the_manifest_are_set() -> None:
    script = {"command": ["bash", "-uc", "echo $model"]}
    assert said(pod(script)) == ["unbound-variable"]
    assert said(pod({**script, "env": [{"name": "model", "value": "m"}]})) == []
    assert said(pod({**script, "envFrom": [{"secretRef": {"name": "s"}}]})) == []


def test_python_options_that_nothing_reads() -> None:
    text = (
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--model')\n"
        "parser.add_argument('--num-requests', type=int)\nargs = parser.parse_args()\nprint(args.model)\n"
    )

    def of(python: str) -> list[str]:
        data = {"launch.py": python}
        return said(overlay({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}))

    assert of(text) == ["unused-option"]
    assert of(text + "print(args.num_requests)\n") == []
    assert of(text + "serve(**vars(args))\n") == []
    assert of(text + "serve(args)\n") == []
    assert of("def broken(:\n") == []


LAUNCHER = """\
#!/bin/bash
set -eu

parse() {
  index=0
  arguments=("$@")
  while [[ $index -lt ${#arguments[@]} ]]; do
    current="${arguments[index]}"
    following="${arguments[index + 1]:-}"
    case "$current" in
      backend:) backend="$following" ;;
      num_requests:) num_requests="$following" ;;
    esac
    if [[ "$following" != *: ]]; then
      ((index++))
    fi
    ((index++))
  done
  cat "$CONFIG" > /tmp/extra_llm_api_args.yaml
}

run() {
  echo "enable_cuda_graph: false" > /tmp/extra_llm_api_args.yaml
  if [[ "$backend" == pytorch ]]; then
    trtllm-bench --model "$1" throughput --extra_llm_api_options /tmp/extra_llm_api_args.yaml
  else
    engine_dir=/tmp/engine
    trtllm-bench --model "$1" build --workspace $engine_dir
  fi
  rm -rf $engine_dir
}

main() {
  parse "$@"
  run "$MODEL"
}

main "$@"
"""


def test_one_launcher_with_all_its_mistakes() -> None:
    found = lint.lint(config_map(LAUNCHER), [all_rules()[name] for name in RULES])
    assert sorted((hit.rule.id, hit.problem.pointer[-1] + 1) for hit in found) == [  # type: ignore[operator]
        ("failing-success", 15),
        ("failing-success", 17),
        ("overwritten-config", 23),
        ("unbound-variable", 30),
        ("unused-option", 12),
    ]


def test_messages_name_the_line_and_the_command() -> None:
    text = "set -e\n\n# count\nn=0\n((n++))\n"
    (hit,) = lint.lint(config_map(text), [all_rules()["failing-success"]])
    assert hit.problem.message == "line 5: ((n++)) has the status 1, which ends the script under set -e"
    inner = "cat > run.sh <<'EOF'\nset -e\nn=0\n((n++))\nEOF\n"
    (hit,) = lint.lint(config_map(inner), [all_rules()["failing-success"]])
    assert hit.problem.message.startswith("line 4: ")


def test_nesting_without_end_is_no_script() -> None:
    assert said(config_map("set -u\n" + "(" * 5000 + "echo $x" + ")" * 5000)) == []
    assert said(config_map("$(" * 3000)) == []
    (script,) = shell.scripts(config_map("if a; then " * 500))
    assert not script.sound
