"""A container in a folder: /opt/launcher, /etc/engine and a PATH of fake engines."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).resolve().parent
BASE = HERE.parents[1] / "base"

ARGPARSE = (
    "usage: PROGRAM [-h] [--not-a-line NO]\n\noptions:\n  -h, --help            show this help message and exit\n"
)
HELP = {
    "sglang.launch_server": ARGPARSE
    + """\
  --model-path MODEL_PATH
                        Folder or hub id.
  --host HOST           Address to listen on.
  --port PORT           Where to listen.
  --tensor-parallel-size TENSOR_PARALLEL_SIZE, --tp-size TENSOR_PARALLEL_SIZE
                        Ranks that share a layer.
  --data-parallel-size DATA_PARALLEL_SIZE, --dp-size DATA_PARALLEL_SIZE
                        Ranks that share requests, unlike
                        --help-text-is-no-flag which is none.
  --trust-remote-code   Run what a checkpoint brings.
  --enable-dp-attention
                        Attention over requests, not heads.
  --attention-backend {flashinfer,triton,torch_native,fa3}
                        Kernels of attention.
  --mem-fraction-static MEM_FRACTION_STATIC
                        Share of weights and cache.
  --context-length CONTEXT_LENGTH
                        Longest request, in tokens.
  --nnodes NNODES       Hosts in all.
  --node-rank NODE_RANK
                        Which host this is.
  --dist-init-addr DIST_INIT_ADDR, --nccl-init-addr DIST_INIT_ADDR
                        Where rank 0 waits.
  --cuda-graph-bs CUDA_GRAPH_BS [CUDA_GRAPH_BS ...]
                        Sizes to capture.
  --json-model-override-args JSON_MODEL_OVERRIDE_ARGS
                        JSON over the model's config.
  --chat-template CHAT_TEMPLATE
                        How messages become a prompt.
  --warmup, --no-warmup
                        A flag with a counterpart.
""",
    "sglang.bench_serving": ARGPARSE
    + """\
  --backend {sglang,vllm,trt}
                        Kind of server.
  --base-url BASE_URL   Address of the server.
  --dataset-name {sharegpt,random,random-ids}
                        Where prompts come from.
  --model MODEL         What requests ask for.
  --tokenizer TOKENIZER
                        What counts tokens.
  --num-prompts NUM_PROMPTS
                        Requests in all.
  --random-input-len RANDOM_INPUT_LEN
                        Tokens of a prompt.
  --random-output-len RANDOM_OUTPUT_LEN
                        Tokens of an answer.
  --random-range-ratio RANDOM_RANGE_RATIO
                        How far lengths vary.
  --max-concurrency MAX_CONCURRENCY
                        Requests at a time.
  --output-file OUTPUT_FILE
                        Where figures go.
  --extra-request-body {"key1": "value1"}
                        JSON for every request.
""",
    "vllm-serve": ARGPARSE
    + """\
  --headless            Start workers and no server.
                        (default: False)

Frontend:
  What the HTTP server itself is told.

  --host HOST           Address to listen on. (default: None)
  --port PORT           Port to listen on. (default: 8000)
  --api-key API_KEY [API_KEY ...]
                        Keys of clients, one of which each request must bear.
  --enable-auto-tool-choice, --disable-auto-tool-choice
                        Let the model choose a tool. (default: False)

ModelConfig:
  --served-model-name SERVED_MODEL_NAME [SERVED_MODEL_NAME ...]
                        Names that requests may ask for.
  --max-model-len MAX_MODEL_LEN
                        Longest context, in tokens:
                        - '1k' is 1,000
  --trust-remote-code, --no-trust-remote-code
                        Run code of the checkpoint. (default: False)

ParallelConfig:
  --tensor-parallel-size TENSOR_PARALLEL_SIZE, -tp TENSOR_PARALLEL_SIZE
                        Tensor parallel ranks. (default: 1)
  --enable-expert-parallel, --disable-expert-parallel, -ep
                        Whole experts on each rank. (default: False)

