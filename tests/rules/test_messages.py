"""What a message says follows what was found: counts, names, and the words that one case has alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules import variants
from rules.test_rules import HARDWARE, RULES, Example, _hits
from rules.variants.change.lost_state import _BOUND, _CLAIM, _FLUX, _KEPT
from rules.variants.change.lost_state import _POD as _LEFT
from rules.variants.change.refused_update import _STATEFUL
from rules.variants.engine.mismatched_halves import _router, _vllm
from rules.variants.gpus.gpu_shortage import _PINNED
from rules.variants.kserve.unknown_runtime import _NEAR
from rules.variants.kustomize.replaced_list import in_pod
from rules.variants.server.refused_by_autopilot import _ADDED, _ALLOWED, _TOLERATED, _pinned, _plain
from rules.variants.storage.path_of_nothing import _serve
from rules.variants.sync.needed_later import _ACCOUNT, _LATE, _POD
from servelint.model import Pointer
from servelint.rules.change import refused_update
from servelint.rules.engine.mismatched_halves import _pair
from servelint.rules.examples import in_shell, lustre, marked, server, together
from servelint.rules.gpus import unbounded_memory_volume
from servelint.rules.kserve import unsupported_model_format
from servelint.rules.network import nccl_script_never_sourced
from servelint.rules.sync import blocking_wave

BY_ID = {rule.id: rule for rule in RULES}
PREFERS = "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}"
PODS = [_POD.replace("name: server", f"name: {name}") for name in "abc"]
MANY = {f"{i}.jinja": "" for i in range(9)}
FIVE = "args: [--a, --b, --c, --d, --e]"
HEAD, _, AFTER = blocking_wave.BAD.partition("---\n")
SAID: list[tuple[str, object, str]] = [
    ("unpinned-gpu-pod", server(pod=PREFERS), "names the machine; a preference does not bind"),
    ("unpinned-gpu-pod", server(), "names the machine"),
    ("needed-later", together(late := _ACCOUNT.replace("serving\n", f"serving\n  {_LATE}\n"), PODS[0]), "not in 0"),
    ("needed-later", together(late, *PODS), "not in 0; so do 2 more"),
    ("blocking-wave", blocking_wave.BAD, "comes after it"),
    ("blocking-wave", together(HEAD, *(AFTER.replace("name: server", f"name: {n}") for n in "abc")), "and 2 more come after it"),
    ("unbounded-memory-volume", unbounded_memory_volume.GOOD.replace("64Gi", "512Gi"), "engine has 512 GiB"),
    ("unbounded-memory-volume", server(container="volumeMounts: [{name: s, mountPath: /s}]",
                                       pod="nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}\nvolumes: "
                                       "[{name: s, emptyDir: {medium: Memory, sizeLimit: 9Ti}}]"), f"but a3ultra has {HARDWARE['a3ultra'].allocatable.memory_gib} GiB"),
    ("path-of-nothing", _serve("--chat-template /etc/engine/a", MANY), "has " + ", ".join(list(MANY)[:8])),
    ("path-of-nothing", _serve("--chat-template /etc/engine/a", {"b": ""}).replace("name: engine}}", "name: engine, items: []}}"), "has b"),
    ("replaced-list", in_pod(FIVE, "args: [b]"), "loses --a, --b, --c, --d and 1 more"),
    ("replaced-list", in_pod(FIVE.replace(", --e", ""), "args: [b]"), "loses --a, --b, --c, --d"),
    ("unknown-runtime", _NEAR.replace("name: trtllm", "name: trtllm\n  namespace: far", 1), "is in namespace far"),
    ("unknown-runtime", _NEAR.replace("runtime: trtllm", "runtime: other"), "no runtime has that name"),
    ("nccl-script-never-sourced", nccl_script_never_sourced.BAD, "NCCL_INIT_SCRIPT is set, but the shell"),
    ("nccl-script-never-sourced", server(container="volumeMounts: [{name: gib, mountPath: /usr/local/gib}]"), "gIB is mounted at /usr/local/gib, but the shell"),
    ("unsupported-model-format", unsupported_model_format.BAD, "in version 2, not 3"),
    ("unsupported-model-format", unsupported_model_format.BAD.replace("supportedModelFormats", "a"), "it lists no format, not triton"),
    ("broken-continuation", in_shell("a\n  --b"), "line 2: --b stands"),
    ("illegal-parallel-size", server("--tp-size"), "size has no value: no positive"),
    ("illegal-parallel-size", server("--tp-size 0"), "size is '0': no positive"),
    ("unknown-argument", server("--of-no-known-name"), "has no argument of-no-known-name in launch_server"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "value", "said"), SAID, ids=[f"{rule}-{i}" for i, (rule, _, _) in enumerate(SAID)])
def test_messages_say_what_was_found(rule: str, value: object, said: str, tmp_path: Path) -> None:
    context = variants.examples(BY_ID[rule], "BAD")[0][1]
    (hit,) = _hits(Example(BY_ID[rule], value, context), tmp_path)
    _, found, after = hit.problem.message.partition(said)
    assert found, hit.problem.message
    assert not after.startswith((";", " and", ",")), "it says more"


def _routed(port: str) -> str:
    """A pair of halves, and a router that is told of a port for the first."""
    return _pair(
        "--disaggregation-bootstrap-port 9000", "", _router(f"--prefill http://p:8000 {port} --decode http://d:8000")
    )


LUSTRE = ("spec", "csi", "volumeAttributes")
CONTAINER = ("spec", "containers", 0)
POINTED: list[tuple[str, object, dict[str, object], Pointer]] = [
    ("unusable-volume-handle", lustre(attributes="ip: host, filesystem: a"), {}, (*LUSTRE, "ip")),
    ("unusable-volume-handle", lustre(attributes="ip: 10.90.1.4"), {}, LUSTRE),
    ("unusable-volume-handle", lustre(attributes="mountpoint: 'host@tcp:/m'"), {}, (*LUSTRE, "mountpoint")),
    # What is to be edited is the request where the engine fits the machine, and else the engine's size.
    ("gpu-shortage", server("--tp-size 8", gpus=4), {"hardware": "a3ultra"}, (*CONTAINER, "resources", "limits", "nvidia.com/gpu")),
    ("gpu-shortage", server("--tp-size 16", gpus=0, pod=_PINNED), {}, CONTAINER),
    ("gpu-shortage", server("--tp-size 16"), {"hardware": "a3ultra"}, (*CONTAINER, "command", 5)),
    ("gpu-shortage", server("--tp-size 8", gpus=4), {}, (*CONTAINER, "command", 5)),
    ("refused-update", refused_update.BAD, {}, ("spec", "selector", "matchLabels", "app")),
    ("refused-update", (_STATEFUL, _STATEFUL.replace("  serviceName: server\n", "")), {}, ("spec",)),
    ("mismatched-halves", _routed("9001"), {}, (*CONTAINER, "command", 6)),
    ("mismatched-halves", _routed("SITE"), {}, (*CONTAINER, "command", 5)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "value", "context", "pointer"), POINTED, ids=[f"{rule}-{i}" for i, (rule, *_) in enumerate(POINTED)]
)
def test_messages_point_at_what_is_to_be_edited(
    rule: str, value: object, context: dict[str, object], pointer: Pointer, tmp_path: Path
) -> None:
    (hit,) = _hits(Example(BY_ID[rule], value, context), tmp_path)
    assert hit.problem.pointer == pointer


ALONE = {"hardware": "a3ultra"}
OSS = {**ALONE, "model": "gpt-oss-120b"}
AUTOPILOT = {"said": {"autopilot": "true"}}
SEVERE: list[tuple[str, object, dict[str, object], str]] = [
    # What is deleted for good.
    ("lost-state", (together(_LEFT, _CLAIM), _LEFT), {}, "error"),
    ("lost-state", (together(_LEFT, _BOUND), _LEFT), {}, "warning"),
    ("lost-state", (together(_LEFT, _CLAIM.replace("{name: model}", f"{{name: model, {_KEPT}}}")), _LEFT), {}, "warning"),
    ("lost-state", (together(_LEFT, _FLUX), _LEFT), {}, "error"),
    ("lost-state", (together(_LEFT, _FLUX.replace("path", "deletionPolicy: Orphan, path")), _LEFT), {}, "warning"),
    # What one half leaves to its defaults may be what the other says.
    ("mismatched-halves", _pair("", "--kv-cache-dtype fp8_e4m3"), OSS, "error"),
    ("mismatched-halves", _pair("", "--kv-cache-dtype fp8_e4m3"), ALONE, "warning"),
    ("mismatched-halves", _pair("", "--kv-cache-dtype bfloat16"), OSS, "warning"),
    ("mismatched-halves", _pair("--page-size 1", "--page-size 64"), OSS, "error"),
    ("mismatched-halves", _pair("--page-size 1", ""), {**OSS, "hardware": "a3ultra"}, ""),
    ("mismatched-halves", _pair("", "--page-size 64"), OSS, "warning"),
    ("mismatched-halves", _pair("--dtype bfloat16", "--dtype half"), OSS, "error"),
    ("mismatched-halves", _pair("", "--dtype half"), OSS, "warning"),
    ("mismatched-halves", _pair("", "", image="lmsysorg/sglang:v0.5.9"), OSS, "warning"),
    ("mismatched-halves", _vllm(image="vllm/vllm-openai:v0.33.0"), OSS, "error"),
    ("mismatched-halves", _vllm("--block-size 64", "--block-size 16"), OSS, "warning"),
    # What a setting of the cluster, an allowlist or a later label may let in.
    ("refused-by-autopilot", _pinned(_ADDED % "SYS_ADMIN"), AUTOPILOT, "error"),
    ("refused-by-autopilot", _pinned(_ADDED % "NET_ADMIN"), AUTOPILOT, "warning"),
    ("refused-by-autopilot", _pinned(_ADDED % "NET_ADMIN, SYS_ADMIN"), AUTOPILOT, "error"),
    ("refused-by-autopilot", _pinned(pod="hostPID: true"), AUTOPILOT, "error"),
    ("refused-by-autopilot", _pinned(pod="hostPID: true", metadata=_ALLOWED), AUTOPILOT, "warning"),
    ("refused-by-autopilot", marked(_pinned(pod="hostPID: true"), _ALLOWED), AUTOPILOT, "warning"),
    ("refused-by-autopilot", _plain(_TOLERATED % "Exists"), AUTOPILOT, "error"),
    ("refused-by-autopilot", _plain(_TOLERATED % "Equal"), AUTOPILOT, "warning"),
    ("refused-by-autopilot", _plain(f"{_TOLERATED % 'Exists'}\nresourceClaims: [{{name: a}}]"), AUTOPILOT, "warning"),
    ("refused-by-autopilot", _plain("nodeSelector: {kubernetes.io/hostname: a}"), AUTOPILOT, "warning"),
    ("refused-by-autopilot", server(), AUTOPILOT, "warning"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "value", "context", "severity"), SEVERE, ids=[f"{rule}-{i}" for i, (rule, *_) in enumerate(SEVERE)]
)
def test_what_is_not_sure_to_fail_is_a_warning(
    rule: str, value: object, context: dict[str, object], severity: str, tmp_path: Path
) -> None:
    hits = _hits(Example(BY_ID[rule], value, context), tmp_path)
    assert [hit.severity for hit in hits] == [severity] * bool(severity)
