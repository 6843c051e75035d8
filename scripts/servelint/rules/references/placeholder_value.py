"""A value that somebody was meant to replace is rendered.

<YOUR_GCS_BUCKET> or CHANGEME is a valid string, so it reaches the cluster: the mount fails, the download is refused, or
a name that another person owns gets the data. An empty name is the same mistake after a template has swallowed it.
"""

import re
from functools import lru_cache
from typing import Any

from ... import lines
from ...model import Container, Overlay, Pointer, Problem, Problems, Resource, mappings, walk
from ..examples import bucket_pod

SEVERITY = "error"
HINT = "Write the real value, or a SITE_ marker where only a cluster knows it."
SOURCE = (
    "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/inference/a3ultra/single-host-serving/sglang/README.md"
)
COVERS = ("CFG-07",)

GOOD = bucket_pod(attributes="bucketName: team-benchmarks")
BAD = bucket_pod(attributes="bucketName: <YOUR_GCS_BUCKET>")

PREFIXES = ("your_", "replace_with_", "replace_this", "insert_your_", "enter_your_", "put_your_")
SURE = {"replace_me", "replaceme", "change_me", "changeme", "change_this", "changethis", "fill_me_in", "insert_here"}
WORDS = {
    "fixme", "todo", "tbd", "placeholder", "project_id", "project_number", "bucket_name", "gcs_bucket", "cluster_name",
}  # fmt: skip
INFRASTRUCTURE = re.compile(
    r"bucket|project|cluster|region|zone|registry|account|namespace|hostname|your|insert|replace"
)
TOKENS = {"BOS", "EOS", "PAD", "UNK", "SEP", "MASK", "CLS", "END", "STOP", "EOT", "EOF"}
NAMED = {"claimName", "bucketName", "secretName", "volumeHandle", "image", "mountPath"}
REFERENCES = {"configMapRef", "configMapKeyRef", "secretRef", "secretKeyRef", "configMap", "claimRef", "scaleTargetRef"}
SKIPPED = {"description", "summary", "kubectl.kubernetes.io/last-applied-configuration"}
SPACES = {
    "image", "reference", "volumeHandle", "bucketName", "serviceAccountName", "iam.gke.io/gcp-service-account",
    "storageClassName", "namespace", "ip",
}  # fmt: skip
"""Fields in whose values no capital word can stand: registries, buckets and object names are written small."""
HOSTS = {"host", "hosts", "hostname", "hostnames", "domains", "dnsNames"}
RUN = {"command", "args", "data", "env", "annotations", "exec", "script"}
"""Where something may fill a variable in once the pod runs: a shell, the kubelet, a program that reads a template."""
TEMPLATES = {
    "ApplicationSet", "PrometheusRule", "Rules", "ClusterRules", "Workflow", "WorkflowTemplate", "CronWorkflow",
    "ConfigMap", "LLMInferenceServiceConfig", "ClusterPolicy", "Policy", "EnvoyFilter",
}  # fmt: skip

SHELL = {"sh", "bash", "-c", "-lc", "-ec", "-xc", "-euc"}
PLAIN = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")
LEFT_BY_HELM = re.compile(r"\{\{-?\s*(?:\$?\.(?:Values|Release|Chart)\b|include\s|tpl\s|template\s)")
LEFT_OPEN = re.compile(r"\$\{[A-Za-z_]\w*\}|\{\{[^{}]*\}\}|\$\([A-Z][A-Z0-9_]*\)|\$[A-Z][A-Z0-9_]+\b|@[A-Z][A-Z0-9_]+@")
WHOLE = re.compile(r"(?:gs://)?\$\{\w+\}(?:/.*)?|gs://[^/]*\$\{\w+\}.*")
CAPITALS = re.compile(r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)+")
DOCUMENTATION = re.compile(r"(?:.*\.)?example\.(?:com|org|net)|.*\.example")
"""Hosts that never resolve to anybody's. Source: RFC 2606"""
CREDENTIAL = re.compile(r".*(?:KEY|TOKEN|PASSWORD|SECRET).*", re.IGNORECASE)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        yield from _values(resource, resource.body, ()) if resource.kind != "CustomResourceDefinition" else ()
    for container in overlay.containers:
        yield from _undefined(container)


def _values(resource: Resource, body: Any, root: Pointer) -> Problems:
    for value, at in walk(body, root, SKIPPED):
        if value in ("", None) and _is_name(at):
            yield Problem(resource, at, f"{at[-1]} is empty")
        elif isinstance(value, str):
            yield from _text(resource, value, at)


def _text(resource: Resource, text: str, at: Pointer) -> Problems:
    if resource.kind == "ConfigMap" and at[:1] == ("data",) and "\n" in text:
        # Scripts and templates may say TODO; the values of a configuration file may not.
        try:
            documents = lines.load(text) if str(at[-1]).endswith((".yaml", ".yml", ".json")) else []
        except lines.BadYaml:
            return
        if len(documents) == 1 and isinstance(documents[0][1], dict):
            yield from _values(resource, documents[0][1], at)
        return
    # A credential is another rule's.
    beside = str(resource.at((*at[:-1], "name"))) if at[-1:] == ("value",) else ""
    found = _found(resource.kind, text, at, CREDENTIAL.fullmatch(beside) is not None)
    if found:
        yield Problem(resource, at, f"{text if len(text) <= 80 else found[:80]} is a placeholder")


