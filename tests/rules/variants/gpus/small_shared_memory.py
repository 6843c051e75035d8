"""What small-shared-memory tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.gpus.small_shared_memory import GOOD

ALSO_GOOD = [
    GOOD.replace("mountPath: /dev/shm", "mountPath: /dev"), GOOD.replace("64Gi", "8Gi"),
    GOOD.replace("64Gi", "0"),  # no limit, which is another matter
    GOOD.replace("emptyDir: {medium: Memory, sizeLimit: 64Gi}", "hostPath: {path: /dev/shm}"),
    server("--tp-size 8", pod="hostIPC: true"), server("--tp-size 1", gpus=1), server("--tp-size 1", gpus=2),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("64Gi", "7Gi"), GOOD.replace("medium: Memory, ", ""), GOOD.replace("medium: Memory", "medium: ''"),
    GOOD.replace("mountPath: /dev/shm", "mountPath: /dev/shm, readOnly: true"), server("--tp-size $SIZE"),
    server("--tp-size 2", gpus=2),
    GOOD.replace("sglang.launch_server", "team.serve").replace("/dev/shm", "/shm"),
]  # fmt: skip
