"""Stands in, inside the sandbox, for what an engine imports and its argument code does not need: kernels, torch.

A name that nobody modelled is an ``Anything``. Where the engine's argument code asks one for an answer, that is
noted in ``TOUCHED``: a verdict that differs by it is nobody's. The GPU alone is modelled: ``fake_gpu``
makes ``torch.cuda`` tell its capability, name and memory. Run by ``sandbox.py`` alone; imports nothing of ours.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import subprocess
import sys
import types
import typing
from typing import Any

TOUCHED: set[str] = set()
"""``file:line`` of the argument code that asked a stand-in for an answer."""
ASKING: list[str] = []
"""Parts of the paths of files that are argument code."""


def _note() -> None:
    frame = sys._getframe(2)
    name = frame.f_code.co_filename
    if frame.f_code.co_name != "<module>" and any(part in name for part in ASKING):
        TOUCHED.add(f"{name}:{frame.f_lineno}")


class _Meta(type(typing.Protocol)):  # type: ignore[misc]
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        _note()
        return Anything

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __iter__(cls) -> Any:
        return iter(())

    def __len__(cls) -> int:
        return 0

    def __bool__(cls) -> bool:
        return True

    def __neg__(cls) -> Any:
        return cls

    def __int__(cls) -> int:
        return 0

    def __float__(cls) -> float:
        return 0.0

    def __index__(cls) -> int:
        return 0

    def _reckon(cls, other: Any) -> Any:
        return cls

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _reckon


class Anything(metaclass=_Meta):
    """A class, an object, a decorator or a number, whatever is asked for."""

    def __new__(cls, *args: Any, **more: Any) -> Any:
        _note()
        if len(args) == 1 and not more and callable(args[0]) and not isinstance(args[0], _Meta):
            return args[0]  # a decorator gives back what it decorates
        return object.__new__(cls)

    def __init__(self, *args: Any, **more: Any) -> None:
        pass

    @classmethod
    def __get_pydantic_core_schema__(cls, *args: Any) -> Any:
        core = importlib.import_module("pydantic_core.core_schema")
        return core.any_schema()

    def __call__(self, *args: Any, **more: Any) -> Any:
        _note()
        if len(args) == 1 and not more and callable(args[0]):
            return args[0]
        return Anything()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        _note()
        return Anything

    def __getitem__(self, item: Any) -> Any:
        return Anything()

    def __iter__(self) -> Any:
        return iter(())

    def __bool__(self) -> bool:
        _note()
        return False

    def __len__(self) -> int:
        return 0

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __or__

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: Any) -> None:
        pass

    def __neg__(self) -> Any:
        return self

    def _reckon(self, other: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _reckon

    def __index__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __lt__(self, other: Any) -> bool:
        _note()
        return False

    __gt__ = __lt__

    def __le__(self, other: Any) -> bool:
        _note()
        return True

    __ge__ = __le__


OTHER_MAKERS = frozenset({"npu", "hpu", "musa", "mlu"})
"""Attributes that torch has with other makers' chips only."""


class Module(types.ModuleType):
    """A module in which every name is an ``Anything``."""

    __version__ = "99.0.0"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)

    def __getattr__(self, name: str) -> Any:
        if (name.startswith("__") and name.endswith("__")) or name in OTHER_MAKERS:
            raise AttributeError(name)
        return Anything


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what is really absent, last of all, if its package, or the module itself, is one of ``packages``."""

    def __init__(self, packages: frozenset[str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name in self.packages or name.partition(".")[0] in self.packages:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class Library:
    """Where kernels are registered."""

    m = None

    def __init__(self, *args: Any) -> None:
        pass

    def define(self, *args: Any, **more: Any) -> None:
        """A kernel's signature: nobody calls it here."""

    impl = _register_fake = define


class DType:
    """A data type, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class Kernel:
    """A function as ``torch.library.custom_op`` gives it back, to which others are told how it works elsewhere."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def register_fake(self, function: Any) -> Any:
        """Takes another one of the same signature."""
        return function

    register_kernel = register_autograd = lambda *_, **__: lambda function: function


def _custom_op(*given: Any, **more: Any) -> Any:
    return lambda function: Kernel(function)


class Layer:
    """``torch.nn.Module``, of which models are classes: it has no attribute of its own that one could be asked for."""


def _schema(function: Any, mutates_args: object = (), **more: Any) -> str:
    """The signature of a kernel, as far as it is compared with others'."""
    told = inspect.signature(function)
    given = told.return_annotation
    results = len(typing.get_args(given)) if typing.get_origin(given) is tuple else 1
    return f"({', '.join(told.parameters)}) -> ({', '.join(['Tensor'] * results)})"


DTYPES = (
    "float16", "bfloat16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool",
    "float8_e4m3fn", "float8_e5m2", "int16", "float4_e2m1fn_x2", "float8_e4m3fnuz", "float8_e8m0fnu",
)  # fmt: skip
ALSO = {"half": "float16", "float": "float32", "double": "float64", "long": "int64", "int": "int32", "short": "int16"}
"""Second names, of the same types: an engine asks whether a type is among those of a quantisation."""


