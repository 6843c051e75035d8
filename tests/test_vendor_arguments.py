"""The lists of engine arguments: how they are read out of source, and what the vendored ones must hold."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from servelint import extraction, vendoring_arguments
from servelint.extraction import Names
from servelint.vendoring import Unusable
from servelint.views.arguments import STORE, listing, stored, version_key, version_of

CALLS = """
class Parsers:
    Known: dict[str, type] = {"one": object, "two": object}

class Defaults:
    size: int = 3

BACKENDS = ["a", "b"]

def add(parser):
    parser.add_argument("--tensor-size", "--t", type=int, default=Defaults.size, help="long words")
    parser.add_argument("--backend", choices=["c"] + BACKENDS)
    parser.add_argument("--parser", choices=list(Parsers.Known.keys()))
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--slow", action=argparse.BooleanOptionalAction)
    parser.add_argument("--many", type=float, nargs="+")
    parser.add_argument("--rate", type=float, default=float("inf"))
    parser.add_argument("--secret", type=compute(), choices=compute())
    parser.add_argument("positional")
    parser.add_argument("--" + word)
"""
FIELDS = """
class Ns(Struct):
    tp_size: A[int, Arg(help="x", aliases=["--tensor-parallel-size"])] = 1
    mode: A[Literal["x", "y"], "help"] = "x"
    on: A[bool, "help"] = False
    hidden: A[bool, Arg(no_cli=True)] = False
    plain: int = 1
    sizes: A[Optional[List[int]], "help"] = None
    parsed: A[Optional[int], Arg(help="x", type_parser=human)] = None
    named: A[str, Arg(cli_name="--other-name")]
"""
CLICK = """
class ChoiceWithAlias(click.Choice): ...

@click.command("serve")
@click.argument("model")
@click.option("--tp_size", "--tensor_parallel_size", "-t", type=int, default=1)
@optgroup.option("--backend", type=ChoiceWithAlias(["p", "q"], {"pp": "p"}))
@optgroup.option("--enable_x/--disable_x", default=True)
@click.option("--flag", is_flag=True)
@click.option("--min", type=click.IntRange(min=1))
@click.option("--dirs", type=click.Path(exists=True), multiple=True)
def serve(model): ...

@click.option("--not_this")
def other(): ...
"""
MODELS = """
class Strict(BaseModel): ...

class Inner(Strict):
    backend: Literal["A", "B"] = Field(default="A")

class Base(Strict):
    model_config = {"extra": "forbid"}
    model: str
    size: Optional[int] = Field(default=None)
    _private: int = 0

class Whole(Base):
    inner: Inner = Field(default_factory=Inner)
    maybe: Optional[Inner] = None
    counts: List[int] = [1]
