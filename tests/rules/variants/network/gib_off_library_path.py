"""What gib-off-library-path tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import config_map, together
from servelint.rules.network.gib_off_library_path import BAD

HOLDS = 'export LD_LIBRARY_PATH="$NCCL_LIBRARY_PATH:$LD_LIBRARY_PATH" && exec python3 serve.py'


def launcher(program: str, path: str = "/etc/engine/serve.py") -> str:
    """A container whose program is a file that a ConfigMap holds, beside gIB."""
    made = BAD.replace(HOLDS, f"exec python3 {path}").replace(
        "volumeMounts: [", "volumeMounts: [{name: engine, mountPath: /etc/engine}, "
    )
    return together(
        config_map({"serve.py": program}), f"{made}  volumes: [{{name: engine, configMap: {{name: engine}}}}]\n"
    )


SETS_PATH = 'import os\nos.environ["LD_LIBRARY_PATH"] = "PATH"\n'

ALSO_GOOD = [
    BAD.replace("mountPath: /usr/local/gib", "mountPath: /data"),
    BAD.replace("env: [", "env: [{name: NCCL_NET_PLUGIN, value: /usr/local/gib/lib64/libnccl-net.so}, "),
    BAD.replace("exec python3", "ldconfig && exec python3"),
    BAD.replace("exec python3", "export LD_PRELOAD=a.so && exec python3"),
    BAD.replace("/bin/bash, -c, ", "/opt/start.sh, "),
    BAD.replace('nvidia.com/gpu: "8"', "cpu: 8")
    + "  - {name: other, image: a, resources: {limits: {nvidia.com/gpu: 8}}}\n",
    launcher(SETS_PATH.replace('"PATH"', '"/a:/usr/local/gib/lib64"')),
    launcher('import os\nos.environ["LD_LIBRARY_PATH"] = folder\n'), BAD.replace("export LD_LIB", ". /opt/env.sh; export OTHER_LIB"),
    BAD.replace("export LD_LIB", ". $FILE; export OTHER_LIB"),
]  # fmt: skip
ALSO_BAD = [BAD.replace("export LD_LIB", "export OTHER_LIB"),
    launcher("print(1)\n"), launcher(SETS_PATH.replace('"PATH"', '"/opt/lib"')),
    BAD.replace("export LD_LIB", "source /usr/local/gib/scripts/set_nccl_env.sh; export OTHER_LIB"),
]  # fmt: skip
