"""The places where an engine gets arguments, what is said of each name, and the runs that they make."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from manifests import config, main, overlay, template, thing
from servelint.catalogue.load import load_hardware, load_models
from servelint.engines import kinds
from servelint.model import Overlay
from servelint.views import arguments, engines, naming, parallel
from support import ROOT

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
SGLANG, TRTLLM, VLLM = (
    "lmsysorg/sglang:v0.5.14",
    "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2",
    "vllm/vllm-openai:v0.27.1",
)
TRITON = "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3"
SERVE = "python3 -m sglang.launch_server"


def served(
    command: str, files: dict[str, str] | None = None, image: str = SGLANG, gpus: int = 8, **known: Any
) -> Overlay:
    """A pod whose command line is these words, or a shell's script where they are none, and what is mounted at /m."""
    words = command.split() if not set(command) & set(";|&$\n'") else ["bash", "-c", command]
    body = thing("Pod", spec={
        "containers": [main(gpus, image=image, command=words, volumeMounts=[{"name": "m", "mountPath": "/m"}], **known.pop("fields", {}))],
        "volumes": [{"name": "m", "configMap": {"name": "c"}}],
    })  # fmt: skip
    return overlay(body, config("c", **(files or {})), all_hardware=HARDWARE, all_models=MODELS, **known)


def engine(*given: Any, **more: Any) -> engines.Engine:
    (one,) = engines.engines(served(*given, **more))
    return one


LAUNCH = {"launch.py": "run(['python3', '-m', 'sglang.launch_server', *argv])  # e.yaml"}
TRTBENCH = "trtllm-bench -m m throughput --tp 8"


@pytest.mark.parametrize(
    ("image", "command", "files", "found"),
    [
        (SGLANG, f"{SERVE} --model-path m -x 1 --tp=8", {}, ["launch_server/flags: model-path tp"]),
        (SGLANG, f"{SERVE}", {}, []),
        (SGLANG, "sleep 1", {"e.yaml": "launch_server: {tp: 8}"}, []),
        (SGLANG, f"{SERVE} --tp 1; {SERVE} --dp 2", {}, ["launch_server/flags: tp", "launch_server/flags: dp"]),
        (SGLANG, f"{SERVE} --tp 1", {"e.yaml": "launch_server: {dp: 8}\nother: {x: 1}\nbench_serving: []"}, ["launch_server/flags: tp", "launch_server/keys: dp"]),
        (SGLANG, f"{SERVE} --config /m/e.yaml", {"e.yaml": "tp: 8\nlaunch_server: {x: 1}"}, ["launch_server/flags: config", "launch_server/keys: tp launch_server"]),
        (SGLANG, f"{SERVE} --config", {"e.yaml": "tp: 8"}, ["launch_server/flags: config"]),
        (SGLANG, f"{SERVE} --config /m/e.yaml", {"e.yaml": ""}, ["launch_server/flags: config", "launch_server/keys: "]),
        (SGLANG, "python3 /m/launch.py", {**LAUNCH, "e.yaml": "launch_server: {tp: 8}"}, ["launch_server/flags: ", "launch_server/keys: tp"]),
        (SGLANG, "python3 -m sglang.bench_serving --port 1", {"e.yaml": "experiments: [{name: a, num-prompts: 1}, x, {}]"},
         ["bench_serving/flags: port", "bench_serving/keys: num-prompts", "bench_serving/keys: "]),
        (SGLANG, "python3 -m sglang.bench_serving --port 1", {"e.yaml": "other: [{name: a, x: 1}]"}, ["bench_serving/flags: port"]),
        (TRITON, "genai-perf --x 1", {"e.yaml": "experiments: [{name: a, x: 1}]"}, ["genai-perf/flags: x"]),
        (SGLANG, f"{SERVE} --port 1", {"e.yaml": "experiments: [{name: a, x: 1}]"}, ["launch_server/flags: port"]),
        (TRTLLM, f"{TRTBENCH} --x /m/e.yaml", {"e.yaml": "experiments: [{isl: 1, osl: 2, name: a, num_requests: 3, concurrency: 4}]"},
         ["throughput/flags: tp x", "throughput/keys: concurrency"]),
        (TRTLLM, "trtllm-serve m --config /m/e.yaml", {"e.yaml": "max_seq_len: 8"}, ["serve/flags: config", "extra_llm_api_options/api: max_seq_len"]),
        (TRTLLM, "trtllm-serve m", {"e.yaml": "llm_api_args: {max_seq_len: 8}\nserve: {tp_size: 8}"}, ["serve/flags: ", "extra_llm_api_options/api: max_seq_len", "serve/keys: tp_size"]),
        (TRITON, "tritonserver --model-repository /m", {"e.yaml": "fill_template: {ensemble: {a: 1}, other: {b: 2}, text: x}"},
         ["tritonserver/flags: model-repository", "fill_template.ensemble/template: a", "fill_template.other/template: b", "fill_template.text/template: "]),
    ],
)  # fmt: skip
def test_where_arguments_are_given(image: str, command: str, files: dict[str, str], found: list[str]) -> None:
    given = served(command, files, image)
    uses = arguments.uses(given)
    assert [f"{use.command}/{use.style}: {' '.join(one.name for one in use.given)}" for use in uses] == found
    for use in uses:
        assert use.style == "flags" or use.where.resource.kind == "ConfigMap"


