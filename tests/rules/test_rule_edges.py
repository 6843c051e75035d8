"""Other instances of what rules are about than their own examples, and what looks like one and is none."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.model import MOST_WORDS, Overlay
from servelint.rules import all_rules, examples
from servelint.steps import pipeline
from servelint.steps.lint import lint, lint_fleet
from support import ROOT, said_by


def pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    main = {"name": "engine", "image": "lmsysorg/sglang:v0.4.6.post4-cu124", **(container or {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [main], **spec}}


def env(value: str, name: str = "BUCKET") -> dict[str, Any]:
    return pod({"env": [{"name": name, "value": value}]})


def args(*words: str, **more: Any) -> dict[str, Any]:
    return pod({"args": list(words), **more})


@pytest.mark.parametrize("end", [("--tp-size", "8"), ("--tp-size", "16"), ("--tp-size",)])
@pytest.mark.parametrize("size", [0, 3_000])
def test_what_is_too_long_is_one_error_wherever_its_words_end(size: int, end: tuple[str, ...]) -> None:
    """Of a part of the words, a flag whose value is cut off would be without one, and what overrules it unseen."""
    start = examples.server(" ".join(["--log-level info"] * (MOST_WORDS // 2 - 3) + ["x"] * size + list(end)))
    found = lint(Overlay("o", "leaf", pipeline.parse(start), HARDWARE["a3ultra"]), list(all_rules().values()))
    too_long = len(examples.STARTS["sglang"].split()) + MOST_WORDS - 6 + size + len(end) > MOST_WORDS
    assert [hit.severity for hit in found if hit.rule.id == "unjudged-length"] == ["error"] * too_long
    if too_long:
        assert [hit.rule.id for hit in found if hit.rule.family == "engine" or hit.rule.id.endswith("-shortage")] == []


def config(**data: str) -> dict[str, Any]:
    named = {
        re.sub(r"_(yaml|yml|json|sh|py|md|pem|jinja|properties)$", r".\1", key): text for key, text in data.items()
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": named}


def volume(handle: str) -> dict[str, Any]:
    csi = {"driver": "pd.csi.storage.gke.io", "volumeHandle": handle}
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadOnlyMany"], "csi": csi}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": spec}


def fired(rule: str, *bodies: dict[str, Any], kind: str = "leaf") -> list[str]:
    resources = pipeline.parse("\n---\n".join(map(json.dumps, bodies)))
    overlay = Overlay(path="overlays/x", kind=kind, resources=resources, kubernetes=("1.33",))
    return [hit.problem.message for hit in lint(overlay, [all_rules()[rule]])]


PLACEHOLDERS = [
    volume("projects/PROJECT_ID/zones/us-central1-a/disks/engine"),
    volume("projects/${PROJECT}/zones/us-central1-a/disks/engine"),
    volume("projects/$(PROJECT_ID)/zones/us-central1-a/disks/engine"),
    volume("projects/<project>/zones/us-central1-a/disks/engine"),
    volume("projects/{{ project }}/zones/us-central1-a/disks/engine"),
    volume("projects/$PROJECT_ID/zones/us-central1-a/disks/engine"),
    pod({"image": "gcr.io/PROJECT_ID/sglang:v1"}),
    pod({"image": "gcr.io/your-project/sglang:v1"}),
    pod({"image": "registry.example.com/sglang:v1"}),
    pod({"image": "{{ .Values.image }}:v1"}),
    pod(nodeSelector={"cloud.google.com/gke-nodepool": "${POOL}"}),
    env("gs://<bucket-name>/logs"),
    env("gs://${BUCKET}/logs"),
    env("${BUCKET}"),
    env("gs://xxx/logs"),
    env("changeme"),
    env("PROJECT_ID"),
    env("TODO"),
    env("$(BUCKET_NAME)"),
    env("{{ .Values.bucket }}"),
    args("--model", "YOUR_MODEL"),
    args("--model=<your model>"),
    args("--bucket=$(BUCKET)"),
    config(engine_yaml="launch:\n  model: <YOUR_MODEL>\n  a: 1\n"),
    config(bucket="your-bucket"),
    {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i"},
     "spec": {"rules": [{"host": "llm.example.com"}]}},
]  # fmt: skip
REAL = [
    volume("projects/team-ml/zones/us-central1-a/disks/engine"),
    volume("SITE_PROJECT"),
    env("$(POD_IP):8000", "POD_IP"),
    pod({"env": [{"name": "A", "value": "x"}, {"name": "B", "value": "$(A)/y"}]}),
    pod({"env": [{"name": "B", "value": "$(A)/y"}], "envFrom": [{"configMapRef": {"name": "c"}}]}),
    env("$(KUBERNETES_SERVICE_HOST)"),
    env("xxx", "OPENAI_API_KEY"),
    env("/usr/lib:${LD_LIBRARY_PATH}", "LD_LIBRARY_PATH"),
    env("/opt/xxhash", "PATH"),
    pod({"command": ["bash", "-c"], "args": ['exec run --model "${MODEL}" --at $(HOST) $FOO <file']}),
    args("--chat-template", "{{ messages }}<|im_end|> <think> <EOS> <tool_name>"),
    args("--image-token", "<image>"),
    args("--query", "a < b and c > d"),
    config(run_sh='#!/bin/bash\nfor f in ${FILES}; do echo "TODO $f <none>"; done\n'),
    config(launch_py='print(f"{name} ${{{key}}}")\n# changeme\n'),
    config(template_jinja="{{ .Values.x }} is text\nfor another program\n"),
    {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": "r"},
     "spec": {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0",
                                                  "annotations": {"summary": "{{ $labels.pod }} is down"},
                                                  "labels": {"pod": "{{ $labels.pod }}"}}]}]}},
    {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "a"},
     "spec": {"goTemplate": True, "template": {"metadata": {"name": "{{ .path.basename }}"}}}},
    {"apiVersion": "serving.kserve.io/v1alpha1", "kind": "ServingRuntime", "metadata": {"name": "r"},
     "spec": {"containers": [{"name": "kserve-container", "image": "a:1", "args": ["--model_name={{.Name}}"]}]}},
    pod({"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(POD_NAME)"}]}),
]  # fmt: skip


@pytest.mark.parametrize("body", PLACEHOLDERS, ids=range(len(PLACEHOLDERS)))
def test_placeholder_is_found(body: dict[str, Any]) -> None:
    assert fired("placeholder-value", body)


@pytest.mark.parametrize("body", REAL, ids=range(len(REAL)))
def test_real_value_is_left_alone(body: dict[str, Any]) -> None:
    assert fired("placeholder-value", body) == []


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **fields}


HF = "hf_" + "AbCdEfGhIj" * 4
CREDENTIALS = [
    args("--token", HF),
    args(f"--token={HF}"),
    args("--api-key", "s3cr3t-of-the-team"),
    pod({"command": ["bash", "-c", f"export HF_TOKEN={HF}; exec run"]}),
    pod({"command": ["bash", "-c", "export HF_TOKEN=not-a-shape-but-long; exec run"]}),
    pod({"command": ["bash", "-c", "curl -H 'Authorization: Bearer abcdef0123456789abcdef' https://a.b"]}),
    config(env="HF_TOKEN=not-a-shape-but-long"),
    config(HF_TOKEN="not-a-shape-but-long"),
    config(config_yaml="hub:\n  hf_token: not-a-shape-but-long\n  other: 1\n"),
    config(config_json='{"api_key": "not-a-shape-but-long"}'),
    config(config_yaml=f"a: {HF}\n"),
    {**config(a="b"), "metadata": {"name": "c", "annotations": {"note": HF}}},
    env("https://user:s3cr3tpassword@huggingface.co/repo"),
    args("--repo", "https://oauth2:glpat0123456789@gitlab.com/a/b.git"),
    env("redis://:s3cr3tpassword@redis:6379/0", "REDIS_URL"),
    env("AKIA" + "IOSFODNN7ABCDEFG", "ID"),
    env("wJalrXUtnFEMI/K7MDENG/bPxRfiCYABCDEFGHIJ", "AWS_SECRET_ACCESS_KEY"),
    env("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "MAPS"),
    env("nvapi-" + "abcdefghij0123456789abcdefghij", "NGC"),
    config(key_pem="-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n"),
    config(sa_json='{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE"}'),
    env("hunter2hunter2", "DB_PASSWORD"),
    env("hunter2hunter2", "dbPassword"),
    config(env="LOG=info\nexport HF_TOKEN='not-a-shape-but-long'\n"),
    config(load_py='TOKEN = "not-a-shape-but-long"\n'),
    secret(data={"token": "aGZfYWJjZGVmZ2hpamtsbW5vcA=="}),
    secret(stringData={"hf_api_token": "not-a-shape-but-long"}),
    secret(data={".dockerconfigjson": "eyJhdXRocyI6IHsibnZjci5pbyI6IHsiYXV0aCI6ICJhYmNkZWYwMTIzNDU2Nzg5In19fQ=="},
           type="kubernetes.io/dockerconfigjson"),
]  # fmt: skip
HARMLESS = [
    pod({"env": [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}),
    env("", "HF_TOKEN"),
    env("EMPTY", "OPENAI_API_KEY"),
    env("$(OTHER)", "HF_TOKEN"),
    env("/var/run/secrets/token", "HF_TOKEN_FILE"),
    env("/var/run/secrets/token", "HF_TOKEN_PATH"),
    env("true", "HF_HUB_DISABLE_IMPLICIT_TOKEN"),
    env("32768", "MAX_TOKENS"),
    env("https://huggingface.co/repo", "URL"),
    env("http://user@host:8000/path", "URL"),
    args("--max-tokens", "4096", "--eos-token", "</s>", "--tokenizer", "auto", "--api-key", "EMPTY"),
    args("--tokenizer-mode=auto", "--skip-tokenizer-init", "--pad-token-id=0"),
    pod({"command": ["bash", "-c", 'export HF_TOKEN="$(cat /secrets/token)"; export NGC_API_KEY=$KEY']}),
    pod({"command": ["bash", "-c", 'curl -H "Authorization: Bearer $TOKEN" https://a.b']}),
    config(config_yaml="hub:\n  hf_token: ''\n  api_key: null\n  token_file: /run/token\n"),
    config(config_yaml="tokenizer: meta-llama/Llama-3.1-8B\nmax_num_tokens: 8192\nstop_token: '<|eot|>'\n"),
    config(load_py='token = os.environ["HF_TOKEN"]\napi_key = load(name)\nclient = Client(api_key="EMPTY", token=token)\n'),
    config(run_sh='TOKEN=$(cat /run/token)\nexport NGC_API_KEY="${KEY:?}"\n'),
    config(tokenizer_config_json='{"eos_token": "<|im_end|>", "bos_token": "<|begin_of_text|>", "pad_token": "<pad>"}'),
    config(url="https://${USER}:${PASSWORD}@host/x"),
    secret(data={}),
    secret(type="kubernetes.io/service-account-token"),
    secret(stringData={"hf_api_token": ""}),
    config(readme_md="Set HF_TOKEN to a token with read access.\nIts shape is hf_xxx.\n"),
    config(sum="sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
]  # fmt: skip


@pytest.mark.parametrize("body", CREDENTIALS, ids=range(len(CREDENTIALS)))
def test_credential_is_found(body: dict[str, Any]) -> None:
    assert fired("token-in-manifest", body)


@pytest.mark.parametrize("body", HARMLESS, ids=range(len(HARMLESS)))
def test_what_is_no_credential_is_left_alone(body: dict[str, Any]) -> None:
    assert fired("token-in-manifest", body) == []


def modes(source: dict[str, Any]) -> dict[str, Any]:
    return pod(volumes=[{"name": "v", **source}])


ITEM = {"key": "a", "path": "a"}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ({"configMap": {"name": "c", "defaultMode": 755}}, 1),
        ({"secret": {"secretName": "c", "defaultMode": 600}}, 1),
        ({"configMap": {"name": "c", "defaultMode": 493, "items": [{**ITEM, "mode": 444}]}}, 1),
        ({"projected": {"defaultMode": 755, "sources": [{"configMap": {"name": "c"}}]}}, 1),
        ({"projected": {"sources": [{"configMap": {"name": "c", "items": [{**ITEM, "mode": 755}]}}]}}, 1),
        ({"projected": {"sources": [{"secret": {"name": "c", "items": [{**ITEM, "mode": 400}]}}]}}, 1),
        ({"downwardAPI": {"defaultMode": 644, "items": []}}, 1),
        ({"configMap": {"name": "c", "defaultMode": 493}}, 0),
        ({"configMap": {"name": "c", "defaultMode": 420, "items": [{**ITEM, "mode": 256}]}}, 0),
        ({"configMap": {"name": "c", "defaultMode": 0o555}}, 0),
        ({"configMap": {"name": "c"}}, 0),
    ],
)
def test_mode_meant_as_octal_is_found(source: dict[str, Any], count: int) -> None:
    assert len(fired("octal-looking-mode", modes(source))) == count


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ({"engine_yaml": "a: 1\nb: {c: 1, c: 2}\n"}, 1),
        ({"config_json": '{"a": {"b": 1, "b": 2}}'}, 1),
        ({"config_yml": "- a: 1\n  a: 2\n"}, 1),
        ({"engine": "tp_size: 8\npp_size: 1\ntp_size: 4\n"}, 1),
        ({"config": '{"a": 1, "a": 2}'}, 1),
        ({"engine_yaml": "a: 1\nb: {c: 1, d: 2}\n"}, 0),
        ({"run_sh": "a: 1\na: 2\n"}, 0),
        ({"notes": "See: below\nSee: above\nand more prose\n"}, 0),
        ({"app_properties": "a: 1\na: 2\n"}, 0),
    ],
)
def test_key_given_twice_in_embedded_text(data: dict[str, str], count: int) -> None:
    assert len(fired("broken-config-file", config(**data))) == count


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (args("--override", '{"a": 1, "a": 2}'), 1),
        (env('{"a": {"b": 1, "b": 2}}'), 1),
        (
            {
                **pod(),
                "metadata": {"name": "p", "annotations": {"n": '[{"interfaceName":"eth0","interfaceName":"eth1"}]'}},
            },
            1,
        ),
        (args("--override", '{"a": 1, "b": 2}', "{not json", "[a, a]"), 0),
    ],
)
def test_key_given_twice_in_embedded_json(body: dict[str, Any], count: int) -> None:
    assert len(fired("broken-config-file", body)) == count


def test_object_that_stands_twice_in_one_file() -> None:
    named, other = config(a="b"), {**config(a="b"), "metadata": {"name": "c", "namespace": "n"}}
    generated = {**config(a="b"), "metadata": {"generateName": "c-"}}
    resources = pipeline.parse("\n---\n".join(map(json.dumps, [named, other, generated, generated, config(a="c")])))
    overlay = Overlay(path="file.yaml", kind="manifest", resources=resources, kubernetes=("1.33",))
    messages = [hit.problem.message for _, hit in lint_fleet([overlay], [all_rules()["twice-rendered-object"]])]
    assert messages == ["ConfigMap c stands here a second time"]


def test_object_that_two_applications_bring_into_one_cluster() -> None:
    def sync(*paths: str) -> str:
        head = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
        return "\n---\n".join(json.dumps({**head, "metadata": {"name": p[-1]}, "spec": {"path": p}}) for p in paths)

    def count(*paths: str) -> int:
        texts = {"clusters/a/sync": ("sync", sync(*paths)), "clusters/a": ("cluster", json.dumps(config(a="b"))),
                 "clusters/a/more": ("cluster", json.dumps(config(a="c")))}  # fmt: skip
        fleet = [Overlay(path=p, kind=k, resources=pipeline.parse(t)) for p, (k, t) in texts.items()]
        return len(lint_fleet(fleet, [all_rules()["twice-rendered-object"]]))

    assert count("./clusters/a") == 0
    assert count("./clusters/a", "./clusters/a/more") == 1


def deployment(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"selector": {"matchLabels": {"app": "d"}},
                     "template": {"metadata": {"labels": {"app": "d"}}, "spec": pod(**spec)["spec"]}}}  # fmt: skip


def obj(api_version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def mounted(**source: Any) -> dict[str, Any]:
    return pod(volumes=[{"name": "v", **source}])


DANGLING = {
    "projected-config-map": mounted(projected={"sources": [{"configMap": {"name": "gone"}}]}),
    "projected-secret": mounted(projected={"sources": [{"secret": {"name": "gone"}}]}),
    "env-from": pod({"envFrom": [{"secretRef": {"name": "gone"}}]}),
    "publish-secret": mounted(csi={"driver": "d", "nodePublishSecretRef": {"name": "gone"}}),
    "pull-secret": pod(imagePullSecrets=[{"name": "gone"}]),
    "service-account": pod(serviceAccountName="gone"),
    "claim": mounted(persistentVolumeClaim={"claimName": "gone"}),
    "claim-template": pod(resourceClaims=[{"name": "c", "resourceClaimTemplateName": "gone"}]),
    "init-container": pod(initContainers=[{"name": "i", "image": "a:1", "envFrom": [{"configMapRef": {"name": "gone"}}]}]),
    "ephemeral-container-env": pod({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "gone", "key": "k"}}}]}),
    "scaler": obj("autoscaling/v2", "HorizontalPodAutoscaler", "h",
                  spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "gone"}, "maxReplicas": 2}),
    "keda": obj("keda.sh/v1alpha1", "ScaledObject", "s", spec={"scaleTargetRef": {"name": "gone"}, "triggers": []}),
    "role": obj("rbac.authorization.k8s.io/v1", "RoleBinding", "b", subjects=[],
                roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "gone"}),
    "subject": obj("rbac.authorization.k8s.io/v1", "RoleBinding", "b",
                   roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
                   subjects=[{"kind": "ServiceAccount", "name": "gone"}]),
    "volume": obj("v1", "PersistentVolumeClaim", "c", spec={"volumeName": "gone", "storageClassName": "",
                                                            "accessModes": ["ReadOnlyMany"],
                                                            "resources": {"requests": {"storage": "1Gi"}}}),
    "service-of-a-stateful-set": obj("apps/v1", "StatefulSet", "s", spec={
        "serviceName": "gone", "selector": {"matchLabels": {"app": "s"}},
        "template": {"metadata": {"labels": {"app": "s"}}, "spec": pod()["spec"]}}),
}  # fmt: skip
PROVIDED = {
    "optional-projected": mounted(projected={"sources": [{"configMap": {"name": "gone", "optional": True}}]}),
    "optional-env-from": pod({"envFrom": [{"secretRef": {"name": "gone", "optional": True}}]}),
    "default-account": pod(serviceAccountName="default"),
    "system-priority": pod(priorityClassName="system-node-critical"),
    "storage-class": mounted(ephemeral={"volumeClaimTemplate": {"spec": {"storageClassName": "premium-rwo"}}}),
    "runtime-class": pod(runtimeClassName="gvisor"),
    "root-ca": mounted(configMap={"name": "kube-root-ca.crt"}),
    "built-in-role": obj("rbac.authorization.k8s.io/v1", "RoleBinding", "b", subjects=[],
                         roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}),
    "group-subject": obj("rbac.authorization.k8s.io/v1", "RoleBinding", "b",
                         roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                         subjects=[{"kind": "Group", "name": "team@example.com"}]),
    "system-role": obj("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "b", subjects=[],
                       roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node"}),
    "account-of-another-team": obj("rbac.authorization.k8s.io/v1", "RoleBinding", "b",
                                   roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
                                   subjects=[{"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"}]),
}  # fmt: skip
CHAIN = [
    (obj("kueue.x-k8s.io/v1beta2", "LocalQueue", "q", spec={"clusterQueue": "gone"}),
     obj("kueue.x-k8s.io/v1beta2", "ClusterQueue", "cq", spec={})),
    (obj("kueue.x-k8s.io/v1beta2", "ClusterQueue", "cq", spec={"resourceGroups": [
        {"coveredResources": ["nvidia.com/gpu"], "flavors": [{"name": "gone", "resources": []}]}]}),
     obj("kueue.x-k8s.io/v1beta2", "ResourceFlavor", "f", spec={})),
    (obj("kueue.x-k8s.io/v1beta2", "ResourceFlavor", "f", spec={"topologyName": "gone"}),
     obj("kueue.x-k8s.io/v1beta2", "Topology", "t", spec={"levels": []})),
    (pod(priorityClassName="gone"), obj("scheduling.k8s.io/v1", "PriorityClass", "p", value=1)),
    (pod(runtimeClassName="gone"), obj("node.k8s.io/v1", "RuntimeClass", "r", handler="h")),
    (obj("gateway.networking.k8s.io/v1", "HTTPRoute", "r", spec={"parentRefs": [{"name": "gone"}]}),
     obj("gateway.networking.k8s.io/v1", "Gateway", "g", spec={})),
]  # fmt: skip


@pytest.mark.parametrize("body", DANGLING.values(), ids=DANGLING)
def test_reference_to_nothing(body: dict[str, Any]) -> None:
    assert fired("dangling-reference", body, kind="cluster")


@pytest.mark.parametrize("body", PROVIDED.values(), ids=PROVIDED)
def test_reference_to_what_a_cluster_has(body: dict[str, Any]) -> None:
    assert fired("dangling-reference", body, kind="cluster") == []


@pytest.mark.parametrize("bodies", CHAIN, ids=[bodies[1]["kind"] for bodies in CHAIN])
def test_reference_beside_others_of_its_kind(bodies: tuple[dict[str, Any], ...]) -> None:
    assert fired("dangling-reference", *bodies, kind="cluster")
    # Alone, the target may be the platform's.
    assert fired("dangling-reference", bodies[0], kind="leaf") == []


SCALARS = (
    "0x1F",
    "0o17",
    "017",
    "1e3",
    "1_000",
    "on",
    "y",
    "No",
    "~",
    ".5",
    "-1",
    "true",
    "12345678901234567890",
)
TEXTS = ("1:30", "2026-11-21", "'1'", '"on"', "v1", "1.2.3", "0b", "=", "08:00", "nvidia.com/gpu", "1Gi", "!!str 1")
PLACES = {
    "env": "spec: {containers: [{name: a, image: a:1, env: [{name: A, value: %s}]}]}",
    "args": "spec: {containers: [{name: a, image: a:1, args: [%s]}]}",
    "annotation": "spec: {containers: [{name: a, image: a:1}]}",
}


def typed(place: str, scalar: str) -> list[str]:
    note = scalar if place == "annotation" else "a"
    head = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{a: {note}}}, labels: {{a: b}}}}\n"
    body = PLACES[place] % scalar if "%s" in PLACES[place] else PLACES[place]
    overlay = Overlay(path="o", kind="leaf", resources=pipeline.parse(head + body + "\n"), kubernetes=("1.33",))
    return [hit.problem.message for hit in lint(overlay, [all_rules()["schema-violation"]])]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scalar", SCALARS)
def test_scalar_that_is_no_text_to_the_server(place: str, scalar: str) -> None:
    # Only null is taken: as nothing, or as an empty text.
    assert bool(typed(place, scalar)) == (scalar != "~")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scalar", TEXTS)
def test_scalar_that_is_text_to_the_server(place: str, scalar: str) -> None:
    assert typed(place, scalar) == []


def kept(kind: str, **annotations: str) -> list[str]:
    body = volume("projects/a/zones/b/disks/c")
    body["metadata"]["annotations"] = annotations
    return fired("prunable-volume", body, kind=kind)


def test_volume_in_a_manifest_is_judged_by_the_tool_that_it_names() -> None:
    assert kept("manifest") == []
    assert kept("manifest", **{"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}) == []
    assert len(kept("manifest", **{"argocd.argoproj.io/sync-options": "Prune=false"})) == 1
    assert len(kept("manifest", **{"kustomize.toolkit.fluxcd.io/prune": "enabled"})) == 1
    assert len(kept("leaf")) == 1


def test_claims_that_go_with_their_stateful_set() -> None:
    spec = {"volumeClaimTemplates": [{"metadata": {"name": "v"}}], "persistentVolumeClaimRetentionPolicy": {}}
    assert fired("prunable-volume", obj("apps/v1", "StatefulSet", "s", spec=spec)) == []
    spec = {**spec, "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"}}
    assert len(fired("prunable-volume", obj("apps/v1", "StatefulSet", "s", spec=spec))) == 1


SGLANG = "python3 -m sglang.launch_server --model-path m"
BY_SCRIPT = {
    "command": [("run.sh", "#!/bin/bash\nexec {run} --tp {size}\n")],
    "own variable": [("run.sh", "#!/bin/bash\nTP={size}\nexec {run} --tp $TP\n")],
    "array": [("run.sh", '#!/bin/bash\nARGS=(--tp {size})\nexec {run} "${{ARGS[@]}}"\n')],
    "python": [("run.py", "import os\nos.execvp('python3', {words})\n")],
}


@pytest.mark.parametrize("kind", BY_SCRIPT)
@pytest.mark.parametrize(("size", "rules"), [(8, []), (4, ["idle-gpus"]), (16, ["gpu-shortage"])])
def test_sizes_are_read_in_mounted_scripts(kind: str, size: int, rules: list[str]) -> None:
    ((key, text),) = BY_SCRIPT[kind]
    words = [*SGLANG.split(), "--tp", str(size)]
    script = {**config(), "data": {key: text.format(run=SGLANG, size=size, words=words)}}
    body = pod(
        {
            "command": ["python3" if key.endswith(".py") else "bash", f"/scripts/{key}"],
            "resources": {"limits": {"nvidia.com/gpu": "8"}},
            "volumeMounts": [{"name": "s", "mountPath": "/scripts"}],
        },
        volumes=[{"name": "s", "configMap": {"name": "c"}}],
    )
    assert [rule for rule in ("idle-gpus", "gpu-shortage") if fired(rule, body, script)] == rules


PUT_TOGETHER = {
    "a string": {"command": ["bash", "-c", f'CMD="{SGLANG} --tp 8"\nCMD="$CMD --port 1"\nexec $CMD']},
    "the environment": {
        "command": ["bash", "-c", f"exec {SGLANG} $ENGINE_ARGS"],
        "env": [{"name": "ENGINE_ARGS", "value": "--tp 8 --trust-remote-code"}],
    },
    "a loop": {"command": ["bash", "-c", f"for TP in 4 8; do {SGLANG} --tp $TP; done"]},
}


@pytest.mark.parametrize("how", PUT_TOGETHER)
def test_sizes_that_a_script_puts_together_are_not_guessed(how: str) -> None:
    body = pod({**PUT_TOGETHER[how], "resources": {"limits": {"nvidia.com/gpu": "8"}}})
    assert fired("idle-gpus", body) == fired("gpu-shortage", body) == []


def test_size_from_a_key_of_a_configmap() -> None:
    source = {"configMapKeyRef": {"name": "c", "key": "tp"}}
    body = pod(
        {
            "command": [*SGLANG.split(), "--tp", "$(TP)"],
            "env": [{"name": "TP", "valueFrom": source}],
            "resources": {"limits": {"nvidia.com/gpu": "8"}},
        }
    )
    assert fired("idle-gpus", body, config(tp="4"))
    assert fired("idle-gpus", body, config(tp="8")) == fired("idle-gpus", body) == []


def owned(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    groups = {"StatefulSet": "apps/v1", "Deployment": "apps/v1", "CronJob": "batch/v1"}
    api = "serving.kserve.io/v1beta1" if kind == "InferenceService" else groups.get(kind, "v1")
    return obj(api, kind, name, metadata={"name": name, **metadata}, spec=spec)


def of_claim(storage_class: str, size: str = "900Gi", **more: Any) -> dict[str, Any]:
    requests = {"requests": {"storage": size}}
    return {"storageClassName": storage_class, "accessModes": ["ReadWriteOnce"], "resources": requests, **more}


def stateful(*mounts: str) -> dict[str, Any]:
    main = {
        "name": "engine",
        "image": "a",
        "volumeMounts": [{"name": name, "mountPath": f"/{name}"} for name in mounts],
    }
    templates = [{"metadata": {"name": name}, "spec": of_claim("premium-rwo")} for name in ("model", "logs")]
    return owned("StatefulSet", "s", {"template": {"spec": {"containers": [main]}}, "volumeClaimTemplates": templates})


def test_claim_of_a_stateful_set_that_nothing_mounts() -> None:
    assert fired("unmounted-volume", stateful("model", "logs")) == []
    assert fired("unmounted-volume", stateful("model")) == [
        "claim logs is made for each pod, but no container mounts it"
    ]


@pytest.mark.parametrize(("more", "count"), [({}, 1), ({"type": "DirectoryOrCreate"}, 1), ({"type": "Directory"}, 0)])
def test_local_ssd_behind_a_claim(more: dict[str, str], count: int) -> None:
    host = {"path": "/mnt/stateful_partition/kube-ephemeral-ssd", **more}
    assert len(fired("unchecked-local-ssd", owned("PersistentVolume", "v", {"hostPath": host}))) == count


@pytest.mark.parametrize(
    ("name", "size", "count"),
    [
        ("lustre-rwx-500mbps-per-tib", "9000Gi", 1),
        ("lustre-rwx-500mbps-per-tib", "18000Gi", 0),
        ("lustre-rwx-1000mbps-per-tib", "9000Gi", 0),
        ("lustre-rwx-125mbps-per-tib", "36000Gi", 1),
        ("premium-rwo", "9000Gi", 0),
    ],
)
def test_lustre_of_a_class_that_says_its_throughput(name: str, size: str, count: int) -> None:
    assert len(fired("impossible-lustre-size", owned("PersistentVolumeClaim", "c", of_claim(name, size)))) == count


def reserved(namespace: str) -> dict[str, Any]:
    spec = {"storageClassName": "", "claimRef": {"name": "model", "namespace": namespace}}
    return owned("PersistentVolume", "v", {**spec, "capacity": {"storage": "900Gi"}, "accessModes": ["ReadWriteOnce"]})


@pytest.mark.parametrize(
    ("namespace", "storage_class", "count"), [("default", "", 1), ("inference", "", 0), ("default", "premium-rwo", 0)]
)
def test_claim_out_of_reach_of_the_volume_that_waits_for_it(namespace: str, storage_class: str, count: int) -> None:
    claim = owned("PersistentVolumeClaim", "model", of_claim(storage_class), namespace="inference")
    assert len(fired("mismatched-claim", reserved(namespace), claim, kind="manifest")) == count


def test_bucket_behind_a_class_of_gke() -> None:
    body = pod(volumes=[{"name": "m", "persistentVolumeClaim": {"claimName": "model"}}])
    for name, count in (("gcsfusecsi-serving", 1), ("standard-rwx", 0)):
        claim = owned("PersistentVolumeClaim", "model", of_claim(name))
        assert len(fired("gcsfuse-without-sidecar", body, claim)) == count


def test_toml_that_gives_a_key_twice() -> None:
    twice = {**config(), "data": {"engine.toml": "tp = 8\ntp = 4\n"}}
    assert len(fired("broken-config-file", twice)) == 1
    assert fired("broken-config-file", {**config(), "data": {"engine.toml": "[a]\ntp = 8\n[b]\ntp = 4\n"}}) == []


@pytest.mark.parametrize(("mode", "count"), [("rawdeployment", 1), ("Raw", 1), ("RawDeployment", 0), ("Standard", 0)])
def test_deployment_mode_that_kserve_does_not_know(mode: str, count: int) -> None:
    container = {"name": "kserve-container", "image": "a", "resources": {"limits": {"nvidia.com/gpu": "8"}}}
    container["startupProbe"] = {"httpGet": {"path": "/", "port": 1}, "periodSeconds": 10, "failureThreshold": 360}
    predictor = {"predictor": {"containers": [container]}}
    body = owned("InferenceService", "i", predictor, annotations={"serving.kserve.io/deploymentMode": mode})
    assert len(fired("serverless-model-load", body)) == count


def wave(turn: str) -> dict[str, dict[str, str]]:
    return {"annotations": {"argocd.argoproj.io/sync-wave": turn}}


def test_what_waits_in_a_wave_of_its_own() -> None:
    template = pod(volumes=[{"name": "m", "persistentVolumeClaim": {"claimName": "model"}}])["spec"]
    server = owned("Deployment", "server", {"template": {"spec": template}}, **wave("1"))
    claim = owned("PersistentVolumeClaim", "model", of_claim("premium-rwo"), **wave("0"))
    (message,) = fired("blocking-wave", server, claim)
    assert message == "PersistentVolumeClaim model waits for a first pod, and Deployment server comes after it"
    bound = {**claim, "spec": {**claim["spec"], "volumeName": "v"}}
    assert fired("blocking-wave", server, bound) == []
    assert fired("blocking-wave", {**server, "metadata": {"name": "server"}}, claim) == []
    queued = {**server, "metadata": {"name": "server", "labels": {"kueue.x-k8s.io/queue-name": "q"}}}
    assert fired("blocking-wave", queued) == []
    assert len(fired("blocking-wave", queued, {**claim, "metadata": {"name": "other", **wave("3")}})) == 1


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({"env": [{"name": "NCCL_DEBUG", "value": "INFO"}]}, 1),
        ({"resources": {"limits": {"nvidia.com/gpu": "8"}}}, 1),
        ({"command": ["tail", "-F", "/logs"]}, 0),
        ({"image": "envoyproxy/envoy:v1.31.2"}, 0),
        ({"ports": [{"containerPort": 9090}]}, 0),
    ],
)
def test_container_that_repeats_the_image_of_another(more: dict[str, Any], count: int) -> None:
    body = args("python3", "-m", "sglang.launch_server")
    body["spec"]["containers"].append({"name": "server", "image": body["spec"]["containers"][0]["image"], **more})
    assert len(fired("container-without-image", body)) == count


def test_run_duration_on_a_cron_job_itself() -> None:
    job = {"spec": {"template": {"spec": pod()["spec"]}}}
    notes = {"annotations": {"provreq.kueue.x-k8s.io/maxRunDurationSeconds": "3600"}}
    labels = {"labels": {"kueue.x-k8s.io/queue-name": "q"}}
    queued = {"jobTemplate": {**job, "metadata": {**labels, **notes}}}
    assert fired("unread-run-duration", owned("CronJob", "c", queued)) == []
    (message,) = fired(
        "unread-run-duration", owned("CronJob", "c", {"jobTemplate": {**job, "metadata": labels}}, **notes)
    )
    assert message.endswith("it reads the jobTemplate")


@pytest.mark.parametrize(
    ("model", "engine", "rules"),
    [
        ("nvidia/Llama-3.3-70B-Instruct-FP4", "trtllm-serve", ["missing-tensor-cores (error)"]),
        (
            "/models/Qwen3-235B-A22B-NVFP4",
            "python3 -m sglang.launch_server --model-path",
            ["missing-tensor-cores (warning)"],
        ),
        ("nvidia/DeepSeek-R1-FP4-v2", "vllm serve", ["missing-tensor-cores (warning)"]),
        ("nvidia/Llama-3.3-70B-Instruct-FP8", "trtllm-serve", []),
        ("openai/gpt-oss-120b-mxfp4", "trtllm-serve", []),
    ],
)
def test_four_bits_in_the_name_of_a_checkpoint(model: str, engine: str, rules: list[str]) -> None:
    hardware = load_hardware(ROOT)
    body = pod({"command": [*engine.split(), model], "resources": {"limits": {"nvidia.com/gpu": "8"}}})
    for machine, expected in (("a3ultra", rules), ("a4high", [])):
        resources = pipeline.parse(json.dumps(body))
        overlay = Overlay(
            path="x", kind="manifest", resources=resources, kubernetes=("1.33",), hardware=hardware[machine]
        )
        assert [said_by(hit) for hit in lint(overlay, [all_rules()["missing-tensor-cores"]])] == expected


def deployed(body: dict[str, Any]) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "p"}}, "spec": body["spec"]}
    spec = {"selector": {"matchLabels": {"app": "p"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("lm_eval --model vllm --tasks gsm8k", 1),
        ("python3 -m lm_eval --tasks gsm8k", 1),
        ("guidellm benchmark --target http://s:8000", 1),
        ("/third_party/build/all_reduce_perf -b 8 -e 8G", 1),
        ("python3 /opt/benchmark_latency.py --model m", 1),
        ("lm_eval --tasks gsm8k; sleep infinity", 0),
        ("pip install lm_eval==0.4.9", 0),
        ("all_gather_perf -b 8 && exec vllm serve m", 0),
        ("python3 serve_lm_eval_results.py", 0),
    ],
)
def test_benchmarks_of_no_engine_restart_too(script: str, count: int) -> None:
    body = pod({"command": ["bash", "-c", script]})
    assert len(fired("restarting-benchmark", deployed(body))) == count
    assert fired("restarting-benchmark", {**body, "kind": "Job", "apiVersion": "batch/v1"}) == []


@pytest.mark.parametrize(("cluster_ip", "count"), [(None, 1), ("None", 0)])
def test_service_that_publishes_pods_before_they_are_ready(cluster_ip: str | None, count: int) -> None:
    container = {
        "command": [*SGLANG.split(), "--port", "8000"],
        "ports": [{"containerPort": 8000}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": 8000}},
    }
    spec = {"selector": {"app": "p"}, "ports": [{"port": 8000}], "publishNotReadyAddresses": True}
    service = obj("v1", "Service", "s", spec=spec if cluster_ip is None else {**spec, "clusterIP": cluster_ip})
    assert len(fired("traffic-before-load", deployed(pod(container)), service)) == count


def test_empty_line_below_a_backslash() -> None:
    text = f"{SGLANG} \\\n\n  %s tee /log\n"
    assert len(fired("broken-continuation", pod({"command": ["bash", "-c", text % "2>&1 |"]}))) == 1
    assert fired("broken-continuation", pod({"command": ["bash", "-c", text % "echo |"]})) == []


@pytest.mark.parametrize(
    ("version", "key", "count"),
    [("1.0.0", "use_cuda_graph", 1), ("1.0.0rc0", "use_cuda_graph", 0), ("1.1.0", "cuda_graph_config", 0)],
)
def test_llm_argument_of_a_version_without_a_list_that_was_renamed_before_it(
    version: str, key: str, count: int
) -> None:
    body = pod(
        {
            "image": f"nvcr.io/nvidia/tensorrt-llm/release:{version}",
            "command": ["trtllm-serve", "m", "--extra_llm_api_options", "/etc/x.yaml"],
            "volumeMounts": [{"name": "v", "mountPath": "/etc/x.yaml", "subPath": "x.yaml"}],
        },
        volumes=[{"name": "v", "configMap": {"name": "c"}}],
    )
    script = {**config(), "data": {"x.yaml": f"{key}: {{}}\n"}}
    assert len([m for m in fired("doubtful-argument", body, script) if f"no argument {key}" in m]) == count


def test_the_word_none_as_text() -> None:
    assert len(fired("wrong-argument-value", args(*SGLANG.split(), "--chat-template=None"))) == 1
    body = args(*SGLANG.split(), volumeMounts=[{"name": "v", "mountPath": "/etc/engine"}])
    body["spec"]["volumes"] = [{"name": "v", "configMap": {"name": "c"}}]
    assert len(fired("wrong-argument-value", body, config(engine_yaml="launch_server: {chat-template: 'None'}\n"))) == 1
    assert fired("wrong-argument-value", args(*SGLANG.split(), "--served-model-name", "none")) == []


def test_account_of_a_project_that_is_a_placeholder() -> None:
    def account(email: str) -> dict[str, Any]:
        notes = {"iam.gke.io/gcp-service-account": email}
        return {**obj("v1", "ServiceAccount", "s"), "metadata": {"name": "s", "annotations": notes}}

    assert len(fired("placeholder-value", account("serving@PROJECT_ID.iam.gserviceaccount.com"))) == 1
    assert fired("placeholder-value", account("serving@team-ml.iam.gserviceaccount.com")) == []


def test_a_copied_file_that_tee_overwrites() -> None:
    text = "cp /cfg/e.yaml /tmp/x.yaml\necho a | tee %s /tmp/x.yaml\nrun --config /tmp/x.yaml"
    assert len(fired("overwritten-config", pod({"command": ["bash", "-c", text % ""]}))) == 1
    assert fired("overwritten-config", pod({"command": ["bash", "-c", text % "-a"]})) == []


# --- numbers that no machine holds: of 400 digits a division raises, of 5,000 what reads or prints them -----------------

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
NINES = "9" * 5_000
NUMBERS = [
    ("uncovered-request", 'cpu: "96"', f'cpu: "{"9" * 399}"'), ("uncovered-request", "nominalQuota: 16", "nominalQuota: -9e398"),
    ("uncovered-request", 'cpu: "96"', "cpu: 1e399"), ("overfull-node", "512Gi", "1e399"),
    ("stale-retry", "factor: 2", f'factor: "1{"0" * 400}"'), ("stale-retry", "limit: 10", f'limit: "{NINES}"'),
    ("stale-retry", "duration: 1m", f"duration: {NINES}m"), ("impatient-sync", "timeout: 1h", f"timeout: {NINES}m"),
    ("wrong-rdma-interfaces", "eth5", f"eth{NINES}"), ("wrong-rdma-interfaces", "rdma-3", f"rdma-{NINES}"),
    ("unknown-argument", "sglang:v0.4.6", f"sglang:v0.{NINES}"), ("uneven-experts", "release:1.", f"release:1.{NINES}."),
    ("overfull-gpus", "post4", f"post{NINES}"), ("overfull-gpus", "post4", "post"),
    ("overfull-gpus", "v0.4.6.post4", f"v{NINES}.1rc{NINES}"),
    ("unbounded-memory-volume", "512Gi", "1e399"), ("unbounded-memory-volume", "64Gi", "1e399"),
    ("small-shared-memory", "64Gi", f"{'9' * 399}"), ("overfull-disk", "Gi", f"{'9' * 300}"),
    ("illegal-parallel-size", "8", NINES), ("idle-gpus", "8", "9" * 400), ("restart-during-load", "30", "9" * 4_000),
    ("deadline-before-ready", "60", "9" * 4_000), ("short-grace-period", "15", "9" * 4_000),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "old", "new"), NUMBERS, ids=range(len(NUMBERS)))
def test_a_number_that_no_machine_holds_crashes_no_rule(rule: str, old: str, new: str) -> None:
    module = all_rules()[rule].module
    examples = [
        text for example in (module.GOOD, module.BAD) for text in ([example] if isinstance(example, str) else example)
    ]
    texts = [text if isinstance(text, str) else text[1] for text in examples]
    assert any(old in text for text in texts), "the example has changed: nothing is tried"
    for text in texts:
        resources = pipeline.parse(text.replace(old, new))
        overlay = Overlay(
            "overlays/x", "leaf", resources, HARDWARE["a3ultra"], MODELS["deepseek-r1"], kubernetes=("1.33",),
            all_hardware=HARDWARE, all_models=MODELS,
        )  # fmt: skip
        lint(overlay, list(all_rules().values()))
        lint_fleet([overlay], list(all_rules().values()))


def test_a_sync_that_waits_longer_than_a_float_counts() -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: argocd-cm}}\ndata: {{controller.sync.timeout.seconds: '{'9' * 400}'}}\n"
    overlay = Overlay("overlays/x", "manifest", pipeline.parse(text), kubernetes=("1.33",))
    assert lint_fleet([overlay], [all_rules()["impatient-sync"]]) == []


def test_what_python_warns_of_is_not_printed(recwarn: pytest.WarningsRecorder) -> None:
    """It would be a line of ours that begins with the text of a manifest."""
    script = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--unread')\nx = '\\d'\nif x is 1: pass\n"
    assert fired("unused-option", config(run_py=script)) != []
    assert fired("unused-option", config(run_py=script + "\0")) == []
    assert list(recwarn) == []


# --- of a kind without a schema nothing is taken out before the rules see it ------------------------------------------

CLAIM = """\
apiVersion: example.dev/v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: a, image: i}], volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}
---
apiVersion: example.dev/v1
kind: PersistentVolumeClaim
metadata: {name: c}
spec: {volumeName: [v]}
---
apiVersion: example.dev/v1
kind: PersistentVolume
metadata: {name: v}
spec: {csi: {driver: gcsfuse.csi.storage.gke.io}, claimRef: {name: c}, mountOptions: 5}
"""
TRITON = """\
apiVersion: example.dev/v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: triton
    image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
    command: [tritonserver, --http-port=8000, --model-repository=/m]
    ports: [{name: [http], containerPort: 8000}, {name: grpc, containerPort: 9999}]
    readinessProbe: {httpGet: {port: [8000]}}
