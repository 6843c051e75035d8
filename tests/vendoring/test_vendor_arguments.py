"""The lists of engine arguments: how they are read out of source, and what the vendored ones must hold."""

from __future__ import annotations

import itertools
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from servelint.engines import kind
from servelint.engines.lists import STORE, Reading, _content, listing, serving, stored, whole
from servelint.engines.versions import order
from servelint.vendoring import architectures, extraction
from servelint.vendoring import arguments as vendoring_arguments
from servelint.vendoring.extraction import Names
from servelint.vendoring.extraction_vllm import vllm
from servelint.vendoring.schemas import Unusable

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

VLLM = {
    "vllm/config/__init__.py": "from .cache import CacheConfig\nfrom vllm.config.graph import GraphConfig, Whole\n",
    "vllm/config/kinds.py": """
Small = Literal["s", "m"]
Sizes = Literal[Small, "l"]
__all__ = ["Small", "Sizes"]
""",
    "vllm/config/cache.py": """
from .kinds import *
if TYPE_CHECKING:
    Method = Literal["never"]
else:
    Method = str
Words = Literal["auto", "fp8"]

@config
class CacheConfig:
    LIMIT: ClassVar[int] = 4
    share: float = Field(default=0.9, gt=0)
    words: Words = "auto"
    open_words: Words | str = "auto"
    size: "Sizes | None" = None
    sort: Sort | None = None
    method: Method | None = None
    caching: bool = True
    token: bool | str | None = None
    length: int = Field(default=None)
    max_model_len: int = 1
    names: str | list[str] | None = None
    pairs: tuple[int, ...] = (1, 2)
    numbers: Annotated[set[int], Gt(0)] = field(default_factory=set)
    table: dict[str, Any] | None = None
    plain: dict[str, int] = field(default_factory=dict)
    mixed: str | dict[str, str] = "a"
    options: Options = field(default_factory=Options)

class Sort(Enum):
    A = "a"

class Options(dict[str, int]): ...
""",
    "vllm/config/graph.py": """
@config(config=ConfigDict(arbitrary_types_allowed=True))
class Inner:
    size: int = 1

@config
class GraphConfig:
    inner: Inner = Field(default_factory=Inner)
    level: int = 0
    _private: int = 0
    derived: str = field(init=False)

@config(config=ConfigDict(extra="ignore"))
class Lenient:
    size: int = 1

@config
class Whole:
    graph: GraphConfig = Field(default_factory=GraphConfig)
    lenient: Lenient | None = None
""",
    "vllm/utils/argparse_utils.py": """
class EnableDisableAction(BooleanOptionalAction):
    _inverse_prefixes = {"--enable-": "--disable-", "--disable-": "--enable-"}
""",
    "vllm/engine/arg_utils.py": """
from vllm.config import CacheConfig, GraphConfig, Whole
from vllm.config.kinds import Small

class EngineArgs:
    @staticmethod
    def add_cli_args(parser):
        cache_kwargs = get_kwargs(CacheConfig)
        group = parser.add_argument_group(title="CacheConfig")
        group.add_argument("--share", "--part", "-s", **cache_kwargs["share"])
        cache_kwargs["words"]["choices"].remove("fp8")
        group.add_argument("--words", **cache_kwargs["words"])
        for_later = cache_kwargs["size"]
        if not ("serve" in sys.argv):
            group.add_argument("--size", **for_later)
        for name in NAMES:
            group.add_argument("--unread-" + name)
        group.add_argument("--open-words", **cache_kwargs["open_words"])
        group.add_argument("--sort", **cache_kwargs["sort"])
        group.add_argument("--method", **cache_kwargs["method"])
        group.add_argument("--enable-caching", **{**cache_kwargs["caching"], "default": None})
        group.add_argument("--caching", **cache_kwargs["caching"])
        group.add_argument("--token", **cache_kwargs["token"])
        group.add_argument("--length", **cache_kwargs["length"])
        group.add_argument("--max-model-len", **cache_kwargs["max_model_len"])
        group.add_argument("--names", **cache_kwargs["names"])
        group.add_argument("--pairs", **cache_kwargs["pairs"])
        group.add_argument("--numbers", **cache_kwargs["numbers"])
        group.add_argument("--table", **cache_kwargs["table"])
        group.add_argument("--plain", **cache_kwargs["plain"])
        group.add_argument("--mixed", **cache_kwargs["mixed"])
        group.add_argument("--options", **cache_kwargs["options"])
        group.add_argument("--level", choices=get_args(Small), default=argparse.SUPPRESS, help="words of theirs")
        whole_kwargs = get_kwargs(Whole)
        folded = get_kwargs(CacheConfig)["words"]
        folded["type"] = lambda s: s.lower()
        group.add_argument("--folded", **folded)
        group.add_argument("--graph", "-g", **whole_kwargs["graph"])
        group.add_argument("--lenient", **whole_kwargs["lenient"])
        whole_kwargs["graph"]["type"] = optional_type(json.loads)
        group.add_argument("--late", **whole_kwargs["graph"])
        parser.add_argument("--old", action=DeprecatedAction)
        return parser

class AsyncEngineArgs(EngineArgs):
    @staticmethod
    def add_cli_args(parser):
        parser = EngineArgs.add_cli_args(parser)
        parser.add_argument("--disable-log", action=argparse.BooleanOptionalAction, default=True)
""",
    "vllm/entrypoints/openai/cli_args.py": """
@config
class BaseFrontendArgs:
    chat_template: str | None = None
    origins: list[str] = field(default_factory=list)

    @classmethod
    def _customize_cli_kwargs(cls, frontend_kwargs):
        frontend_kwargs["origins"]["type"] = json.loads
        return frontend_kwargs

@config
class FrontendArgs(BaseFrontendArgs):
    port: int = 8000
    middleware: list[str] = field(default_factory=list)

    @classmethod
    def _customize_cli_kwargs(cls, frontend_kwargs):
        frontend_kwargs = super()._customize_cli_kwargs(frontend_kwargs)
        del frontend_kwargs["origins"]["nargs"]
        frontend_kwargs["middleware"]["action"] = "append"
        return frontend_kwargs

def make_arg_parser(parser):
    parser.add_argument("model_tag", nargs="?")
    parser.add_argument("--headless", action="store_true", default=False)
    parser = FrontendArgs.add_cli_args(parser)
""",
    "vllm/benchmarks/lib/endpoint_request_func.py": "KINDS = {'one': run, 'two': run}\n",
    "vllm/benchmarks/datasets/datasets.py": "def add(p):\n    p.add_argument('--seed', type=int, default=0)\n",
    "vllm/benchmarks/serve.py": "def add(p):\n    p.add_argument('--backend', choices=list(KINDS.keys()))\n",
}


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