def use(command: str, files: dict[str, str] | None = None, image: str = SGLANG, style: str = "flags") -> arguments.Use:
    return next(one for one in arguments.uses(served(command, files, image)) if one.style == style)


@pytest.mark.parametrize(
    ("arguments_", "names", "value"),
    [
        ("--tp 8", ("tp",), "8"), ("--tp 8", ("tensor-parallel-size",), "8"), ("--tp-size 8 --tp 4", ("tp",), "4"), ("--tensor_parallel_size 8", ("tp",), "8"),
        ("--tensor-par 8", ("tp",), "8"), ("--mem-fraction 0.8", ("mem-fraction-static",), "0.8"), ("--tp 8", ("dp",), None), ("--dp 2 --tp 8", ("dp", "tp"), "8"),
        ("--tp 8 --x", ("x",), True),
    ],
)  # fmt: skip
def test_an_argument_under_any_of_its_names(arguments_: str, names: tuple[str, ...], value: Any) -> None:
    found = use(f"{SERVE} {arguments_}").get(*names)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    ("written", "on"),
    [("--x", True), ("--x true", True), ("--x True", True), ("--x 1", False), ("--x false", False), ("--y", False)],
)
def test_switches_of_a_place(written: str, on: bool) -> None:
    assert use(f"{SERVE} {written}").on("x") is on
    assert use(f"{SERVE} --p 1", {"e.yaml": "launch_server: {x: true}"}, style="keys").on("x")
    assert not use(f"{SERVE} --p 1", {"e.yaml": "launch_server: {x: 1}"}, style="keys").on("x")


def test_who_abbreviates() -> None:
    assert use(f"{SERVE} --tp 8").abbreviates and use("vllm serve m --tp 8", image=VLLM).abbreviates
    assert not use("trtllm-serve m --tp 8", image=TRTLLM).abbreviates
    assert not use("sglang.bench_latency --tp 8; x").abbreviates
    # Only a command line is abbreviated.
    assert (
        use(f"{SERVE} --p 1", {"e.yaml": "launch_server: {mem-fraction: 1}"}, style="keys").get("mem-fraction-static")
        is None
    )


@pytest.mark.parametrize(
    ("image", "command", "files", "why"),
    [
        (SGLANG, f"{SERVE} --tp 8", {}, None), ("sglang:latest", f"{SERVE} --tp 8", {}, "the tag of sglang:latest"), ("", f"{SERVE} --tp 8", {}, "the tag of no image"),
        (TRTLLM, "trtllm-build --tp_size 8", {}, "`trtllm-build`"), (TRTLLM, "trtllm-build -x 8", {}, None),
        (TRTLLM, "trtllm-build --tp_size 8", {"x.py": "import launchlib"}, None), (TRTLLM, "trtllm-build --tp_size 8", {"x.sh": "import launchlib"}, "`trtllm-build`"),
        (TRTLLM, "trtllm-build --tp_size 8", {"x.py": "import other"}, "`trtllm-build`"), ("trtllm:latest", "trtllm-serve m --tp_size 8", {"x.py": "import launchlib"}, "the tag"),
    ],
)  # fmt: skip
def test_why_nothing_is_said(image: str, command: str, files: dict[str, str], why: str | None) -> None:
    given = served(command, files, image)
    (one,) = arguments.uses(given)
    said = arguments.unjudged(given, one)
    assert said is None if why is None else said is not None and why in said