CacheConfig:
  --enable-prefix-caching, --no-enable-prefix-caching
                        Keep the cache of prompts. (default: None)

VllmConfig:
  --compilation-config COMPILATION_CONFIG, -cc COMPILATION_CONFIG
                        JSON.
  --shutdown-timeout SHUTDOWN_TIMEOUT
                        Seconds for requests to end. (default: 0)

JSON arguments can be written in two ways:
   --json-arg '{"key": "value"}'
   --json-arg.key value
""",
    "vllm-bench-serve": ARGPARSE
    + """\
  --backend {vllm,openai,openai-chat}
                        Kind of server. (default: openai)
  --base-url BASE_URL   Address of the server. (default: None)
  --dataset-name {sharegpt,random}
                        Where prompts come from. (default: random)
  --model MODEL         Name that requests ask for. (default: None)
  --tokenizer TOKENIZER
                        Name or folder of the tokenizer. (default: None)
  --num-prompts NUM_PROMPTS
                        Requests in all. (default: 1000)
  --max-concurrency MAX_CONCURRENCY
                        Requests at a time. (default: None)
  --ignore-eos          Generate every token that was asked for.
  --save-result         Write the figures to a file.
  --result-dir RESULT_DIR
                        Folder of that file. (default: None)
  --result-filename RESULT_FILENAME
                        Name of that file. (default: None)

random dataset options:
  --random-input-len RANDOM_INPUT_LEN
                        Tokens of a prompt. (default: 1024)
  --random-output-len RANDOM_OUTPUT_LEN
                        Tokens of an answer. (default: 128)
""",
    "trtllm-serve-serve": """\
Usage: trtllm-serve serve [OPTIONS] MODEL

  Serves a model.

Options:
  --tokenizer TEXT                Folder or hub id.
  --host TEXT                     Address to listen on.
  --port INTEGER                  Where to listen.
  --backend [pytorch]             What runs the model.
  --max_batch_size INTEGER        Requests at a time.
  --max_seq_len INTEGER           Tokens of a request.
  --tp_size, --tensor_parallel_size INTEGER
                                  Ranks that share a layer.
  --pp_size INTEGER               Ranks in a row.
  --ep_size INTEGER               Ranks that share experts.
  --kv_cache_free_gpu_memory_fraction FLOAT
                                  Share of what is left.
  --trust_remote_code             Run what a checkpoint brings.
  --extra_llm_api_options TEXT    More settings, as YAML.
  --help                          Show this message and exit.
""",
    "trtllm-bench-throughput": """\
Usage: trtllm-bench throughput [OPTIONS]

Options:
  Engine run configuration.:
    --engine_dir PATH             A built engine.
    --backend [pytorch|tensorrt]  What runs the model.
    --extra_llm_api_options TEXT  More settings, as YAML.
    --max_batch_size INTEGER      Requests at a time.
    --kv_cache_free_gpu_mem_fraction FLOAT
                                  Share of what is left.
  Engine Input Configuration:
    --dataset PATH                Prompts, one a line.
    --num_requests INTEGER        Requests in all.
    --concurrency INTEGER         Requests at a time.
  World Configuration:
    --tp INTEGER                  Ranks that share a layer.
    --pp INTEGER                  Ranks in a row.
    --ep INTEGER                  Ranks that share experts.
  --streaming                     Answers word by word.
  --help                          Show this message and exit.
""",
    "trtllm-bench-build": """\
Usage: trtllm-bench build [OPTIONS]

Options:
  Engine Configuration:
    -tp, --tp_size INTEGER        Ranks that share a layer.
    -pp, --pp_size INTEGER        Ranks in a row.
    -q, --quantization [W8A16|FP8|NVFP4]
                                  How weights are stored.
    --max_seq_len INTEGER RANGE   Tokens of a request.
    --trust_remote_code BOOLEAN   Run what a checkpoint brings.
    --dataset PATH                Prompts, one a line.
    --max_batch_size INTEGER RANGE
                                  Requests at a time.
  --help                          Show this message and exit.