def _vllm(changed: dict[str, str] | None = None) -> dict[str, extraction.Arguments]:
    return vllm((VLLM | (changed or {})).__getitem__)


def test_options_that_vllm_makes_of_fields_are_read() -> None:
    found = _vllm()
    assert list(found) == ["serve", "bench_serve", "GraphConfig", "Inner"]
    serve = found["serve"]
    told = {name: (a["type"], a.get("choices"), a.get("many"), a.get("optional")) for name, a in serve.items()}
    assert told == {
        # the frontend's fields, those of the base first, as its methods change them
        "chat-template": ("str", None, None, True),
        "origins": ("json", None, None, None),
        "port": ("int", None, None, None),
        "middleware": ("str", None, True, None),
        "headless": ("switch", None, None, None),
        # the engine's
        "share": ("float", None, None, None),
        "words": ("str", ["auto"], None, None),
        "size": ("str", ["l", "m", "s"], None, True),
        "open-words": ("str", None, None, None),
        "sort": ("str", None, None, True),
        "method": ("str", None, None, True),
        "enable-caching": ("switch", None, None, None),
        "caching": ("switch", None, None, None),
        "token": ("any", None, True, True),
        "length": ("int", None, None, None),
        "max-model-len": ("any", None, None, None),
        "names": ("str", None, True, True),
        "pairs": ("int", None, True, None),
        "numbers": ("int", None, True, None),
        "table": ("json", None, None, True),
        "plain": ("json", None, None, None),
        "mixed": ("str", None, None, None),
        "options": ("json", None, None, None),
        "level": ("str", ["m", "s"], None, None),
        "folded": ("any", None, None, None),
        "graph": ("json", None, None, None),
        "lenient": ("json", None, None, True),
        "late": ("json", None, None, True),
        "old": ("str", None, None, None),
        "disable-log": ("switch", None, None, None),
    }
    assert serve["share"]["names"] == ["share", "part"] and serve["share"]["short"] == ["s"]
    assert serve["share"]["default"] == 0.9 and serve["enable-caching"]["default"] is None
    assert "default" not in serve["level"] and serve["old"]["deprecated"] is True
    assert serve["port"]["where"] == "vllm/entrypoints/openai/cli_args.py:14"
    assert "words of theirs" not in json.dumps(found)


