"""What nccl-script-never-sourced tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import config_map, server, together
from servelint.rules.network.nccl_script_never_sourced import _DIRECT, BAD, SETS

_BY_HAND = ", ".join(f"{{name: {name}, value: '1'}}" for name in SETS[:5])


def sourced(line: str) -> str:
    return BAD.replace('exec "$@"', f'{line} && exec "$@"')


def python(program: str) -> str:
    """The variable is set, and a launcher in Python starts the engine."""
    made = _DIRECT.replace(
        '["python3", "-m", "sglang.launch_server", "--model-path", "m"]', "[python3, /etc/engine/serve.py]"
    )
    made = f"{made}    volumeMounts: [{{name: engine, mountPath: /etc/engine}}]\n  volumes: [{{name: engine, configMap: {{name: engine}}}}]\n"
    return together(config_map({"serve.py": program}), made)


ALSO_GOOD = [
    BAD.replace("NCCL_INIT_SCRIPT", "OTHER"), BAD.replace('nvidia.com/gpu: "8"', "cpu: 8"),
    server(container=f"env: [{{name: NCCL_INIT_SCRIPT, value: a}}, {_BY_HAND}]"),
    BAD.replace("env: [", "env: [{name: BASH_ENV, value: /usr/local/gib/scripts/set_nccl_env.sh}, "),
    BAD.replace("command:", "args:"),  # of the image's own entry point,
    sourced("source /usr/local/gib/scripts/set_nccl_env.sh"), sourced('source "$NCCL_INIT_SCRIPT"'),
    python('run(f"source {os.environ[\'NCCL_INIT_SCRIPT\']}")\n'), python('run("source /usr/local/gib/scripts/set_nccl_env.sh")\n'),
    sourced("export " + " ".join(f"{name}=1" for name in SETS)), server(container="env: [{name: NCCL_INIT_SCRIPT, value: a}]", gpus=0),
]  # fmt: skip
ALSO_BAD = [
    _DIRECT,
    server(container="volumeMounts: [{name: gib, mountPath: /usr/local/gib}]"),
    python("run(1)\n"),
    sourced(f"export {SETS[0]}=1"),
]