""",
    "prepare_dataset.py": """\
Usage: prepare_dataset.py [OPTIONS] COMMAND [ARGS]...

Options:
  --tokenizer TEXT         What counts tokens.  [required]
  --stdout                 Lines, not a file.
  --random-seed INTEGER    Same seed, same prompts.
  --trust-remote-code      Run what a checkpoint brings.
  --help                   Show this message and exit.
""",
    "huggingface-cli-download": ARGPARSE
    + """\
  --exclude [EXCLUDE ...]
                        What not to fetch.
  --revision REVISION   Commit or tag.
  --local-dir LOCAL_DIR
                        Where files go.
""",
    "hf-download": """\
Usage: hf download [OPTIONS] REPO_ID [FILENAMES]...

Options:
  --exclude TEXT    What not to fetch.
  --revision TEXT   Commit or tag.
  --local-dir TEXT  Where files go.
  --help            Show this message and exit.
""",
    "convert_checkpoint.py": ARGPARSE
    + """\
  --model_dir MODEL_DIR
  --output_dir OUTPUT_DIR
                        Where the checkpoint goes.
  --dtype {auto,float16,bfloat16,float32}
  --tp_size TP_SIZE     Ranks that share a layer.
""",
    "trtllm-build": ARGPARSE
    + """\
  --checkpoint_dir CHECKPOINT_DIR
                        What to build from.
  --output_dir OUTPUT_DIR
  --gemm_plugin {auto,float16,bfloat16,fp8,disable}
  --max_batch_size MAX_BATCH_SIZE
  --max_num_tokens MAX_NUM_TOKENS
  --max_input_len MAX_INPUT_LEN
  --max_seq_len MAX_SEQ_LEN, --max_decoder_seq_len MAX_SEQ_LEN
  --max_beam_width MAX_BEAM_WIDTH
  --reduce_fusion {enable,disable}
  --multiple_profiles {enable,disable}
  --use_paged_context_fmha {enable,disable}
""",
    "tritonserver": """\
Usage: tritonserver [options]
  --help
\tThis text.

Server:
  --model-repository <string>
\tFolder of models.
  --disable-auto-complete-config
\tConfigurations are whole as they are.
  --http-port <integer>
\tWhere HTTP is served.
  --grpc-port <integer>
\tWhere gRPC is served.
  --metrics-port <integer>
\tWhere metrics are.
  --allow-grpc <boolean>
\tServe gRPC at all.
  --log-verbose <integer>
\tHow much is logged.
  --backend-config <<string>,<string>=<string>>