def test_what_switches_an_option_of_vllm_off() -> None:
    serve = _vllm()["serve"]
    assert serve["caching"]["negative"] == ["no-caching"]
    assert serve["enable-caching"]["negative"] == ["no-enable-caching", "disable-caching"]
    assert serve["disable-log"]["negative"] == ["no-disable-log", "enable-log"]
    older = _vllm({"vllm/utils/argparse_utils.py": "class FlexibleArgumentParser: ...\n"})["serve"]
    assert older["enable-caching"]["negative"] == ["no-enable-caching"]


def test_the_keys_of_json_arguments_of_vllm_are_read() -> None:
    found = _vllm()
    assert found["serve"]["graph"]["model"] == "GraphConfig" and found["serve"]["graph"]["short"] == ["g"]
    assert list(found["GraphConfig"]) == ["inner", "level"] and found["GraphConfig"]["inner"]["model"] == "Inner"
    # One that takes any key has no list, and neither has JSON that is read later.
    assert "model" not in found["serve"]["lenient"] and "model" not in found["serve"]["late"]


def test_vllm_without_what_its_reader_follows_is_refused() -> None:
    gone = {path: text for path, text in VLLM.items() if path != "vllm/engine/arg_utils.py"}
    with pytest.raises(KeyError, match="arg_utils"):
        vllm(gone.__getitem__)
    with pytest.raises(KeyError, match="Whole"):
        _vllm({"vllm/config/__init__.py": "from .cache import CacheConfig\n"})


def test_the_client_of_vllm_is_read() -> None:
    bench = _vllm()["bench_serve"]
    assert bench["backend"]["choices"] == ["one", "two"] and bench["seed"]["default"] == 0


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
        every = _content(content["engine"], content["version"])["lists"]
        found += [(path.stem, name, arguments) for name, arguments in every.items()]
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
        "short",
        "hidden",
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
    # 460 and 358 spellings of two dashes: what the parsers of the two wheels hold when they are run.
    spellings = {v: listing("vllm", "serve", v) for v in ("0.27.1", "0.33.0")}
    assert {v: one and len(one.by_name) for v, one in spellings.items()} == {"0.27.1": 358, "0.33.0": 460}
    older, newer = spellings["0.27.1"], spellings["0.33.0"]
    assert older and newer and older.exact
    assert older.by_name["tensor-parallel-size"]["short"] == ["tp"]
    assert older.by_name["gpu-memory-utilization"]["default"] == newer.by_name["device-memory-utilization"]["default"]
    assert "disable-expert-parallel" in newer.by_name and "disable-expert-parallel" not in older.by_name
    assert set(newer.by_name["runner"]["choices"]) == {"auto", "draft", "generate", "pooling"}
    assert "cudagraph_mode" in newer.models["CompilationConfig"]
    bench = listing("vllm", "bench_serve", "0.33.0")
    assert bench and len(bench.by_name) == 102 and "vllm" in bench.by_name["backend"]["choices"]
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
    wanted = kind("sglang").pinned[0]
    results = [
        vendoring_arguments.read(
            wanted.lists, vendoring_arguments.given_source(str(given), "sglang-0.4.6.post4", wanted.origin)
        )
        for given in (tree, tmp_path / "x.whl", f"{tree}@HEAD")
    ]
    assert results[0] == results[1] == results[2]
    assert results[0]["launch_server"]["one"]["type"] == "int"


