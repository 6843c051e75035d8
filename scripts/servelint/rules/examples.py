"""What the examples of rules share, so that each shows its difference and nothing else. All of them are YAML texts.

Fragments go in as lines of YAML without indentation, and stand where their parameter says.
"""

import re

IMAGES = {
    "sglang": "lmsysorg/sglang:v0.4.6.post4-cu124",
    "trtllm": "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2",
    "vllm": "vllm/vllm-openai:v0.27.1",
}
STARTS = {
    "sglang": "python3 -m sglang.launch_server --model-path m",
    "trtllm": "trtllm-serve m",
    "vllm": "vllm serve m",
}
KINDS = {
    "Pod": "v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "Job": "batch/v1",
    "LeaderWorkerSet": "leaderworkerset.x-k8s.io/v1",
}


def server(
    arguments: str = "",
    *,
    engine: str = "sglang",
    image: str = "",
    kind: str = "Pod",
    name: str = "server",
    gpus: int = 8,
    container: str = "",
    pod: str = "",
    spec: str = "",
    metadata: str = "",
) -> str:
    """An engine in a container of its own, in any kind that runs pods.

    arguments: blank between them. container, pod, spec, metadata: further fields of the container, of the pod's spec,
    of the object's spec and of the pod's metadata. gpus: 0 asks for none.
    """
    resources = f'resources: {{limits: {{nvidia.com/gpu: "{gpus}"}}}}\n' if gpus else ""
    words = ", ".join(f'"{word}"' for word in f"{STARTS[engine]} {arguments}".split())
    fields = f"image: {image or IMAGES[engine]}\ncommand: [{words}]\n{resources}{_line(container)}"
    return workload(f"containers:\n- name: engine\n{_in(fields)}{_line(pod)}", kind, name, spec, metadata)


def workload(pod: str, kind: str = "Pod", name: str = "server", spec: str = "", metadata: str = "") -> str:
    """An object of a kind that runs pods. pod: the fields of the pod's spec; the rest as for ``server``."""
    head = f"apiVersion: {KINDS[kind]}\nkind: {kind}\nmetadata:\n  name: {name}\n"
    if kind == "Pod":
        return f"{head}{_in(_line(metadata))}spec:\n{_in(_line(pod))}"
    template = f"metadata:\n{_in(_labelled(metadata, name))}spec:\n{_in(_line(pod))}"
    if kind == "LeaderWorkerSet":
        group = f"size: 2\n{_line(spec)}workerTemplate:\n{_in(template)}"
        body = f"leaderWorkerTemplate:\n{_in(group)}"
    else:
        selector = "" if kind == "Job" else f"selector: {{matchLabels: {{app: {name}}}}}\n"
        body = f"{_line(spec)}{selector}template:\n{_in(template)}"
    return f"{head}spec:\n{_in(body)}"


def _labelled(metadata: str, name: str) -> str:
    """Metadata with the label that the object's selector asks for, among those that are given."""
    given = re.search(r"^labels:( \{|\n +)", metadata, re.MULTILINE)
    if given is None:
        return f"labels: {{app: {name}}}\n{_line(metadata)}"
    if re.search(r"(?<![\w./-])app: ", metadata[given.start() :]):
        return _line(metadata)
    end = ", " if given[1] == " {" else given[1]
    return _line(f"{metadata[: given.end()]}app: {name}{end}{metadata[given.end() :]}")


def together(*objects: str) -> str:
    """Several objects as one manifest."""
    return "---\n".join(_line(each) for each in objects)


_WRITTEN = re.compile(r"^(?=[^\n]*\S)", re.MULTILINE)


def _in(text: str) -> str:
    """Text one level deeper; empty lines stay as they are."""
    return _WRITTEN.sub("  ", text)


def _line(text: str) -> str:
    """Text that ends its last line; nothing stays nothing."""
    return f"{text.rstrip()}\n" if text.strip() else ""


OTHERS = {
    "AppProject": "argoproj.io/v1alpha1", "Application": "argoproj.io/v1alpha1",
    "ApplicationSet": "argoproj.io/v1alpha1", "ClusterQueue": "kueue.x-k8s.io/v1beta2",
    "ClusterServingRuntime": "serving.kserve.io/v1alpha1", "ComputeDomain": "resource.nvidia.com/v1beta1",
    "GitRepository": "source.toolkit.fluxcd.io/v1", "HTTPRoute": "gateway.networking.k8s.io/v1",
    "InferenceService": "serving.kserve.io/v1beta1", "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "LocalQueue": "kueue.x-k8s.io/v1beta2", "ResourceFlavor": "kueue.x-k8s.io/v1beta2", "Service": "v1",
    "ServingRuntime": "serving.kserve.io/v1alpha1",
}  # fmt: skip
QUEUED = "labels: {kueue.x-k8s.io/queue-name: gpus}"
"""Metadata of what waits in LOCAL_QUEUE."""
UNKNOWN: dict[str, str] = {}
"""The context of an example of which neither machine nor model is known."""


def other(kind: str, spec: str, name: str = "server", api: str = "") -> str:
    """An object that runs no pod by itself. spec: its fields, with commas between them on as many lines as it takes."""
    body = _in(spec.strip()).strip()
    return f"apiVersion: {api or OTHERS[kind]}\nkind: {kind}\nmetadata:\n  name: {name}\nspec: {{{body}}}\n"


LOCAL_QUEUE = other("LocalQueue", "clusterQueue: gpus", name="gpus")


def marked(made: str, metadata: str) -> str:
    """An object with further fields of its own metadata, whatever its pods carry."""
    head, name, rest = made.partition("\n  name: ")
    first, _, others = rest.partition("\n")
    return f"{head}{name}{first}\n{_in(_line(metadata))}{others}"


