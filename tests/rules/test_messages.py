"""What a message says follows what was found: counts, names, and the words that one case has alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules import variants
from rules.test_rules import HARDWARE, RULES, Example, _hits
from rules.variants.kserve.unknown_runtime import _NEAR
from rules.variants.kustomize.replaced_list import in_pod
from rules.variants.storage.path_of_nothing import _serve
from rules.variants.sync.needed_later import _ACCOUNT, _LATE, _POD
from servelint.rules.examples import lustre, server, together
from servelint.rules.gpus import unbounded_memory_volume
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
    ("needed-later", together(marked := _ACCOUNT.replace("serving\n", f"serving\n  {_LATE}\n"), PODS[0]), "not in 0"),
    ("needed-later", together(marked, *PODS), "not in 0; so do 2 more"),
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
    ("unknown-argument", server("--of-no-known-name"), "has no argument of-no-known-name in launch_server"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "value", "said"), SAID, ids=[f"{rule}-{i}" for i, (rule, _, _) in enumerate(SAID)])
def test_messages_say_what_was_found(rule: str, value: object, said: str, tmp_path: Path) -> None:
    context = variants.examples(BY_ID[rule], "BAD")[0][1]
    (hit,) = _hits(Example(BY_ID[rule], value, context), tmp_path)
    _, found, after = hit.problem.message.partition(said)
    assert found, hit.problem.message
    assert not after.startswith((";", " and", ",")), "it says more"


@pytest.mark.parametrize(
    ("attributes", "key"),
    [("ip: host, filesystem: a", "ip"), ("ip: 10.90.1.4", ""), ("mountpoint: 'host@tcp:/m'", "mountpoint")],
)
def test_what_is_not_there_is_shown_where_it_belongs(attributes: str, key: str) -> None:
    rule = BY_ID["unusable-volume-handle"]
    (hit,) = _hits(Example(rule, lustre(attributes=attributes), {}), Path())
    assert hit.problem.pointer == ("spec", "csi", "volumeAttributes", *filter(None, [key]))
