"""What the validator reads of an engine's configuration: sizes, sections, files that a launcher hands on."""

from __future__ import annotations

import pytest

from servelint.model import Overlay
from servelint.steps import pipeline
from servelint.views.arguments import runs
from servelint.views.engines import engines, hollow
from servelint.views.launchers import configurations
from servelint.views.parallel import illegal_sizes, parallels

MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: engine}
data:
  launch.py: |
    import yaml
    start("sglang.launch_server", yaml.safe_load(open("/etc/engine/engine.yaml"))["launch_server"])
  engine.yaml: |
ENGINE
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, /etc/engine/launch.py]
    env: [{name: TP, value: "4"}, {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}]
    volumeMounts:
    - {name: engine, mountPath: /etc/engine}
  volumes:
  - {name: engine, configMap: {name: engine}}
"""


def overlay(manifest: str) -> Overlay:
    return Overlay(path="overlays/x", kind="leaf", resources=pipeline.parse(manifest))


def with_engine(text: str) -> Overlay:
    return overlay(MANIFEST.replace("ENGINE", "\n".join(f"    {line}" for line in text.splitlines())))


@pytest.mark.parametrize("written", ["0", "-8", '"auto"', "true", "[8]", '"8.0"', "8.0", "8_.0", "1e1"])
def test_a_size_that_no_engine_takes_is_named(written: str) -> None:
    subject = with_engine(f"launch_server:\n  tensor-parallel-size: {written}")
    (engine,) = engines(subject)
    assert [size for size, _ in illegal_sizes(subject, engine)] == ["tp"]
    assert parallels(subject, engine) == ()


@pytest.mark.parametrize(
    ("written", "world"), [("8", [8]), ('"8"', [8]), ("$TP", [4]), ("$SECRET", []), ("SITE_TP", [])]
)
def test_a_size_is_legal_or_known_to_the_cluster_alone(written: str, world: list[int]) -> None:
    subject = with_engine(f"launch_server:\n  tensor-parallel-size: {written}")
    (engine,) = engines(subject)
    assert illegal_sizes(subject, engine) == []
    assert [run.world for run in parallels(subject, engine)] == world


def test_without_sizes_an_engine_takes_one_gpu() -> None:
    subject = with_engine("launch_server:\n  context-length: 4096")
    (engine,) = engines(subject)
    assert [run.world for run in parallels(subject, engine)] == [1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing", "holds no section"),
        ("launch_server:", "holds no section|is empty"),
        ("launch_server: []", "is empty"),
        ("launch_server: 8", "must be a mapping"),
        ("- 8", "holds no section"),
        ("launch_server: {a: 1}\n---\nlaunch_server: {b: 2}", "2 documents"),
        ("launch_server: {}", None),
        ("launch_server: {a: 1}\n---\n", None),
    ],
)
def test_a_hollow_file_is_named_once(text: str, words: str | None) -> None:
    subject = with_engine(text)
    (engine,) = engines(subject)
    messages = [message for _, _, message in hollow(engine)]
    assert len(messages) == (words is not None)
    assert words is None or any(word in messages[0] for word in words.split("|"))
    assert bool(parallels(subject, engine)) is (words is None)


@pytest.mark.parametrize("optional", ['["warmup"]', "MORE"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("warmup: {a: 1}", ["engine.yaml lacks section launch_server"]),
        ("launch_server: {a: 1}\nwarmup: {a: 1}", []),
        ("launch_serve: {a: 1}", []),  # `unread-section` says so
    ],
)
def test_a_launcher_says_which_sections_it_can_do_without(text: str, said: list[str], optional: str) -> None:
    manifest = MANIFEST.replace(
        '    start("sglang.launch_server", yaml.safe_load(open("/etc/engine/engine.yaml"))["launch_server"])',
        '    MORE = ["warmup"]\n    config = launchlib.load(["launch_server"], OPTIONAL)\n'
        '    start("sglang.launch_server", "/etc/engine/engine.yaml")',
    ).replace("OPTIONAL", optional)
    (engine,) = engines(overlay(manifest.replace("ENGINE", "\n".join(f"    {line}" for line in text.splitlines()))))
    assert engine.sections == (("launch_server",), ("warmup",), {})
    assert [message for _, _, message in hollow(engine)] == said


def test_a_launcher_with_a_very_long_line_is_read() -> None:
    """Each of these lines takes hours with a pattern that starts over at every dash or word."""
    for line in ("--" + "a-" * 500_000, "while " * 160_000, "--x " * 250_000):
        script = f"launch.sh: {line!r}"
        text = MANIFEST.replace("  launch.py: |", f"  {script}\n  launch.py: |").replace(
            "ENGINE", "    launch_server: {a: 1}"
        )
        (config,) = configurations(overlay(text))
        assert not config.generic


@pytest.mark.parametrize("sign", ["--config /etc/engine/engine.yaml", '--config="/etc/engine/engine.yaml"'])
def test_a_file_given_to_a_flag_is_handed_on(sign: str) -> None:
    text = MANIFEST.replace("  launch.py: |", f"  launch.sh: exec engine {sign!r}\n  launch.py: |")
    (config,) = configurations(overlay(text.replace("ENGINE", "    launch_server: {a: 1}")))
    assert config.generic


def pod(line: str, image: str = "lmsysorg/sglang:v0.5.14") -> Overlay:
    """A pod whose command line is a shell's script."""
    script = "\n".join(f"        {row}" for row in line.splitlines())
    return overlay(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: server}\nspec:\n  containers:\n  - name: engine\n"
        f"    image: {image}\n    command:\n    - bash\n    - -c\n    - |\n{script}\n"
        '    resources: {limits: {nvidia.com/gpu: "8"}}\n'
    )