"""


def test_argparse_calls_are_read() -> None:
    found = extraction.argparse_options(CALLS, "p.py", Names().learn(CALLS))
    assert list(found) == ["tensor-size", "backend", "parser", "fast", "slow", "many", "rate", "secret"]
    assert found["tensor-size"] == {"names": ["tensor-size", "t"], "type": "int", "default": 3, "where": "p.py:11"}
    assert found["backend"]["choices"] == ["a", "b", "c"]
    assert found["parser"]["choices"] == ["one", "two"]
    assert found["fast"]["type"] == found["slow"]["type"] == "switch"
    assert found["slow"]["negative"] == ["no-slow"]
    assert found["many"]["many"] is True
    assert found["rate"]["default"] == "inf"
    assert "choices" not in found["secret"] and found["secret"]["type"] == "any"
    assert "long words" not in json.dumps(found)


def test_annotated_fields_are_read() -> None:
    found = extraction.annotated_fields(FIELDS, "p.py", Names())
    assert list(found) == ["tp-size", "mode", "on", "sizes", "parsed", "other-name"]
    assert found["tp-size"]["names"] == ["tp-size", "tensor-parallel-size"]
    assert found["mode"]["choices"] == ["x", "y"]
    assert found["on"]["type"] == "switch"
    assert found["sizes"] | {"where": ""} == {
        "names": ["sizes"],
        "type": "int",
        "default": None,
        "many": True,
        "where": "",
    }
    assert found["parsed"]["type"] == "any"
    assert found["other-name"]["required"] is True


def test_click_options_are_read() -> None:
    found = extraction.click_options(CLICK, "p.py", "serve", Names())
    # Decorators stand in the order of the source.
    assert list(found) == ["tp_size", "backend", "enable_x", "flag", "min", "dirs"]
    assert found["tp_size"]["names"] == ["tp_size", "tensor_parallel_size"]
    assert found["backend"]["choices"] == ["p", "pp", "q"]
    assert found["enable_x"]["negative"] == ["disable_x"]
    assert found["flag"]["type"] == "switch"
    assert found["min"]["type"] == "int"
    assert found["dirs"]["many"] is True


def test_model_fields_are_read() -> None:
    found = extraction.model_fields(MODELS, "p.py", Names())
    assert list(found["Whole"]) == ["model", "size", "inner", "maybe", "counts"]
    assert found["Inner"]["backend"]["choices"] == ["A", "B"]
    assert found["Whole"]["inner"]["model"] == "Inner" and "optional" not in found["Whole"]["inner"]
    assert found["Whole"]["maybe"]["optional"] is True
    assert found["Whole"]["counts"]["many"] is True
    assert found["Base"]["size"]["default"] is None


def test_the_table_and_the_templates_of_triton_are_read() -> None:
    table = '{OPTION_A, "http-port", Option::ArgInt, "help"});\n  {OPTION_B,\n   "allow-x", Option::ArgBool,\n "help"}'
    assert {n: a["type"] for n, a in extraction.server_options(table, "c.cc").items()} == {
        "http-port": "int",
        "allow-x": "bool",
    }
    template = (
        'max_batch_size: ${size}\n# ${commented}\n value: { string_value: "${soft}" }\n string_value: "${size}"\n'
    )
    found = extraction.template_parameters(template, "c.pbtxt")
    assert found["size"]["required"] is True and "required" not in found["soft"] and "commented" not in found


def test_an_argument_of_either_neighbour_is_kept() -> None:
    older = {"a": {"names": ["a"], "type": "int", "default": 1}, "b": {"names": ["b"], "type": "str"}}
    newer = {"aa": {"names": ["aa", "a"], "type": "float", "default": 2}, "c": {"names": ["c"], "type": "str"}}
    found = extraction.merged(older, newer)
    assert found["a"] == {"names": ["a", "aa"], "type": "any"} and set(found) == {"a", "b", "c"}


def _lists() -> list[tuple[str, str, dict[str, dict[str, object]]]]:
    found = []
    for path in sorted(STORE.glob("*-*.json")):
        content = json.loads(path.read_text())
        assert path.stem == f"{content['engine']}-{content['version']}"
        found += [(path.stem, name, arguments) for name, arguments in content["lists"].items()]
    return found


@pytest.mark.parametrize(
    ("file", "name", "arguments"), _lists(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_vendored_lists_are_well_formed(file: str, name: str, arguments: dict[str, dict[str, object]]) -> None:
    kinds = {"int", "float", "str", "bool", "switch", "any", "json"}
    keys = {
        "names",
        "type",
        "choices",
        "default",
        "many",
        "required",
        "negative",
        "deprecated",
        "optional",
        "model",
        "where",
    }
    assert arguments
    every = [spelling for a in arguments.values() for spelling in a["names"]]  # type: ignore[attr-defined]
    assert len(every) == len(set(every))
    for first, argument in arguments.items():
        assert argument["names"][0] == first  # type: ignore[index]
        assert argument["type"] in kinds and set(argument) <= keys
        assert all(not str(spelling).startswith("-") for spelling in argument["names"])  # type: ignore[attr-defined]


def test_vendored_lists_have_what_is_known_of_them() -> None:
    """Counts and facts that were found by other means (research of the fields, the engines' documentation)."""
    old = listing("sglang", "launch_server", "0.4.6.post4")
    new = listing("sglang", "launch_server", "0.5.23")
    assert old and new and old.exact and new.exact
    # 128 fields of ServerArgs, one without a flag, and three deprecated flags.
    assert len(old.arguments) == 130
    assert len(new.arguments) > 500
    assert "cuda-graph-bs" in old.by_name and "cuda-graph-bs" not in new.by_name
    assert old.by_name["tp-size"] is old.by_name["tensor-parallel-size"]
    assert set(old.by_name["attention-backend"]["choices"]) == {
        "flashinfer", "triton", "torch_native", "fa3", "flashmla", "cutlass_mla",
    }  # fmt: skip
    assert "cutlass_mla" not in new.by_name["attention-backend"]["choices"]
    serve = listing("trtllm", "serve", "1.2.0rc2")
    assert serve and serve.by_name["tp_size"] is serve.by_name["tensor_parallel_size"]
    triton = listing("tritonserver", "tritonserver", "2.54.0")
    assert triton and triton.by_name["http-port"]["type"] == "int"
    templates = listing("tensorrtllm_backend", "fill_template.tensorrt_llm", "0.17.0")
    assert templates and templates.by_name["decoupled_mode"]["required"] is True


def test_the_store_is_what_its_provenance_says() -> None:
    """Regenerating without a network reproduces every file, byte for byte."""
    files = vendoring_arguments.build(STORE, {}, offline=True)
    assert {name: (STORE / name).read_bytes() for name in files} == files
    assert {path.name for path in STORE.glob("*.json")} == set(files)


def test_a_list_is_read_from_a_folder_a_wheel_and_a_revision_alike(tmp_path: Path) -> None:
    text = "def add(p):\n    p.add_argument('--one', type=int)\n"
    paths = ("sglang/srt/reasoning_parser.py", "sglang/srt/server_args.py", "sglang/bench_serving.py")
    tree = tmp_path / "tree"
    for path in paths:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        for path in paths:
            archive.writestr(path, text)
    git = ["git", "-C", str(tree), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "m"]):
        subprocess.run([*git, *command], check=True)
    wanted = vendoring_arguments.LISTS[0]
    results = [
        wanted.read(vendoring_arguments.given_source(str(given), wanted))
        for given in (tree, tmp_path / "x.whl", f"{tree}@HEAD")
    ]
    assert results[0] == results[1] == results[2]
    assert results[0]["launch_server"]["one"]["type"] == "int"


