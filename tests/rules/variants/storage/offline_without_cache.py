"""What offline-without-cache tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server

_EMPTY = "volumes: [{name: cache, emptyDir: {}}]"

_ENV = "{name: HF_HOME, value: /cache/hf}"


def _pod(env: str, pod: str = _EMPTY, model: str = "org/model", path: str = "/cache", more: str = "") -> str:
    mount = f"env: [{env}]\nvolumeMounts: [{{name: cache, mountPath: {path}}}]"
    return server(more, container=mount, pod=pod).replace('"m"', f'"{model}"')


_OFF = "{name: HF_HUB_OFFLINE, value: '1'}"

_INIT = "initContainers: [{name: get, image: a, volumeMounts: [{name: cache, mountPath: /c}]}]"

ALSO_GOOD = [
    _pod(f"{_ENV}, {_OFF}", f"{_EMPTY}\n{_INIT}"), _pod(f"{_ENV}, {_OFF}", model="/cache/model"),
    _pod(f"{_ENV}, {_OFF}", "volumes: [{name: cache, persistentVolumeClaim: {claimName: a}}]"),
    _pod(f"{_ENV}, {_OFF}", "volumes: [{name: cache, hostPath: {path: /data}}]"),
    _pod(f"{_ENV}, {_OFF}", path="/other"),
    _pod(f"{_ENV}, {_OFF}").replace("python3", "bash").replace("-m", "-c", 1).replace(
        "sglang.launch_server", "HF_HUB_OFFLINE=0 hf download org/model; exec python3 -m sglang.launch_server"),
    _pod(f"{_ENV}, {_OFF}, {{name: HF_HUB_CACHE, value: /image}}"),
    _pod(f"{_ENV}, {_OFF}", more="--download-dir /image"),
    _pod(f"{_ENV}, {{name: HF_HUB_OFFLINE, value: $(OFF)}}"), _pod(f"{{name: HF_HOME, value: $(HOME)}}, {_OFF}"),
]  # fmt: skip
ALSO_BAD = [
    _pod(f"{_ENV}, {_OFF.replace('HF_HUB', 'TRANSFORMERS').replace('1', 'yes')}"),
    _pod(_OFF, path="/root/.cache/huggingface"),
    _pod(f"{{name: HF_HUB_CACHE, value: /cache}}, {_OFF}"), _pod(f"{{name: XDG_CACHE_HOME, value: /cache}}, {_OFF}"),
    _pod(f"{{name: HOME, value: /cache}}, {_OFF}"), _pod(_OFF, more="--download-dir /cache/models"),
    _pod(f"{_ENV}, {_OFF}", "volumes: [{name: cache, hostPath: {path: /mnt/stateful_partition/kube-ephemeral-ssd}}]"),
    _pod(f"{_ENV}, {_OFF}", "volumes: [{name: cache, emptyDir: {medium: Memory}}]"),
    _pod(f"{_ENV}, {_OFF}").replace("python3", "bash").replace("-m", "-c", 1).replace(
        "sglang.launch_server", "hf download org/model; exec python3 -m sglang.launch_server"),
]  # fmt: skip