\tA setting of one backend.
""",
}


@dataclass
class Container:
    """One launcher in its surroundings."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    plan: list[dict[str, Any]] = field(default_factory=list)

    @property
    def engine_yaml(self) -> Path:
        return self.root / "engine.yaml"

    def configure(self, content: str | dict[str, Any]) -> None:
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        self.engine_yaml.write_text(text)

    def command(self, *base: str) -> list[str]:
        return [sys.executable, str(self.root / "opt" / "launch.py"), *base]

    def environment(self) -> dict[str, str]:
        return {**self.env, "FAKE_PLAN": json.dumps(self.plan)}

    def run(self, *base: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*base), env=self.environment(), cwd=self.root, capture_output=True, text=True, check=False
        )

    def start(self, *base: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*base),
            env=self.environment(),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def calls(self, name: str | None = None) -> list[dict[str, Any]]:
        """What the engines recorded, in order."""
        file = self.root / "record.jsonl"
        whole = file.read_text().rpartition("\n")[0] if file.exists() else ""  # the last line may still be written
        entries = [json.loads(line) for line in whole.splitlines()]
        return [entry for entry in entries if name in (None, entry["name"])]

    def argvs(self, name: str | None = None) -> list[list[str]]:
        return [entry["argv"] for entry in self.calls(name) if "argv" in entry]

    def results(self) -> Path:
        """The folder of the only run of the Job."""
        (folder,) = Path(self.env["RESULTS_DIR"]).glob("*/*/*/")
        return folder

    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.results() / "manifest.json").read_text())
        return found

    def await_call(self, name: str, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Wait for a call of an engine, however long it takes, unless the launcher ends without it."""
        while True:
            if calls := self.calls(name):
                return calls[-1]
            if process.poll() is not None:
                pytest.fail(f"{name} was never called: {process.communicate()[0]}")
            time.sleep(0.02)

    def stops(self, *said: str, base: tuple[str, ...] = ()) -> None:
        """The launcher refuses: exit code 2, one line on stderr with all of `said`, and no engine started."""
        done = self.run(*base)
        message = done.stderr.splitlines()[-1] if done.stderr else ""
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        for words in said:
            assert words in message
        assert self.calls() == []


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """A function's container; `use` puts one base's launcher into it."""
    binaries, helps, python = tmp_path / "bin", tmp_path / "help", tmp_path / "python" / "sglang"
    for folder in (binaries, helps, python, tmp_path / "opt", tmp_path / "cwd"):
        folder.mkdir(parents=True)
    for name, text in HELP.items():
        (helps / f"{name}.txt").write_text(text.replace("PROGRAM", name))

    fake = f'exec "{sys.executable}" "{HERE / "fake_engine.py"}"'
    for name in ("trtllm-serve", "trtllm-bench", "trtllm-build", "vllm", "huggingface-cli", "hf", "tritonserver"):
        (binaries / name).write_text(f'#!/bin/sh\n{fake} {name} "$@"\n')
    (binaries / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for script in binaries.iterdir():
        script.chmod(0o755)
    call = "import runpy, sys\nsys.argv[:1] = [{path!r}, {name!r}]\nrunpy.run_path({path!r}, run_name='__main__')\n"
    (python / "__init__.py").write_text("")
    for module in ("launch_server", "bench_serving"):
        (python / f"{module}.py").write_text(call.format(path=str(HERE / "fake_engine.py"), name=f"sglang.{module}"))
    for script_name in ("prepare_dataset.py", "convert_checkpoint.py"):
        (tmp_path / script_name).write_text(call.format(path=str(HERE / "fake_engine.py"), name=script_name))

    env = {
        "PATH": f"{binaries}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PYTHONPATH": str(tmp_path / "python"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FAKE_HELP": str(helps),
        "FAKE_RECORD": str(tmp_path / "record.jsonl"),
        "ENGINE_CONFIG": str(tmp_path / "engine.yaml"),
        "MODEL_ID": "org/model",
        "MODEL_GATED": "false",
        "TMPDIR": str(tmp_path / "cwd"),
    }
    return Container(tmp_path, env)


@pytest.fixture
def use(container: Container) -> Any:
    """Choose the base whose launcher the container runs."""

    def choose(base: str) -> Container:
        # As in the pod: one folder that holds the base's launch.py and the shared module.
        shutil.copy(BASE / base / "launch.py", container.root / "opt")
        shutil.copy(BASE / "launcher" / "launchlib.py", container.root / "opt")
        if base.endswith("-bench"):
            shutil.copy(BASE / "launcher" / "results" / "benchlib.py", container.root / "opt")
            container.env |= {"OVERLAY": f"org-model-{base}-a3ultra", "WORKLOAD": base}
        return container

    return choose


@dataclass
class Health:
    """A server whose next answers the test chooses; the last one stays."""

    url: str
    answers: list[int] = field(default_factory=lambda: [200])
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def health() -> Iterator[Health]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            self.send_response(state.answers.pop(0) if len(state.answers) > 1 else state.answers[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Health(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