@pytest.mark.parametrize(
    ("image", "line", "unknown"),
    [
        (SGLANG, f"{SERVE} --tp-size 8 --tp 8 --model m", {}),
        (SGLANG, f"{SERVE} --tp-sizes 8", {"tp-sizes": "tp-size"}),
        (SGLANG, f"{SERVE} --mem-fraction 8", {}),
        (SGLANG, f"{SERVE} --disable-radix 8 --tensor 8", {}),
        (SGLANG, f"{SERVE} --tp- 8", {}),
        (SGLANG, f"{SERVE} --disable-c 8", {"disable-c": "disable-cuda-graph"}),
        (SGLANG, f"{SERVE} --tp_size 8", {}),
        (SGLANG, f"{SERVE} --zzzzzzzzz 8", {"zzzzzzzzz": None}),
        ("sglang:latest", f"{SERVE} --zzzzzzzzz 8", {}),
        (TRTLLM, "trtllm-serve m --max_batch 8", {"max_batch": "max_batch_size"}),
        (SGLANG, SERVE + "".join(f" --tp-size{n}x 1" for n in range(arguments.MOST_GUESSES + 1)),
         {f"tp-size{n}x": "tp-size" if n < arguments.MOST_GUESSES else None for n in range(arguments.MOST_GUESSES + 1)}),
    ],
)  # fmt: skip
def test_names_that_no_list_has(image: str, line: str, unknown: dict[str, str | None]) -> None:
    assert {given.name: meant for given, meant in arguments.unknown(use(line, image=image))} == unknown


def test_names_that_only_a_cluster_knows_and_places_without_a_list() -> None:
    hidden = use(f"{SERVE} --p 1", {"e.yaml": "launch_server: {$X: 1, SITE_A: 2, '{{a}}': 3}"}, style="keys")
    assert list(arguments.unknown(hidden)) == []
    for style, files in (("flags", {}), ("api", {"e.yaml": "llm_api_args: {kv_cache_config: 7}"})):
        none = use("trtllm-serve m --max_seq_len x", files, "trtllm:latest", style)
        assert list(arguments.wrong_values(none)) == list(arguments.nested_unknown(none)) == []
    given = served("tritonserver --x 1", {"e.yaml": "fill_template: {other: {a: 1}}"}, TRITON)
    assert arguments.unjudged(given, arguments.uses(given)[1]) is not None


@pytest.mark.parametrize(
    ("image", "style", "name", "right"),
    [
        (SGLANG, "flags", "tp_size", "tp-size"), (SGLANG, "keys", "tp_size", "tp-size"), (SGLANG, "flags", "tp-size", None), (SGLANG, "flags", "none_such", None),
        (TRTLLM, "flags", "tp-size", "tp_size"), (VLLM, "flags", "max_model_len", None), (VLLM, "keys", "max_model_len", "max-model-len"), ("sglang:latest", "flags", "tp_size", None),
    ],
)  # fmt: skip
def test_other_spellings(image: str, style: str, name: str, right: str | None) -> None:
    command, section = {
        SGLANG: (SERVE, "launch_server"),
        TRTLLM: ("trtllm-serve", "serve"),
        VLLM: ("vllm serve", "serve"),
    }.get(image, (SERVE, "launch_server"))
    one = use(f"{command} --x 1", {"e.yaml": f"{section}: {{x: 1}}"}, image, style)
    assert arguments.respelled(one, name) == right


@pytest.mark.parametrize(
    ("content", "unknown", "wrong"),
    [
        ("kv_cache_config: {free_gpu_memory_fraction: 0.8}", {}, 0), ("kv_cache_config: {free_gpu_memory_fractoin: 0.8}", {"free_gpu_memory_fractoin": "free_gpu_memory_fraction"}, 0),
        ("kv_cache_config: {zzzzzzz: 1}", {"zzzzzzz": None}, 0), ("kv_cache_config: 7", {}, 1), ("kv_cache_config: {max_tokens: x}", {}, 1), ("other: {a: 1}", {}, 0),
        ("max_seq_len: {a: 1}", {}, 1), ("kv_cache_config: null", {}, 1),
    ],
)  # fmt: skip
def test_keys_inside_mappings(content: str, unknown: dict[str, str | None], wrong: int) -> None:
    one = use("trtllm-serve m --config /m/e.yaml", {"e.yaml": content}, TRTLLM, "api")
    assert {given.name: meant for given, _, meant in arguments.nested_unknown(one)} == unknown
    assert len(list(arguments.wrong_values(one))) == wrong
    flat = use("trtllm-serve m --tp 1", {"e.yaml": f"serve: {{{content}}}"}, TRTLLM, "keys")
    assert list(arguments.nested_unknown(flat)) == []


ENTRIES = "experiments: [{isl: 1, concurrency: 2}, {isl: 2, concurrency: 3}]\nthroughput: {tp: 4}\nllm_api_args: {moe_config: {backend: A, x: {y: 1}}, max_seq_len: 7}"