def test_a_checkout_at_another_commit_is_refused(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init", "-q"], ["commit", "-qm", "m", "--allow-empty"]):
        subprocess.run([*git, *command], check=True)
    triton = next(one for one in vendoring_arguments.LISTS if one.engine == "tritonserver")
    with pytest.raises(Unusable, match="is pinned to"):
        vendoring_arguments.given_source(f"{tmp_path}@HEAD", triton)


def test_every_transcription_says_what_was_read() -> None:
    for path in (STORE / "transcribed").glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        assert document["read"]["project"].startswith("https://") and document["read"]["files"]
        assert vendoring_arguments.transcribed(document)


@pytest.mark.parametrize(
    ("family", "image", "version"),
    [
        ("sglang", "lmsysorg/sglang:v0.4.6.post4-cu124", "0.4.6.post4"),
        ("sglang", "registry.example.com:5000/sglang:v0.5.14-cu129@sha256:0", "0.5.14"),
        ("sglang", "lmsysorg/sglang:blackwell", None),
        ("sglang", "lmsysorg/sglang", None),
        ("sglang", "registry.example.com:5000/sglang", None),
        ("trtllm", "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2", "1.2.0rc2"),
        ("trtllm", "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3", "0.17.0"),
        ("tritonserver", "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3", "2.54.0"),
        ("tritonserver", "nvcr.io/nvidia/tritonserver:26.07-py3", "2.72.0"),
        ("trtllm", "nvcr.io/nvidia/tritonserver:25.06-trtllm-python-py3", "0.20.0"),
    ],
)
def test_the_image_tells_the_version(family: str, image: str, version: str | None) -> None:
    assert version_of(family, image) == version


def test_versions_are_ordered_as_they_were_released() -> None:
    names = "0.4.6 0.4.6.post4 0.4.7 0.5.0rc1 0.5 0.5.14 0.17.0 1.0.0rc4 1.2.0rc2 1.2.0rc2.post1 1.2.0 1.2.1".split()
    assert sorted(names, key=version_key) == names
    assert version_key("0.5") == version_key("0.5.0")
    assert list(stored()["sglang"]) == ["0.4.6.post4", "0.5.14", "0.5.23"]


def test_the_nearest_older_list_is_used() -> None:
    chosen = listing("sglang", "launch_server", "0.5.20")
    assert chosen and chosen.version == "0.5.14" and not chosen.exact and "0.5.20" in chosen.told
    before = listing("trtllm", "throughput", "0.17.0")
    assert before and before.version == "1.0.0rc4" and not before.exact
    assert listing("sglang", "launch_server", None) is None
    assert listing("vllm", "serve", "0.9.0") is None