@pytest.mark.parametrize(
    ("line", "name", "role"),
    [
        ("# measured with trtllm-bench before\npython3 -m sglang.launch_server --model-path m", "sglang", "serve"),
        ("echo trtllm-bench comes later; exec trtllm-serve m --tp_size 8", "trtllm", "serve"),
        ("pip install vllm && sglang serve --model-path m", "sglang", "serve"),
        ("pkill vllm serve || true\nmpirun -n 8 trtllm-bench --model m throughput --tp 8", "trtllm", "bench"),
        ("python3 -m sglang.launch_server --model-path m &\npython3 -m sglang.bench_serving", "sglang", "bench"),
        ('ARGS=(serve m --max-model-len 4096)\nexec vllm "${ARGS[@]}"', "vllm", "serve"),
        ("cat > run.sh <<'EOF'\nvllm serve m\nEOF\nbash run.sh", "vllm", "serve"),
        ("nohup numactl -N 0 /opt/tritonserver/bin/tritonserver --model-repository=/m", "triton", "serve"),
        ("bash -c 'exec vllm serve m'", "vllm", "serve"),
    ],
)
def test_an_engine_is_known_by_the_command_that_starts_it(line: str, name: str, role: str) -> None:
    (engine,) = engines(pod(line))
    assert (engine.name, engine.role) == (name, role)


@pytest.mark.parametrize("line", ["# vllm serve m", "echo vllm serve m", "X='vllm serve m'; sleep 1", "which vllm"])
def test_what_only_names_an_engine_starts_none(line: str) -> None:
    assert engines(pod(line)) == []


def test_of_two_spellings_every_reader_takes_the_last() -> None:
    subject = pod("python3 -m sglang.launch_server --model-path m --tp 4 --tensor-parallel-size 8")
    (engine,), (run,) = engines(subject), runs(subject)
    (parallel,) = parallels(subject, engine)
    assert (engine.number("tp"), run.number("tp"), run.number("tp-size"), parallel.world) == (8, 8, 8, 8)
    turned = pod("python3 -m sglang.launch_server --model-path m --tensor-parallel-size 8 --tp 4")
    assert engines(turned)[0].number("tp") == runs(turned)[0].number("tp") == 4