def test_runs_of_an_engine() -> None:
    runs = arguments.runs(served(TRTBENCH, {"e.yaml": ENTRIES}, TRTLLM))
    assert [(run.command, run.number("concurrency"), run.number("tp"), len(run.api)) for run in runs] == [
        ("throughput", 2, 4, 1),
        ("throughput", 3, 4, 1),
    ]
    (run, _) = runs
    assert [(found and found.value) for found in (run.llm("moe_config", "backend"), run.llm("moe_config", "none"), run.llm("max_seq_len", "x"), run.llm("none"))] == [
        "A", None, None, None,
    ]  # fmt: skip
    deep, flat = run.llm("moe_config", "x", "y"), run.llm("max_seq_len")
    assert (
        deep is not None
        and deep.pointer == ("data", "e.yaml", "llm_api_args", "moe_config", "x", "y")
        and deep.resource.kind == "ConfigMap"
    )
    assert flat is not None and flat.value == 7


def test_a_run_takes_the_innermost_argument() -> None:
    (run,) = arguments.runs(
        served(f"{SERVE} --tp 8 --dp 2 --x 0", {"e.yaml": "launch_server: {tp: 4, y: 'true', z: 1}"})
    )
    assert (run.number("tp"), run.number("dp"), run.number("pp")) == (4, 2, None)
    assert [run.on(name) for name in ("x", "y", "z", "none")] == [False, True, False, False]
    assert (run.before("0.6"), run.before("0.5.14"), run.version) == (True, False, "0.5.14")
    both = arguments.runs(served(f"{SERVE} --tp 8; python3 -m sglang.bench_serving --port 1"))
    assert [one.command for one in both] == ["launch_server", "bench_serving"] and both[1].number("tp") is None
    assert arguments.runs(served("sleep 1")) == ()
    two_files = {"a.yaml": "llm_api_args: {max_seq_len: 7}", "b.yaml": "llm_api_args: {max_seq_len: 8}"}
    (last,) = arguments.runs(served("trtllm-serve m --tp 1", two_files, TRTLLM))
    found = last.llm("max_seq_len")
    assert found is not None and found.value == 8


# --- engines


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("--tp 8", "tp", "8"), ("--tp 8 --tensor-parallel-size 4", "tp", "4"), ("--tensor_parallel_size 8", "tp", "8"), ("--Some_Name x", "some-name", "x"),
        ("--a 1 --a 2", "a", "2"), ("--a=1", "a", "1"), ("--a=", "a", ""), ("--a", "a", True), ("--a --b", "a", True), ("--a -- x", "a", True), ("--a -1", "a", "-1"),
        ("--a -b", "a", True), ("-tp 8", "tp", "8"), ("-abcd 8", "abcd", None), ("-x 8", "x", "8"), ("--a b --c", "b", None), ("--1 2", "1", None),
    ],
)  # fmt: skip
def test_arguments_of_a_command_line(line: str, name: str, value: Any) -> None:
    found = engine(f"{SERVE} {line}").get(name)
    assert (found and found.value) == value


def test_arguments_as_numbers_switches_and_text() -> None:
    one = engine(f"{SERVE} --a 8 --b true --c --d 1 --e x --f True --g 0")
    assert [one.number(name) for name in "aeczz"] == [8, None, None, None, None]
    assert [one.on(name) for name in "abcdefgz"] == [False, True, True, True, False, True, False, False]
    assert [one.text(name) for name in "acz"] == ["8", "True", None]
    assert one.version == "0.5.14" and one.name == "sglang" and len(one.flags["a"]) == 1


@pytest.mark.parametrize(
    ("name", "size"),
    [("tp", "tp"), ("TP_SIZE", "tp"), ("tensor-parallel-size", "tp"), ("attn-dp-size", "dp"), ("tpx", None)],
)
def test_sizes_by_name(name: str, size: str | None) -> None:
    assert engines.size_of(name) == size


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("tp: 8", {"tp": 8}), ("launch_server: {tp: 8, x: {y: 1}}", {"tp": 8, "x": {"y": 1}}), ("experiments: [{tp: 8}]", {}), ("[tp]", {}), ("", {}), ("a: 1\n---\nb: 2", {"a": 1}),
        ("a: [", {}),
    ],
)  # fmt: skip
def test_arguments_of_a_file(text: str, flags: dict[str, Any]) -> None:
    one = engine(SERVE, {"e.yaml": text, "e.json": "{x: 1}"})
    assert {name: given[-1].value for name, given in one.flags.items()} == flags
    for given in one.arguments:
        assert given.pointer[:2] == ("data", "e.yaml") and given.section == (
            given.pointer[2] if len(given.pointer) > 3 else given.name
        )


