"""What nccl-replaced-at-start tells apart beyond its own examples."""

from servelint.rules.examples import server, workload
from servelint.rules.network.nccl_replaced_at_start import _SHELL, BAD

_GIB = "volumeMounts: [{name: gib, mountPath: /usr/local/gib}]"
_PRELOADED = server(container=f"env: [{{name: LD_PRELOAD, value: /opt/libnccl.so.2}}]\n{_GIB}")

ALSO_GOOD = [
    BAD.replace("nvidia.com/gpu: 8", "cpu: 8"), workload(_SHELL % "apt-get remove -y libnccl2"),
    workload(_SHELL % "echo install libnccl2"), workload(_SHELL % "ubuntu-drivers list"),
    workload(_SHELL % "pip install --find-links=/nccl numpy"),
    _PRELOADED.replace("/opt/libnccl", "/usr/local/gib/lib64/libnccl"),
    _PRELOADED.replace("/opt/libnccl", "/usr/local/nvidia/lib64/libnccl"),
]  # fmt: skip
ALSO_BAD = [
    workload(_SHELL % "python3 -m pip install nvidia-nccl-cu12"), workload(_SHELL % "ubuntu-drivers autoinstall"),
    _PRELOADED,
]  # fmt: skip
