"""A container in a folder: /opt/launcher, /etc/engine and a PATH of fake engines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
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
                        The path of the model weights.
  --host HOST           The host of the server.
  --port PORT           The port of the server.
  --tensor-parallel-size TENSOR_PARALLEL_SIZE, --tp-size TENSOR_PARALLEL_SIZE
                        The tensor parallelism size.
  --data-parallel-size DATA_PARALLEL_SIZE, --dp-size DATA_PARALLEL_SIZE
                        The data parallelism size, unlike
                        --help-text-is-no-flag which is none.
  --trust-remote-code   Whether or not to allow for custom models.
  --enable-dp-attention
                        Enabling data parallelism for attention.
  --attention-backend {flashinfer,triton,torch_native,fa3}
                        Choose the kernels for attention layers.
  --mem-fraction-static MEM_FRACTION_STATIC
                        The fraction of the memory used for static allocation.
  --context-length CONTEXT_LENGTH
                        The model's maximum context length.
  --nnodes NNODES       The number of nodes.
  --node-rank NODE_RANK
                        The node rank.
  --dist-init-addr DIST_INIT_ADDR, --nccl-init-addr DIST_INIT_ADDR
                        The host address for initializing distributed backend.
  --cuda-graph-bs CUDA_GRAPH_BS [CUDA_GRAPH_BS ...]
                        Set the list of batch sizes for cuda graph.
  --json-model-override-args JSON_MODEL_OVERRIDE_ARGS
                        A dictionary in JSON string format.
  --chat-template CHAT_TEMPLATE
                        The builtin chat template name or its path.
  --warmup, --no-warmup
                        A flag with a counterpart.
""",
    "sglang.bench_serving": ARGPARSE
    + """\
  --backend {sglang,vllm,trt}
                        Must specify a backend.
  --base-url BASE_URL   Server or API base url if not using http host and port.
  --dataset-name {sharegpt,random,random-ids}
                        Name of the dataset to benchmark on.
  --model MODEL         Name or path of the model.
  --tokenizer TOKENIZER
                        Name or path of the tokenizer.
  --num-prompts NUM_PROMPTS
                        Number of prompts to process.
  --random-input-len RANDOM_INPUT_LEN
                        Number of input tokens per request.
  --random-output-len RANDOM_OUTPUT_LEN
                        Number of output tokens per request.
  --random-range-ratio RANDOM_RANGE_RATIO
                        Range of sampled ratio of input/output length.
  --max-concurrency MAX_CONCURRENCY
                        Maximum number of concurrent requests.
  --output-file OUTPUT_FILE
                        Output JSONL file name.
  --extra-request-body {"key1": "value1"}
                        Append given JSON object to the request payload.
""",
    "trtllm-serve-serve": """\
Usage: trtllm-serve serve [OPTIONS] MODEL

  Running an OpenAI API compatible server

Options:
  --tokenizer TEXT                Path | Name of the tokenizer.
  --host TEXT                     Hostname of the server.
  --port INTEGER                  Port of the server.
  --backend [pytorch]             Set to 'pytorch' for pytorch path.
  --max_batch_size INTEGER        Maximum number of requests.
  --max_seq_len INTEGER           Maximum total length of one request.
  --tp_size, --tensor_parallel_size INTEGER
                                  Tensor parallelism size.
  --pp_size INTEGER               Pipeline parallelism size.
  --ep_size INTEGER               expert parallelism size
  --kv_cache_free_gpu_memory_fraction FLOAT
                                  Free GPU memory fraction.
  --trust_remote_code             Flag for HF transformers.
  --extra_llm_api_options TEXT    Path to a YAML file.
  --help                          Show this message and exit.
""",
    "trtllm-bench-throughput": """\
Usage: trtllm-bench throughput [OPTIONS]

Options:
  Engine run configuration.:
    --engine_dir PATH             Path to a serialized TRT-LLM engine.
    --backend [pytorch|tensorrt]  The backend to use.
    --extra_llm_api_options TEXT  Path to a YAML file.
    --max_batch_size INTEGER      Maximum runtime batch size.
    --kv_cache_free_gpu_mem_fraction FLOAT
                                  The percentage of memory to use.
  Engine Input Configuration:
    --dataset PATH                Pass in a dataset file for parsing.
    --num_requests INTEGER        Number of requests to cap benchmark run at.
    --concurrency INTEGER         Desired concurrency rate.
  World Configuration:
    --tp INTEGER                  tensor parallelism size
    --pp INTEGER                  pipeline parallelism size
    --ep INTEGER                  expert parallelism size
  --streaming                     Enable streaming mode for requests.
  --help                          Show this message and exit.
""",
    "trtllm-bench-build": """\
Usage: trtllm-bench build [OPTIONS]

Options:
  Engine Configuration:
    -tp, --tp_size INTEGER        Number of tensor parallel shards.
    -pp, --pp_size INTEGER        Number of pipeline parallel shards.
    -q, --quantization [W8A16|FP8|NVFP4]
                                  The quantization algorithm to be used.
    --max_seq_len INTEGER RANGE   Maximum total length of one request.
    --trust_remote_code BOOLEAN   Trust remote code for the HF models.
    --dataset PATH                Dataset file.
    --max_batch_size INTEGER RANGE
                                  Maximum number of requests.
  --help                          Show this message and exit.
""",
    "prepare_dataset.py": """\
Usage: prepare_dataset.py [OPTIONS] COMMAND [ARGS]...

Options:
  --tokenizer TEXT         Tokenizer dir for the model.  [required]
  --stdout                 Print output to stdout.
  --random-seed INTEGER    random seed for token_ids
  --trust-remote-code      Allow remote code.
  --help                   Show this message and exit.
""",
    "huggingface-cli-download": ARGPARSE
    + """\
  --exclude [EXCLUDE ...]
                        Glob patterns to exclude from files to download.
  --revision REVISION   An optional Git revision id.
  --local-dir LOCAL_DIR
                        If set, the downloaded file will be placed there.
""",
    "convert_checkpoint.py": ARGPARSE
    + """\
  --model_dir MODEL_DIR
  --output_dir OUTPUT_DIR
                        The path to save the TensorRT-LLM checkpoint
  --dtype {auto,float16,bfloat16,float32}
  --tp_size TP_SIZE     N-way tensor parallelism size
""",
    "trtllm-build": ARGPARSE
    + """\
  --checkpoint_dir CHECKPOINT_DIR
                        The directory path that contains TensorRT-LLM checkpoint.
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
\tPrint usage

Server:
  --model-repository <string>
\tPath to model repository directory.
  --disable-auto-complete-config
\tIf set, disables the triton and backends from auto completing.
  --http-port <integer>
\tThe port for the server to listen on for HTTP requests.
  --grpc-port <integer>
\tThe port for the server to listen on for GRPC requests.
  --metrics-port <integer>
\tThe port reporting prometheus metrics.
  --allow-grpc <boolean>
\tAllow the server to listen for GRPC requests.
  --log-verbose <integer>
\tSet verbose logging level.
  --backend-config <<string>,<string>=<string>>
\tSpecify a backend-specific configuration setting.
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
        entries = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [entry for entry in entries if name in (None, entry["name"])]

    def argvs(self, name: str | None = None) -> list[list[str]]:
        return [entry["argv"] for entry in self.calls(name) if "argv" in entry]

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
    for name in ("trtllm-serve", "trtllm-bench", "trtllm-build", "huggingface-cli", "hf", "tritonserver"):
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
        return container

    return choose
