"""What unchecked-local-ssd tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import lustre, server

_SSD = "/mnt/stateful_partition/kube-ephemeral-ssd"


def _host(fields: str) -> str:
    return server(pod=f"volumes: [{{name: ssd, hostPath: {{{fields}}}}}]")


_VOLUME = lustre().replace("csi:", "hostPath: {path: /mnt/disks/a}\n  csi:")

ALSO_GOOD = [
    _host("path: /var/log"), _host("path: /dev/nvme0"), _host(f"path: /{4096 * 'a'}ssd"),
    _host("path: /data/nvmes/../a"),
]  # fmt: skip
ALSO_BAD = [
    _host(f"path: {_SSD}, type: DirectoryOrCreate"), _host(f"path: {_SSD}, type: ''"), _host("path: /data/nvme0"),
    _VOLUME,
]  # fmt: skip