"""
ROUTE = """\
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {ports: [{port: 80}]}
---
apiVersion: example.dev/v1
kind: HTTPRoute
metadata: {name: r}
spec: {rules: [{backendRefs: [{name: s, port: [80]}, {name: s, port: {}}, {name: s, port: 81}]}]}
"""


@pytest.mark.parametrize(
    ("rule", "text"), [("overfull-disk", CLAIM), ("unheard-port", TRITON), ("route-to-unopened-port", ROUTE)]
)
def test_a_wrong_type_in_an_unknown_kind_crashes_no_rule(rule: str, text: str) -> None:
    overlay = Overlay("overlays/x", "leaf", pipeline.parse(text), HARDWARE["a3ultra"], kubernetes=("1.33",))
    lint(overlay, list(all_rules().values()))
    assert len(lint(overlay, [all_rules()[rule]])) == (rule != "overfull-disk")


# --- texts at their shortest and at their deepest ----------------------------------------------------------------------

SCRIPTS = [
    "set", "set\nset -e", "pip", "pip\\", "pip install", "npm\napt-get\nuv\nuv pip\nuv tool", "curl | sh", "exec", "exec\n",
    "source", ".", "cd", "export", "unset", "read", "trap", "eval", "timeout", "timeout 5", "sudo", "env", "wait", "let",
    "cp", "mv", "tee", "cat <<A", "cat > engine.yaml", "mpirun", "mpirun -n", "bash", "bash -c", "bash -lc", "python3", "python3 -m",
    "python3 -m sglang.launch_server --tp", "sglang", "trtllm-serve", "trtllm-bench", "vllm", "vllm serve", "tritonserver",
    "kill", "sleep", "test", "[", "[ ]", "[[ ]]", "if; fi", "for; do; done", "case in esac", "function", "()", "{ }", "!", "&", "|", ";;",
    "\\", "$", "${", "$(", "`", "'", '"', "$((", "<", ">", "<<", "<<<", "&>", "2>", "\x00", "\x7f", "\u2028", "",
]  # fmt: skip
"""Commands that have nothing after them, and beginnings of what has no end."""


@pytest.mark.parametrize("script", SCRIPTS, ids=ascii)
@pytest.mark.parametrize("before", ["", "set -euo pipefail\n", "A=1 "])
def test_a_command_with_nothing_after_it_crashes_no_rule(script: str, before: str) -> None:
    line = {"command": ["bash", "-c", before + script], "resources": {"limits": {"nvidia.com/gpu": "8"}}}
    words = {"command": script.split(), "args": script.split(), "resources": {"limits": {"nvidia.com/gpu": "8"}}}
    bodies = [pod(line), pod(words), config(run_sh=before + script, run_py=script, engine_yaml=script, a_json=script)]
    for number, body in enumerate(bodies):
        body["metadata"]["name"] = f"x{number}"
    overlay = Overlay(
        "overlays/x", "leaf", pipeline.parse("\n---\n".join(map(json.dumps, bodies))), HARDWARE["a3ultra"],
        MODELS["deepseek-r1"], kubernetes=("1.33",), all_hardware=HARDWARE, all_models=MODELS,
    )  # fmt: skip
    lint(overlay, list(all_rules().values()))


@pytest.mark.parametrize("count", [10, 300, 900, 2_000, 20_000])
@pytest.mark.parametrize(
    "deep", ["a{b}()", "a{c}.parse_args()", "launchlib{b}.load(x)", "launchlib.load({o}1{e})", "{m}1", "{s}1"]
)
def test_a_python_program_of_any_depth_crashes_no_rule(deep: str, count: int) -> None:
    parts = {"b": ".b", "c": "()", "o": "[", "e": "]", "m": "-", "s": "1+"}
    text = deep.format(**{name: part * count for name, part in parts.items()})
    bodies = [config(run_py=f"launchlib.load(x)\np.add_argument('--x')\nv = {text}\n"), args("/s/run.py")]
    overlay = Overlay(
        "overlays/x", "leaf", pipeline.parse("\n---\n".join(map(json.dumps, bodies))), kubernetes=("1.33",)
    )
    lint(overlay, list(all_rules().values()))


def test_each_server_is_told_of_its_own_grace_period() -> None:
    """Templates of two Deployments stand at one pointer, each in its own object."""
    one = examples.server(kind="Deployment")
    text = examples.together(one, one.replace("server", "other", 1))
    overlay = Overlay("overlays/x", "leaf", pipeline.parse(text), kubernetes=("1.33",))
    assert len(lint(overlay, [all_rules()["short-grace-period"]])) == 2