@pytest.mark.parametrize(
    ("command", "files", "role", "values"),
    [
        ("python3 /m/launch.py --tp 8", LAUNCH, "serve", {"tp": "8"}),
        ("python3 /m/other.py --tp 8", {**LAUNCH, "other.py": "x"}, None, {}),
        ("python3 /m/launch.py --tp 8", {"launch.py": "run(['sglang.bench_latency'])"}, "bench", {"tp": "8"}),
        ("python3 /m/launch.py --tp 8", {"launch.py": "run(['genai-perf'])"}, "bench", {}),
        ("python3 /m/launch.py --tp 8", {"launch.py": "run(['vllm', 'serve'])"}, "serve", {"tp": "8"}),
        (f"{SERVE} --a 1; vllm serve --b 2", {}, "serve", {"a": "1"}),
        (f"{SERVE} --a 1; python3 -m sglang.bench_serving --b 2", {}, "bench", {"a": "1", "b": "2"}),
        ("trtllm-build --a 1; trtllm-serve m --b 2", {}, "build", {"a": "1", "b": "2"}),
        ("trtllm-serve disaggregated --a 1", {}, None, {}),
    ],
)  # fmt: skip
def test_what_a_container_is(command: str, files: dict[str, str], role: str | None, values: dict[str, str]) -> None:
    given = served(command, files)
    one = engines.engine_of(given, given.pods[0].main[0])
    assert (one and one.role) == role
    assert one is None or {name: flags[-1].value for name, flags in one.flags.items()} == values


def test_what_runs_as_text_and_which_files_are_named() -> None:
    scripts = {
        "launch.py": LAUNCH["launch.py"],
        "lib.sh": "f.yaml",
        "e.yaml": "a: 1",
        "f.yaml": "a: 1",
        "g.yaml": "a: 1",
        "h.txt": "g.yaml",
    }
    one = engine("python3 /m/launch.py", scripts)
    assert (
        LAUNCH["launch.py"] in one.script
        and "f.yaml" not in one.script
        and one.script.startswith("python3\n/m/launch.py")
    )
    assert {file.key: file.named for file in one.files} == {"e.yaml": True, "f.yaml": True, "g.yaml": False}
    assert [key for _, key, _ in one.configs] == ["e.yaml", "f.yaml", "g.yaml"]


@pytest.mark.parametrize(
    ("script", "sections"),
    [
        ("launchlib.load(['a', 'b'])", ("a", "b")), ("x = ['a']\nlaunchlib.load(x)", ("a",)), ("launchlib.load(x)", ()), ("launchlib.load()", ()), ("other.load(['a'])", ()), ("", ()),
        ("other.load(['b'])\nlaunchlib.load(['a'])", ("a",)), ("launchlib.other(['b'])\nlaunchlib.load(['a', b])", ("a",)), ("load(['b'])\nlaunchlib.load(['a'])", ("a",)),
        ("x.launchlib.load(['b'])\ny = 'launchlib.load('", ()), ("launchlib.load(['a'", ()), ("x.y = ['b']\nx = ['a']\nlaunchlib.load(x)", ("a",)), ("launchlib.load('a')", ()),
    ],
)  # fmt: skip
def test_sections_that_a_launcher_needs(script: str, sections: tuple[str, ...]) -> None:
    assert engines.loaded_sections(script)[0] == sections


@pytest.mark.parametrize(
    ("script", "needs"),
    [
        ("launchlib.load(['a'], [], {'a': {'b': 'text'}})", {"a": {"b": "text"}}), ("launchlib.load(['a'], needs={'a': [{'b': 'text'}]})", {"a": [{"b": "text"}]}),
        ("e = {'b': 'text'}\nn = {'a': [e]}\nlaunchlib.load(['a'], needs=n)", {"a": [{"b": "text"}]}), ("launchlib.load(['a'], needs=n)", {}), ("launchlib.load(['a'], needs=f())", {}),
        ("n = n\nlaunchlib.load(['a'], needs=n)", {}), ("launchlib.load(['a'], needs={**b, 'a': {'b': c}})", {"a": {"b": None}}), ("launchlib.load(['a'], needs=['a'])", {}),
    ],
)  # fmt: skip
def test_what_a_launcher_needs_of_its_sections(script: str, needs: dict[str, object]) -> None:
    assert engines.loaded_sections(script).needs == needs