def fake_programs(gpu: dict[str, Any]) -> None:
    """nvidia-smi tells the memory of the same GPUs, a line each; there is no other program."""

    def run(command: Any, *args: Any, **more: Any) -> subprocess.CompletedProcess[Any]:
        words = command.split() if isinstance(command, str) else list(command)
        if words[:1] != ["nvidia-smi"]:
            raise FileNotFoundError(words[0] if words else "")
        text = f"{gpu['memory']}\n" * gpu["count"]
        told = text if more.get("text") or more.get("universal_newlines") else text.encode()
        return subprocess.CompletedProcess(words, 0, told, told[:0])

    subprocess.run = run  # type: ignore[assignment]


def fake_management(gpu: dict[str, Any], package: str) -> None:
    """Puts NVIDIA's management library, which tells of the same GPUs, in the place of the one below a package."""

    class NVMLError(Exception):
        pass

    library = types.ModuleType(f"{package}.pynvml")
    answers: dict[str, Any] = {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: gpu["count"],
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetCudaComputeCapability": lambda _: tuple(gpu["capability"]),
        "nvmlDeviceGetName": lambda _: gpu["name"],
        "nvmlDeviceGetUUID": lambda index: f"GPU-{index}",
        "nvmlDeviceGetMemoryInfo": lambda _: types.SimpleNamespace(total=gpu["memory"] * 2**20),
        "nvmlDeviceGetNumaNodeId": lambda _: 0,
        "nvmlDeviceGetP2PStatus": lambda *_: 0,
        "NVML_P2P_CAPS_INDEX_NVLINK": 0,
        "NVML_P2P_STATUS_OK": 0,
    }
    for name, answer in answers.items():
        setattr(library, name, answer)
    holder = types.ModuleType(package)
    path = package.replace(".", "/")
    holder.__path__ = [f"{root}/{path}" for root in sys.path]
    holder.pynvml = library  # type: ignore[attr-defined]
    sys.modules |= {package: holder, library.__name__: library}


def fake_gpu(gpu: dict[str, Any]) -> None:
    """Installs a ``torch`` that tells of one kind of GPU: name, capability, memory in MiB, number of them, CUDA."""
    torch = Module("torch")
    torch.__version__ = gpu["torch"]
    size, capability = gpu["memory"] * 2**20, tuple(gpu["capability"])
    answers: dict[str, Any] = {
        "is_available": lambda: True,
        "device_count": lambda: gpu["count"],
        "_is_compiled": lambda: True,
        "_device_count_nvml": lambda: gpu["count"],
        "current_device": lambda: 0,
        "get_device_capability": lambda *_: capability,
        "get_device_name": lambda *_: gpu["name"],
        "mem_get_info": lambda *_: (size, size),
        "is_initialized": lambda: False,
        "synchronize": lambda *_: None,
        "empty_cache": lambda: None,
        "set_device": lambda *_: None,
        "get_arch_list": lambda: ["sm_90", "sm_100"],
        "get_device_properties": lambda *_: types.SimpleNamespace(
            name=gpu["name"], major=capability[0], minor=capability[1], total_memory=size, multi_processor_count=132,
            warp_size=32, gcnArchName="",
        ),
    }  # fmt: skip
    cuda = Module("torch.cuda")
    for name, answer in answers.items():
        setattr(cuda, name, answer)
    version = Module("torch.version")
    version.cuda, version.hip, version.musa, version.xpu = gpu["cuda"], None, None, None  # type: ignore[attr-defined]
    for other in ("xpu", "mps", "cpu"):
        module = Module(f"torch.{other}")
        module.is_available = lambda: False  # type: ignore[attr-defined]
        module.device_count = lambda: 0  # type: ignore[attr-defined]
        module._is_amx_tile_supported = lambda: False  # type: ignore[attr-defined]
        sys.modules[f"torch.{other}"] = module
        setattr(torch, other, module)
    torch.cuda, torch.version = cuda, version  # type: ignore[attr-defined]
    torch.dtype = DType  # type: ignore[attr-defined]
    for name in DTYPES:
        setattr(torch, name, DType(name))
    for name, same in ALSO.items():
        setattr(torch, name, getattr(torch, same))
    distributed = Module("torch.distributed")
    distributed.is_initialized = lambda: False  # type: ignore[attr-defined]
    distributed.is_available = lambda: True  # type: ignore[attr-defined]
    torch.distributed = distributed  # type: ignore[attr-defined]
    backends = Module("torch.backends")
    mps = Module("torch.backends.mps")
    mps.is_available = lambda: False  # type: ignore[attr-defined]
    backends.mps = mps  # type: ignore[attr-defined]
    torch.backends = backends  # type: ignore[attr-defined]
    library = Module("torch.library")
    library.Library, library.infer_schema = Library, _schema  # type: ignore[attr-defined]
    library.custom_op = _custom_op  # type: ignore[attr-defined]
    torch.library = library  # type: ignore[attr-defined]
    layers = Module("torch.nn")
    layers.Module = Layer  # type: ignore[attr-defined]
    torch.nn = layers  # type: ignore[attr-defined]
    triton = Module("triton")
    target = types.SimpleNamespace(backend="cuda", arch=capability[0] * 10 + capability[1], warp_size=32)
    active = types.SimpleNamespace(get_current_target=lambda: target)
    triton.runtime = types.SimpleNamespace(driver=types.SimpleNamespace(active=active))  # type: ignore[attr-defined]
    sys.modules |= {
        "triton": triton, "torch": torch, "torch.cuda": cuda, "torch.version": version, "torch.library": library,
        "torch.nn": layers,
        "torch.distributed": distributed, "torch.backends": backends, "torch.backends.mps": mps,
    }  # fmt: skip