def test_a_checkout_at_another_commit_is_refused(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init", "-q"], ["commit", "-qm", "m", "--allow-empty"]):
        subprocess.run([*git, *command], check=True)
    triton = kind("triton").pinned[0]
    with pytest.raises(Unusable, match="is pinned to"):
        vendoring_arguments.given_source(f"{tmp_path}@HEAD", "tritonserver-2.54.0", triton.origin)


def test_every_transcription_says_what_was_read() -> None:
    for path in (STORE / "transcribed").glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        assert document["read"]["project"].startswith("https://") and document["read"]["files"]
        assert vendoring_arguments.transcribed(document) or document["architectures"]


@pytest.mark.parametrize(
    ("engine", "image", "version"),
    [
        ("sglang", "lmsysorg/sglang:v0.4.6.post4-cu124", "0.4.6.post4"),
        ("sglang", "registry.example.com:5000/sglang:v0.5.14-cu129@sha256:0", "0.5.14"),
        ("sglang", "lmsysorg/sglang:blackwell", None),
        ("sglang", "lmsysorg/sglang", None),
        ("sglang", "registry.example.com:5000/sglang", None),
        ("trtllm", "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2", "1.2.0rc2"),
        ("trtllm", "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3", "0.17.0"),
        ("triton", "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3", "2.54.0"),
        ("triton", "nvcr.io/nvidia/tritonserver:25.06-py3", "2.59.0"),
        ("triton", "nvcr.io/nvidia/tritonserver:25.07-py3", "2.59.1"),
        ("triton", "nvcr.io/nvidia/tritonserver:25.08-py3", "2.60.0"),
        ("triton", "nvcr.io/nvidia/tritonserver:26.07-py3", "2.71.0"),
        ("triton", "nvcr.io/nvidia/tritonserver:24.12-py3", "2.53.0"),
        ("trtllm", "nvcr.io/nvidia/tritonserver:25.06-trtllm-python-py3", "0.20.0"),
    ],
)
def test_the_image_tells_the_version(engine: str, image: str, version: str | None) -> None:
    assert kind(engine).version(image) == version


def test_versions_are_ordered_as_they_were_released() -> None:
    names = "0.4.6 0.4.6.post4 0.4.7 0.5.0rc1 0.5 0.5.14 0.17.0 1.0.0rc4 1.2.0rc2 1.2.0rc2.post1 1.2.0 1.2.1".split()
    assert sorted(names, key=order) == names
    assert order("0.5") == order("0.5.0")
    assert list(stored()["sglang"])[13:18] == ["0.5.13.post1", "0.5.14", "0.5.15", "0.5.15.post1", "0.5.16"]


def test_the_nearest_older_list_is_used() -> None:
    chosen = listing("sglang", "launch_server", "0.5.8")
    assert chosen and chosen.version == "0.5.7" and not chosen.exact and "0.5.8" in chosen.told
    before = listing("trtllm", "throughput", "0.16.0")
    assert before and before.version == "0.17.0" and not before.exact
    assert listing("sglang", "launch_server", None) is None
    assert listing("tgi", "serve", "0.9.0") is None


def test_a_version_is_told_by_what_changed() -> None:
    """What a file leaves out is that of the version before; what only moved in its source is no change."""

    def option(name: str, line: int, **more: object) -> dict[str, object]:
        return {"names": [name], "type": "int", "where": f"a.py:{line}", **more}

    old = {"lists": {"a": {"x": option("x", 1), "y": option("y", 2)}, "b": {"z": option("z", 3)}},
           "architectures": {"OneForCausalLM": "transformers", "TwoForCausalLM": "own"}}  # fmt: skip
    new = {"lists": {"a": {"x": option("x", 9), "y": option("y", 8, default=1), "w": option("w", 7)}},
           "architectures": {"OneForCausalLM": "own"}}  # fmt: skip
    said = vendoring_arguments.changes(old, new)
    assert said == {
        "lists": {"a": {"y": option("y", 8, default=1), "w": option("w", 7)}, "b": {"z": None}},
        "architectures": {"OneForCausalLM": "own", "TwoForCausalLM": None},
    }
    again = whole(said, old)
    assert again["architectures"] == new["architectures"] and set(again["lists"]) == {"a"}
    assert again["lists"]["a"] == {"x": option("x", 1), "y": option("y", 8, default=1), "w": option("w", 7)}
    assert vendoring_arguments.changes(new, new) == {"lists": {}, "architectures": {}}


MODULES = {
    "pkg/models/one.py": "class OneForCausalLM:\n    pass\nEntryClass = OneForCausalLM\n",
    "pkg/models/two.py": "\ufeffEntryClass = [TwoForCausalLM, Nested.Other]\n",
    "pkg/models/none.py": "class Layer:\n    EntryClass = 3\n",
    "pkg/models/deep/three.py": "EntryClass = [ThreeForCausalLM]\n",
    "pkg/models/readme.txt": "no module",
    "trt/one.py": "@register_auto_model('A')\n@register_auto_model('B')\nclass C: pass\n@other('D')\nclass E: pass\n",
    "vllm/registry.py": "_A = {'AForCausalLM': ('a', 'A')}\n_OLD = {'OldForCausalLM': '0.1'}\n_VLLM_MODELS = {**_A}\n",
    "auto.py": (
        "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict([('a', 'AForCausalLM'), ('b', ('BForCausalLM', 'CForCausalLM'))])\n"
        "MODEL_FOR_CTC_MAPPING_NAMES = OrderedDict([('d', 'DForCTC')])\n"
    ),
    "empty.py": "",
}


@pytest.mark.parametrize(
    ("reading", "found"),
    [
        (Reading("modules", "pkg/models", "entry"), {"OneForCausalLM", "TwoForCausalLM"}),
        (Reading("modules", "trt", "decorated"), {"A", "B"}),
        (Reading("tables", "vllm/registry.py"), {"AForCausalLM"}),
        (Reading("auto", "auto.py"), {"AForCausalLM", "BForCausalLM", "CForCausalLM"}),
    ],
)
def test_architectures_are_read_out_of_a_registry(tmp_path: Path, reading: Reading, found: set[str]) -> None:
    for path, text in MODULES.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        for path, text in MODULES.items():
            archive.writestr(path, text)
    git = ["git", "-C", str(tmp_path / "tree"), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "m"]):
        subprocess.run([*git, *command], check=True)
    sources = (
        vendoring_arguments.folder_source(tmp_path / "tree"),
        vendoring_arguments.zip_source(tmp_path / "x.whl"),
        vendoring_arguments.git_source(tmp_path / "tree", "HEAD"),
    )
    for source in sources:
        assert architectures.read(reading, source) == dict.fromkeys(found, "own")
    with pytest.raises(KeyError, match="empty"):
        architectures.read(Reading("tables", "empty.py"), sources[0])