NEEDS = {"launch.py": "launchlib.load(['launch_server'], ['download'])\nrun(['sglang.launch_server'])  # e.yaml"}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("launch_server: {a: 1}", []), ("launch_server: {}", []), ("a:\nb: 1", []), ("download: {a: 1}", [2]), ("download: {a: 1}\nother: {b: 1}", []),
        ("", [2]), ("[a]", [2]), ("{}", [2]), ("a: 1\n---\nb: 1", [2]), ("launch_server:", [3]), ("launch_server: []", [3]), ("launch_server: 8", [3]),
        ("launch_server: {a: 1}\nx:", [3]), ("launch_server: {a: 1}\nx: []", [3]), ("launch_server: {a: 1}\nx: 8", []), ("launch_server: {a: 1}\nbench_serving: 7", [3]),
    ],
)  # fmt: skip
def test_files_without_configuration(text: str, places: list[int]) -> None:
    """How deep the place of each remark is: 2 is the file, 3 a section of it."""
    assert [
        len(pointer) for _, pointer, _ in engines.hollow(engine("python3 /m/launch.py", {**NEEDS, "e.yaml": text}))
    ] == places
    assert engines.hollow(engine(SERVE, {"e.yaml": text})) == []


def test_sections_of_engines() -> None:
    about = kinds()["triton"]
    assert {"tritonserver", "fill_template"} <= engines.sections(about) <= engines.all_sections()
    assert {"throughput", "prepare_dataset"} <= engines.sections(
        kinds()["trtllm"]
    ) and "llm_api_args" in engines.mapped_sections()


def test_a_runtime_in_use_has_no_engine_of_its_own() -> None:
    service = thing("InferenceService", "s", {"predictor": {"model": {"runtime": "r"}}})
    runtime = thing(
        "ServingRuntime", "r", {"containers": [main(8, name="kserve-container", image=SGLANG, command=SERVE.split())]}
    )
    assert [one.container.resource.name for one in engines.engines(overlay(service, runtime))] == ["s"]
    assert [one.container.resource.name for one in engines.engines(overlay(runtime))] == ["r"]


# --- parallel sizes


def worlds(*given: Any, **more: Any) -> list[int]:
    subject = served(*given, **more)
    (one,) = engines.engines(subject)
    return [run.world for run in parallel.parallels(subject, one)]


@pytest.mark.parametrize(
    ("command", "files", "found"),
    [
        (SERVE, {}, [1]), (f"{SERVE} --tp 8", {}, [8]), (f"{SERVE} --tp 4 --pp 2 --dp 2", {}, [16]), (f"{SERVE} --tp x", {}, []), (f"{SERVE} --tp 0", {}, []), (f"{SERVE} --tp -1", {}, []),
        (f"{SERVE} --tp 8 --ep 4", {}, [8]), (f"TP=4; {SERVE} --tp $TP", {}, [4]), (f"{SERVE} --tp $TP", {}, []),
        (f"X='--tp 8'; {SERVE} $X", {}, []), (f"X='--tpx 8'; {SERVE} $X", {}, [1]), (f"{SERVE} $X; echo --pp_size", {}, []),
        (SERVE, {"e.yaml": "launch_server: {tp: 8}"}, [8]), (SERVE, {"e.yaml": "launch_server: {tp: 8}\nbench_serving: {tp: 4}"}, [8, 4]),
        (f"{SERVE} --dp 2", {"e.yaml": "launch_server: {tp: 8}\nbench_serving: {tp: 4}"}, [16, 8]),
        (TRTBENCH, {"e.yaml": "experiments: [{tp: 4}, {pp: 2}, {isl: 1}, x]"}, [8, 4, 16]), (TRTBENCH, {"e.yaml": "experiments: [{isl: 1}]"}, [8]),
        (SERVE, {"e.yaml": "# e.yaml", "x.sh": "e.yaml"}, []),
    ],
)  # fmt: skip
def test_gpus_of_each_run(command: str, files: dict[str, str], found: list[int]) -> None:
    assert worlds(command, files) == found


def test_the_size_to_edit() -> None:
    subject = served(f"{SERVE} --tp 2 --dp 4 --pp 1")
    ((run,), none) = (parallel.parallels(subject, engines.engines(subject)[0]), served(SERVE))
    culprit = run.culprit()
    assert culprit is not None and culprit.name == "dp" and run.attention_tp == 2
    assert parallel.parallels(none, engines.engines(none)[0])[0].culprit() is None
    settled = served(f"TP=4; {SERVE} --tp $TP --dp 2")
    culprit = parallel.parallels(settled, engines.engines(settled)[0])[0].culprit()
    assert culprit is not None and culprit.name == "dp"


