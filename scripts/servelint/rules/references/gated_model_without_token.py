"""A container downloads a gated model without a token.

Hugging Face answers 401 after the image has been pulled and the engine has started; the container restarts and tries
again, on a node that is paid for, until somebody reads its log.
"""

import re

from ...model import Container, Overlay, Pointer, Problem, Problems, Resource, mapping, mappings
from ...views.engines import engine_of
from ...views.environment import UNKNOWN, texts, variables
from ...views.references import declared
from ..examples import server

SEVERITY = "error"
HINT = "Add env HF_TOKEN with a secretKeyRef, or serve from a mounted folder."
SOURCE = "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables"
COVERS = ("REF-05",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-405b", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server(
    "--model-path meta-llama/Llama-3.1-405B",
    container="env: [{name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf-secret, key: hf_api_token}}}]",
)
BAD = GOOD.replace("HF_TOKEN", "HUGGINGFACE_TOKEN")

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH")
MODEL_FLAGS = ("model-path", "model", "model-dir", "model-id", "model-name-or-path", "tokenizer", "tokenizer-path")
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
DOWNLOADS = r"huggingface-cli\s+download|\bhf\s+download|snapshot_download|hf_hub_download"


def _has_token(overlay: Overlay, container: Container, script: str) -> bool:
    known = variables(overlay, container)
    if any(known.get(name, ("", ()))[0] for name in TOKENS) or re.search(
        r"\bHF_TOKEN=|\b(huggingface-cli|hf auth) login", script
    ):
        return True
    for _, source in mappings(container.body.get("envFrom")):
        secret = mapping(source.get("secretRef")).get("name")
        found = declared(overlay, "Secret", str(secret)) if secret else []
        prefix = str(source.get("prefix") or "")
        # A Secret that shows no keys may hold the token.
        if secret and (
            not found or any(d.keys is None or {prefix + key for key in d.keys} & set(TOKENS) for d in found)
        ):
            return True
    return False


def _downloads(overlay: Overlay, container: Container, script: str, model: str) -> bool:
    """Whether a program that fetches models is given the model's id, and no folder in its place."""
    engine = engine_of(overlay, container)
    values = {name: value for name, (value, _) in variables(overlay, container).items()}
    if any(values.get(name, "").lower() in ("1", "true", "yes", "on") for name in OFFLINE):
        return False
    if engine is None and not re.search(DOWNLOADS, script):
        return False
    flags = [str(f.value) for name in MODEL_FLAGS for f in (engine.flags.get(name, ()) if engine else ())]
    local = [*flags, values.get("MODEL_PATH", "")]
    if any(value.startswith(("/", "./", "gs://", "s3://", UNKNOWN)) for value in local) and not re.search(
        DOWNLOADS, script
    ):
        return False
    # The id as a word of its own: below a folder it is a copy.
    word = re.compile(rf"(?<![\w./-]){re.escape(model)}(?![\w./-])", re.IGNORECASE)
    return any(word.search(text) for text in (*flags, *values.values(), script))


def _place(overlay: Overlay, container: Container, model: str) -> tuple[Resource, Pointer]:
    """Where the id is written if a ConfigMap hands it to the pod, else the container's variables."""
    for _, source in mappings(container.body.get("envFrom")):
        config = overlay.named("ConfigMap", str(mapping(source.get("configMapRef")).get("name", "")))
        for key, value in mapping(config.body.get("data") if config else None).items():
            if config and str(value).lower() == model.lower():
                return config, ("data", str(key))
    return container.resource, (*container.pointer, "env") if "env" in container.body else container.pointer


def check(overlay: Overlay) -> Problems:
    model = overlay.model
    if model is None or not model.gated:
        return
    for container in overlay.containers:
        script = "\n".join(text.text for text in texts(overlay, container))
        if _downloads(overlay, container, script, model.id) and not _has_token(overlay, container, script):
            resource, at = _place(overlay, container, model.id)
            who = f"container {container.name} of {container.resource.title}"
            yield Problem(resource, at, f"{who} downloads {model.id}, which is gated, without HF_TOKEN")
