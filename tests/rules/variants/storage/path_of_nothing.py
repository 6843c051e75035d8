"""What path-of-nothing tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import launched, server, together
from servelint.rules.storage.path_of_nothing import BAD, GOOD


def _serve(argument: str, files: dict[str, str] | None = None) -> str:
    command = f"python3 -m sglang.launch_server --model-path m {argument}"
    return launched(files or {"template.jinja": "{{ messages }}"}, command)


def _empty(argument: str, volume: str = "emptyDir: {}", pod: str = "") -> str:
    mount = "volumeMounts: [{name: scratch, mountPath: /scratch}]"
    return server(argument, container=mount, pod=f"volumes: [{{name: scratch, {volume}}}]\n{pod}")


def _bench(arguments: str) -> str:
    """A benchmark of TensorRT-LLM that writes into an empty volume."""
    made = server(f"throughput {arguments}", engine="trtllm", container="volumeMounts: [{name: scratch, mountPath: /scratch}]",
                  pod="volumes: [{name: scratch, emptyDir: {}}]")  # fmt: skip
    return made.replace('"trtllm-serve", "m"', '"trtllm-bench", "--model", "m"')


_PART = "{name: engine, mountPath: /etc/engine"
_ADAPTED = server("--lora-paths a=/adapters/a")
_INIT = "initContainers: [{name: get, image: a, volumeMounts: [{name: scratch, mountPath: /s}]}]"

ALSO_GOOD = [
    _serve("--chat-template chatml"), _serve("--chat-template /opt/template.jinja"),
    _serve("--chat-template $TEMPLATE"), _serve("--chat-template /etc/engine"),
    GOOD.replace("name: engine}}]", "name: engine-of-others}}]"),
    _serve("--lora-paths a=/etc/engine/template.jinja"),
    BAD.replace("configMap: {name: engine}", "emptyDir: {}", 1).replace("--chat-template", "--crash-dump-folder"),
    BAD.replace("configMap: {name: engine}", "secret: {secretName: s}"),
    BAD.replace(_PART, f"{_PART}/other.jinja, subPath: other.jinja"),
    _empty("--chat-template /scratch/a.jinja", pod=_INIT), _empty("--download-dir /scratch/models"),
    _empty("--chat-template /scratch/a.jinja", "persistentVolumeClaim: {claimName: a}"),
    server("--lora-paths a=/sgl-workspace/a"), server("--crash-dump-folder /dumps/a"), server("--lora-paths a=org/a"),
    server("--lora-paths a=/adapters/a", image="registry.example/sglang:v0.5.14"),
    _ADAPTED.replace('["python3', '[bash, -c, "hf download a --local-dir /adapters/a; python3').replace('", "', " "),
    server("--lora-paths a=/adapters/a", container="volumeMounts: [{name: a, mountPath: /adapters}]"),
    together(BAD, "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {template.jinja: a}\n").replace(
        "configMap: {name: engine}", "projected: {sources: [{configMap: {name: engine}}, {secret: {name: s}}]}"),
    *(_bench(f"--{name} /scratch/a.json") for name in ("report_json", "request_json", "output_json")),
]  # fmt: skip
ALSO_BAD = [
    _serve("--lora-paths a=/etc/engine/lora", {"template.jinja": ""}), _empty("--chat-template /scratch/a.jinja"),
    _serve("--tokenizer-path /etc/engine/tokenizer"), _empty("--lora-paths a=/scratch/lora"),
    BAD.replace("configMap: {name: engine}", "projected: {sources: [{configMap: {name: engine}}]}"),
    GOOD.replace("{name: engine}}]", "{name: engine, items: [{key: template.jinja, path: a.jinja}]}}]"),
    GOOD.replace(_PART, f"{_PART}, subPath: template"),
    launched({"engine.yaml": "serve:\n  chat-template: /etc/engine/a", "launch.py": "run(['vllm', 'serve', *a])"}),
    server("--lora-paths a=/adapters/a"), server("--chat-template /templates/a.jinja", engine="vllm"),
    server("--lora-modules a=/adapters/a b=org/b --enable-lora", engine="vllm"),
]  # fmt: skip