@pytest.mark.parametrize(
    ("line", "illegal"),
    [
        ("--tp 8", []), ("--tp x", ["tp"]), ("--tp 0 --dp -2", ["tp", "dp"]), ("--tp 1 --tp 0", ["tp"]), ("--tp 0 --tp 1", []), ("--tp {{tp}}", []), ("--tp SITE_TP", []),
        ("--tp $NONE", []), ("--tp", ["tp"]), ("--ep x", []), ("--tp `x`", []),
    ],
)  # fmt: skip
def test_sizes_that_no_engine_takes(line: str, illegal: list[str]) -> None:
    subject = served(f"{SERVE} {line}")
    assert [size for size, _ in parallel.illegal_sizes(subject, engines.engines(subject)[0])] == illegal


def test_sizes_that_a_file_or_a_variable_spoils() -> None:
    for command, files, illegal in (
        (f"TP=x; {SERVE} --tp $TP", {}, ["tp"]),
        (SERVE, {"e.yaml": "launch_server: {tp: null, pp: x}"}, ["pp"]),
        (TRTBENCH, {"e.yaml": "experiments: [{pp: 0}, {pp: x}]"}, ["pp", "pp"]),
    ):
        subject = served(command, files)
        assert [size for size, _ in parallel.illegal_sizes(subject, engines.engines(subject)[0])] == illegal


@pytest.mark.parametrize(
    ("line", "model", "uneven"),
    [
        ("--tp 8", "llama-3-1-405b", []), ("--tp 7", "llama-3-1-405b", ["tp"]), ("--pp 7", "llama-3-1-405b", []), ("--tp 7", None, []), ("--dp 2", "llama-3-1-405b", []),
        ("--tp 14 --dp 2 --enable-dp-attention", "llama-3-1-405b", ["tp"]), ("--tp 16 --dp 2 --enable-dp-attention", "llama-3-1-405b", []),
    ],
)  # fmt: skip
def test_heads_that_do_not_fit(line: str, model: str | None, uneven: list[str]) -> None:
    subject = served(f"{SERVE} {line}", model=MODELS.get(model or ""))
    assert [flag.name for flag, _ in parallel.uneven_heads(subject, engines.engines(subject)[0])] == uneven


def group(kind: str, line: str, gpus: int = 8, **spec: Any) -> Overlay:
    inner = template(gpus, image=SGLANG, command=["bash", "-c", line])
    body = (
        {"leaderWorkerTemplate": {"workerTemplate": inner, **spec}}
        if kind == "LeaderWorkerSet"
        else {"template": inner, **spec}
    )
    return overlay(thing(kind, spec=body), hardware=HARDWARE["a3ultra"], all_hardware=HARDWARE)


@pytest.mark.parametrize(
    ("given", "gpus"),
    [
        (group("LeaderWorkerSet", SERVE, size=2), 16), (group("LeaderWorkerSet", f"{SERVE} --nnodes 4", size=2), 16), (group("LeaderWorkerSet", SERVE, size="x"), 8),
        (group("Deployment", SERVE, replicas=2), 8), (group("Deployment", f"{SERVE} --nnodes 2", replicas=2), 16), (group("Deployment", f"{SERVE} --nnodes $N"), 8), (group("Deployment", f"{SERVE} --nnodes 0"), 8),
        (group("Deployment", f"N=3; {SERVE} --nnodes $N"), 24), (group("Job", SERVE, parallelism=3), 24), (group("Job", SERVE), 8), (group("CloneSet", SERVE, replicas=3), 24),
    ],
)  # fmt: skip
def test_gpus_of_all_pods_together(given: Overlay, gpus: int) -> None:
    assert parallel.gpus_of_group(given, engines.engines(given)[0]) == gpus


@pytest.mark.parametrize(
    ("given", "world"),
    [
        (group("LeaderWorkerSet", f"{SERVE} --tp 12", size=2), 12), (group("LeaderWorkerSet", f"{SERVE} --tp 16", size=2), None), (group("LeaderWorkerSet", f"{SERVE} --tp 8", size=2), None),
        (group("LeaderWorkerSet", f"{SERVE} --tp 9", size=2), 9), (group("LeaderWorkerSet", f"{SERVE} --tp 17", size=2), None), (group("LeaderWorkerSet", f"{SERVE} --tp 12", size=1), None),
        (group("LeaderWorkerSet", f"{SERVE} --tp 6", 4, size=2), None), (group("LeaderWorkerSet", f"{SERVE} --tp 12", 4, size=4), 12), (group("LeaderWorkerSet", f"{SERVE} --tp 4", size=2), None),
        (group("Deployment", f"{SERVE} --tp 12"), None), (group("LeaderWorkerSet", f"{SERVE} --tp x", size=2), None),
    ],
)  # fmt: skip
def test_runs_that_take_a_part_of_a_host(given: Overlay, world: int | None) -> None:
    found = parallel.ragged(given, engines.engines(given)[0])
    assert (found and (found[0].world, found[1].name)) == (world and (world, "a3ultra"))


