"""What unknown-mount-option tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import bucket_pod, lustre


def _with(options: str) -> str:
    return bucket_pod(attributes=f"bucketName: a, mountOptions: '{options}'")


def _listed(*options: str) -> str:
    return lustre(spec=f"mountOptions: [{', '.join(options)}]")


_FUSED = _listed("implicit-dirs", '"uid=1001"').replace("lustre.csi", "gcsfuse.csi")

ALSO_GOOD = [
    _FUSED, _listed("flock", "ro", '"context=a"', "noatime"), _with("SITE_OPTIONS"),
    _with("o=noexec,read_ahead_kb=1024"),
    _with("file-system:kernel-list-cache-ttl-secs:-1"),
    _with("implicit-dirs=true"), _with("file-mode=0777,dir-mode=777"),
    _listed("discard").replace("lustre.csi", "pd.csi"), _with("log-severity=trace"), _with("custom-endpoint=https://a"),
]  # fmt: skip
ALSO_BAD = [
    _with("uid:1001"), _with("file-cache:max-size:10"), _with("uid"), _with("uid=me"), _with("implicit_dirs"),
    _with("implicit-dirs=yes"), _with("quite-another"), _with("temp-dir=/a"), _with("file-mode=0888"),
    _FUSED.replace("implicit-dirs", "implicit-dirz"), _listed("flok"), _listed("uid=1000"), _with("stat-cache-ttl=1"),
    _with("only-dir=a:b"),
    _with("file-cache:max-size-mb"), _with("limit-ops-per-sec=lots"), _with("metadata-cache:ttl-secs:1h"),
]  # fmt: skip