@pytest.mark.parametrize(
    ("family", "architecture", "version", "expected"),
    [
        ("sglang", "DeepseekV3ForCausalLM", "0.4.6.post4", ("own", "0.4.6.post4", True, False)),
        ("sglang", "GptOssForCausalLM", "0.4.6.post4", ("none", "0.4.6.post4", True, False)),
        ("sglang", "KimiK3ForConditionalGeneration", "0.5.16", ("none", "0.5.16", True, True)),
        ("sglang", "KimiK3ForConditionalGeneration", "0.5.17", ("own", "0.5.17", True, True)),
        # Between two versions that were read: one of them serves it, so nobody knows.
        ("sglang", "GptOssForCausalLM", "0.4.9", ("own", "0.5.1.post3", False, True)),
        ("sglang", "NobodyForCausalLM", "0.4.9", ("none", "0.4.6.post4", False, False)),
        ("sglang", "KimiK25ForConditionalGeneration", "0.5.9", ("own", "0.5.9", True, True)),
        ("sglang", "KimiK25ForConditionalGeneration", "0.5.5.post3", ("none", "0.5.5.post3", True, True)),
        # Registries grow: of a version beyond all that were read nobody knows.
        ("sglang", "NobodyForCausalLM", "0.5.99", None),
        ("sglang", "LlamaForCausalLM", "0.5.99", None),
        ("trtllm", "GptOssForCausalLM", "1.3.0rc23.dev0", ("own", "1.3.0rc23.dev0", True, False)),
        ("trtllm", "GptOssForCausalLM", "1.2.0rc2", None),
        ("trtllm", "DeepseekV41ForCausalLM", "1.4.0rc1", None),
        ("sglang", "GptOssForCausalLM", "0.4.5", None),
        ("sglang", "GptOssForCausalLM", None, None),
        ("vllm", "LlamaForCausalLM", "0.27.1", ("own", "0.27.1", True, True)),
        ("tritonserver", "LlamaForCausalLM", "2.54.0", None),
    ],
)
def test_what_a_version_serves(
    family: str, architecture: str, version: str | None, expected: tuple[object] | None
) -> None:
    assert serving(family, architecture, version) == expected


def test_every_release_of_sglang_serves_what_the_one_before_it_did_but_for_few() -> None:
    """Their registries only grow: a reader that lost sight of half of one would show."""
    served = [_content("sglang", version)["architectures"] for version in stored()["sglang"]]
    own = [{name for name, how in one.items() if how == "own"} for one in served]
    assert [len(one) for one in own][:2] == [77, 108] and len(own[14]) == 221 and len(own[-1]) == 290
    assert all(len(older - newer) <= 6 for older, newer in itertools.pairwise(own))