def test_jobs_of_one_pod_each_are_not_ragged() -> None:
    inner = template(8, image=SGLANG, command=f"{SERVE} --tp 12".split())
    jobs = thing("JobSet", spec={"replicatedJobs": [{"template": {"spec": {"template": inner}}}] * 2})
    given = overlay(jobs, hardware=HARDWARE["a3ultra"])
    assert parallel.ragged(given, engines.engines(given)[0]) is None


def test_without_a_machine_nothing_is_ragged() -> None:
    given = overlay(*(resource.body for resource in group("LeaderWorkerSet", f"{SERVE} --tp 12", size=2).resources))
    assert parallel.ragged(given, engines.engines(given)[0]) is None


# --- the model


@pytest.mark.parametrize(
    ("command", "files", "fields", "named"),
    [
        (f"{SERVE} --model-path m --model n --other o", {}, {}, ["m", "n"]), (f"{SERVE} --model", {}, {}, []), (f"{SERVE} m", {}, {}, []),
        ("trtllm-serve m --tp_size 8", {}, {}, ["m"]), ("vllm serve m", {}, {}, ["m"]), ("vllm serve --port 1", {}, {}, []), ("vllm serve", {}, {}, []),
        ("huggingface-cli download m --x; vllm serve n", {}, {}, ["m", "n"]), ("hf download m; vllm serve n", {}, {}, ["m", "n"]), ("git download m; vllm serve n", {}, {}, ["n"]),
        ("hf upload m; vllm serve n", {}, {}, ["n"]), ("python3 /m/x.py", {"x.py": "run(['vllm', 'serve', model])"}, {}, []), ("python3 /m/x.py", {"x.py": "run(['vllm', 'serve', 'm'])"}, {}, ["m"]),
        (SERVE, {}, {"env": [{"name": "MODEL", "value": "m"}, {"name": "OTHER", "value": "n"}, {"name": "MODEL_ID", "value": 7}]}, ["m"]),
        (SERVE, {"MODEL_NAME": "m", "OTHER": "n", "MODEL_ID": 7}, {"envFrom": [{"configMapRef": {"name": "c"}}, {"configMapRef": {"name": "d"}}]}, ["m"]),
        (SERVE, {"MODEL_NAME": "m"}, {"envFrom": [{"configMapRef": {"name": "c"}}], "env": [{"name": "MODEL_NAME", "value": "n"}]}, ["n"]), (SERVE, {}, {"envFrom": "x"}, []),
        (SERVE, {}, {"storageUri": "hf://m"}, ["hf://m"]), (SERVE, {}, {"storageUri": "gs://m"}, []), (SERVE, {}, {"storageUri": 7}, []),
        ("tritonserver --model-repository=/r", {"e.yaml": "fill_template: {tensorrt_llm: {engine_dir: /e, other: x, tokenizer_dir: 7}}"}, {}, ["/e"]),
        ("trtllm-serve --config /m/e.yaml", {"e.yaml": "model: m\nother: n"}, {}, ["m", "m"]),
    ],
)  # fmt: skip
def test_where_a_model_is_named(command: str, files: dict[str, str], fields: dict[str, Any], named: list[str]) -> None:
    subject = served(command, files, fields=fields)
    found = list(naming.named(subject, engines.engines(subject)[0]))
    assert [one.text for one in found] == named
    assert all(one.resource.at(one.pointer[:2]) is not None for one in found)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("--model-path one/a", "a"), ("--model-path ONE/A", "a"), ("--model-path hf://one/a", "a"), ("--model-path one/c", None), ("", None),
        ("--model-path one/a --model one/b", None), ("--model-path one/a --model one/c", "a"), ("--model-path one/a --model one/a", "a"),
    ],
)  # fmt: skip
def test_the_model_of_the_catalogue(line: str, name: str | None) -> None:
    subject = served(f"{SERVE} {line}")
    models: Any = {"a": SimpleNamespace(id="one/a"), "b": SimpleNamespace(id="one/b")}
    assert naming.catalogued(Overlay("o", "leaf", subject.resources, all_models=models)) == name