@lru_cache(maxsize=16384)
def _found(kind: str, text: str, at: Pointer, is_credential: bool) -> str | None:
    """The placeholder in a text; overlays repeat each other's, so each is judged once."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    parts = re.split(r"[\s/:,;=@\"'|()]+|\.(?=iam\.)", kept)  # the project of an account's address ends before .iam
    found = _unfilled(kind, kept, at) or _in_brackets(kept, at)
    if found is None and not is_credential:
        found = next((part for part in parts if re.fullmatch(r"[xX]{3,12}", part)), None)
    return found or next((part for part in parts if _stands_in(part, part == text, _literal(at))), None)


def _literal(at: Pointer) -> bool:
    """Whether the value is the name of something in the cloud or in the cluster."""
    key = next((step for step in reversed(at) if isinstance(step, str)), "")
    # The key of a Secret may well be HF_TOKEN.
    return key in SPACES or (_is_name(at) and key != "key")


def _unfilled(kind: str, text: str, at: Pointer) -> str | None:
    """A template's variable that nothing filled in, and nothing will."""
    if kind != "ApplicationSet" and (match := LEFT_BY_HELM.search(text)):
        return match[0] + " …"
    keys = {step for step in at if isinstance(step, str)}
    if at[:1] == ("apiVersion",) or kind in TEMPLATES:
        return None
    if keys & RUN:
        # The kubelet fills $(NAME) in; ${NAME} it passes on, so alone in a value only a template can have meant it.
        plain = "env" in keys and not keys & {"command", "args", "exec", "annotations"}
        return text if plain and WHOLE.fullmatch(text) else None
    if at[-1:] == ("subPathExpr",):
        return None
    if match := LEFT_OPEN.search(text):
        return match[0]
    key = next((step for step in reversed(at) if isinstance(step, str)), "")
    host = text.partition("/")[0] if key in ("image", "reference") else text if key in HOSTS else ""
    return host if DOCUMENTATION.fullmatch(host.partition(":")[0]) else None


def _in_brackets(text: str, at: Pointer) -> str | None:
    """<bucket-name>, <your project>: what a guide asks its reader for."""
    for match in re.finditer(r"<([A-Za-z][\w. -]*)>", text):
        words = match[1].lower()
        asked = re.search(r"[ _.-]", words) and INFRASTRUCTURE.search(words)
        if asked or (_literal(at) and "data" not in at) or words in ("bucket", "project"):
            return match[0]
    return None


def _undefined(container: Container) -> Problems:
    """$(NAME) that the kubelet leaves as it is, because the container has no such variable."""
    # The controllers of other kinds add variables: LWS_GROUP_SIZE, MASTER_ADDR.
    if mappings(container.body.get("envFrom")) or container.resource.kind not in PLAIN:
        return
    known = {str(item.get("name")) for _, item in mappings(container.body.get("env"))}
    texts = [(text, at) for text, at in container.env.values() if isinstance(text, str)]
    # A shell takes $(NAME) for a command; its scripts are its own.
    shell = {word.rpartition("/")[2] for word, _ in container.words} & SHELL
    for text, at in [*texts, *([] if shell else container.words)]:
        for name in re.findall(r"(?<!\$)\$\(([A-Z][A-Z0-9_]*)\)", text):
            if name not in known and not re.search(r"_SERVICE_(?:HOST|PORT)|_PORT(?:_|$)|JOB_COMPLETION_INDEX", name):
                shown = text if len(text) <= 80 else f"$({name})"
                yield Problem(container.resource, at, f"{shown} is a placeholder: the container has no variable {name}")
                break


def _stands_in(part: str, alone: bool, literal: bool) -> bool:
    """Whether a part of a text is a placeholder; ``alone`` if it is the whole text, where a plain word is enough.

    literal: nothing in this field is ever written in capitals.
    """
    plain = part.lower().strip("<>").replace("-", "_")
    if part.startswith("<") and part.endswith(">"):
        # A chat template's <EOS> is none, nor is the <EOF> of a shell, nor <b> in a piece of HTML.
        return plain.isidentifier() and plain.upper() not in TOKENS and part.isupper()
    if literal and CAPITALS.fullmatch(part) and not part.startswith("SITE_"):
        return True
    return plain.startswith(PREFIXES) or plain in SURE or (alone and plain in WORDS)


def _is_name(at: Pointer) -> bool:
    key, above = at[-1] if at else "", at[-2] if len(at) > 1 else ""
    if key == "name":
        return at == ("metadata", "name") or above in REFERENCES
    return key in NAMED or (key == "key" and above in REFERENCES) or key == "kueue.x-k8s.io/queue-name"