def interfaces(**networks: str) -> str:
    """The annotations of a pod that list its interfaces, the first of them by default."""
    pairs = (f'{{"interfaceName": "{name}", "network": "{network}"}}' for name, network in networks.items())
    gke, first = "networking.gke.io", next(iter(networks))
    return f"annotations:\n  {gke}/default-interface: {first}\n  {gke}/interfaces: '[{', '.join(pairs)}]'\n"


def config_map(files: dict[str, str], name: str = "engine") -> str:
    """A ConfigMap that holds files."""
    data = "".join(f"{key}: |\n{_in(_line(text))}" for key, text in files.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{_in(data)}"


def launched(files: dict[str, str], command: str = "python3 /etc/engine/launch.py", image: str = "") -> str:
    """A ConfigMap that holds files, and a pod that a command starts from them: they are mounted at /etc/engine."""
    words = ", ".join(f'"{word}"' for word in command.split())
    fields = f"image: {image or IMAGES['sglang']}\ncommand: [{words}]\n"
    mount = 'resources: {limits: {nvidia.com/gpu: "8"}}\nvolumeMounts: [{name: engine, mountPath: /etc/engine}]'
    volume = "volumes: [{name: engine, configMap: {name: engine}}]"
    pod = f"containers:\n- name: engine\n{_in(fields + mount)}\n{volume}"
    return together(config_map(files), workload(pod))


def llm(options: str, arguments: str = "", image: str = "") -> str:
    """A server of TensorRT-LLM with a file of LLM arguments."""
    command = f"trtllm-serve m --extra_llm_api_options /etc/engine/llm.yaml {arguments}"
    return launched({"llm.yaml": options}, command, image or IMAGES["trtllm"])


def bash(text: str) -> str:
    """A ConfigMap with a script of Bash."""
    return config_map({"launch.sh": f"#!/bin/bash\n{text}"}, "launcher")


def in_shell(script: str, *command: str, container: str = "") -> str:
    """A pod whose container hands a script to a shell, or to another command. container: further fields of it."""
    block, words = script.replace("\n", "\n    "), ", ".join(command or ("bash", "-c"))
    head = f"containers:\n- name: engine\n  image: a\n  command: [{words}]\n"
    return workload(f"{head}  args:\n  - |\n    {block}\n  {container}")


def lustre(
    name: str = "model",
    *,
    handle: str = "team/us-central1-a/models",
    attributes: str = "ip: 10.90.1.4, filesystem: models",
    spec: str = "",
    metadata: str = "",
) -> str:
    """A PersistentVolume on a Lustre instance. attributes: the driver's; spec, metadata: further fields."""
    body = f"""\
storageClassName: ""
capacity: {{storage: 18000Gi}}
accessModes: [ReadWriteMany]
persistentVolumeReclaimPolicy: Retain
{_line(spec)}csi:
  driver: lustre.csi.storage.gke.io
  volumeHandle: {handle}
  volumeAttributes: {{{attributes}}}
"""
    head = f"apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: {name}\n{_in(_line(metadata))}"
    return f"{head}spec:\n{_in(body)}"


def volume_claim(
    name: str = "model", *, of: str = "", size: str = "18000Gi", mode: str = "ReadWriteMany", spec: str = ""
) -> str:
    """A PersistentVolumeClaim of a class, "" for none. spec: further fields."""
    body = (
        f'storageClassName: "{of}"\naccessModes: [{mode}]\nresources: {{requests: {{storage: {size}}}}}\n{_line(spec)}'
    )
    return f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n{_in(body)}"


def bucket_pod(
    pod: str = "serviceAccountName: serving",
    *,
    annotations: str = 'gke-gcsfuse/volumes: "true"',
    attributes: str = "bucketName: models-of-team",
    metadata: str = "",
) -> str:
    """A Deployment whose pods mount a bucket. metadata: further fields of the Deployment's own."""
    mount = f"containers: [{{name: engine, image: {IMAGES['sglang']}, volumeMounts: [{{name: model, mountPath: /m}}]}}]"
    csi = f"csi: {{driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {{{attributes}}}}}"
    fields = f"{_line(pod)}{mount}\nvolumes:\n- name: model\n  {csi}\n"
    made = workload(fields, "Deployment", metadata=f"annotations: {{{annotations}}}" if annotations else "")
    return marked(made, metadata)


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: engine}]}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def tree(kustomization: str = "resources: [pod.yaml]\n", files: dict[str, str] | None = None) -> dict[str, str]:
    """An overlay's kustomization, and beside it pod.yaml, which holds POD, and further files; / is the repository."""
    beside = {"kustomization.yaml": kustomization, "pod.yaml": POD, **(files or {})}
    return {name[1:] if name[0] == "/" else f"overlays/h/m/w/{name}": text for name, text in beside.items()}


SPREAD = """\
resources: [site.yaml, pod.yaml]
replacements:
- {source: {kind: ConfigMap, name: site, fieldPath: data.image}, targets: [{select: {kind: Pod}, fieldPaths: [PATH]}]}
""".replace("PATH", "spec.containers.0.image")
"""A kustomization that spreads a key of a cluster's site.yaml."""
LOCAL_ONLY = ", annotations: {config.kubernetes.io/local-config: 'true'}"
SITE = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: site{LOCAL_ONLY}}}\ndata: {{image: a}}\n"
"""A cluster's site.yaml, with that key."""


def client(address: str, name: str = "bench", metadata: str = "") -> str:
    """A benchmark that calls a server at an address."""
    command = f'[python3, -m, sglang.bench_serving, --base-url, "{address}"]'
    pod = f"containers:\n- {{name: engine, image: {IMAGES['sglang']}, args: {command}}}"
    made = workload(pod, "Job", name)
    return marked(made, metadata)
