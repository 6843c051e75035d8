"""What unwritable-results tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import together, workload


def _job(
    volume: str = "csi: {driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {bucketName: a}}",
    mount: str = "",
    pod: str = "",
    path: str = "/gcs/results",
    more: str = "",
    kind: str = "Job",
) -> str:
    mounts = f"volumeMounts: [{{name: out, mountPath: /gcs{mount}}}]"
    container = f"{{name: bench, image: a, env: [{{name: RESULTS_DIR, value: {path}}}], {mounts}{more}}}"
    return workload(f"containers: [{container}]\nvolumes: [{{name: out, {volume}}}]\n{pod}", kind)


_BUCKET = "csi: {driver: gcsfuse.csi.storage.gke.io, %svolumeAttributes: {bucketName: a%s}}"

_OPTIONS = ", mountOptions: '%s'"
_CLAIM = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {accessModes: [%s]}\n"
_USER = "securityContext: {runAsUser: 1000%s}"
_WRITES = ", command: [bash, -c, 'python3 run.py > %s']"
BENCH = ", command: [python3, -m, sglang.bench_serving, %s, /results/a]"

ALSO_GOOD = [
    _job(mount=", readOnly: true", path="/tmp/x", kind="Deployment"), _job(pod=_USER % ", fsGroup: 1000"),
    _job(_BUCKET % ("", _OPTIONS % "uid=1000,gid=1000"), pod=_USER % ""), _job(pod="securityContext: {runAsUser: 0}"),
    _job(_BUCKET % ("", _OPTIONS % "file-mode=777,dir-mode=777"), pod=_USER % ""), _job("emptyDir: {}", path="$HOME"),
    together(_job("persistentVolumeClaim: {claimName: c}"), _CLAIM % "ReadWriteOnce"),
    _job(path="/gcs/x", more=_WRITES % "/dev/null"), _job(path="/tmp/x"), _job(_BUCKET % ("", _OPTIONS % "ro,rw")),
    _job("emptyDir: {}", more=", command: [bash, -c, 'python3 run.py && gsutil cp -r $RESULTS_DIR gs://a']"),
    _job(mount=", readOnly: true", path="/tmp/x", more=", command: [bash, -c, 'ls /gcs/a && cat /gcs/b']"),
    _job(path="/tmp/x", more=BENCH % "--output-dir"),
]  # fmt: skip
ALSO_BAD = [
    _job(mount=", readOnly: true"), _job(_BUCKET % ("", _OPTIONS % "implicit-dirs,ro")), _job(pod=_USER % ""),
    _job("configMap: {name: a}"), _job("persistentVolumeClaim: {claimName: c, readOnly: true}"),
    together(_job("persistentVolumeClaim: {claimName: c}"), _CLAIM % "ReadOnlyMany"), _job(path="/results"),
    _job("emptyDir: {}"), _job(path="/results", more=", securityContext: {readOnlyRootFilesystem: true}"),
    _job(mount=", readOnly: true", path="/gcs/a", more=_WRITES % "/gcs/log").replace("RESULTS_DIR", "OTHER"),
    _job(mount=", readOnly: true", kind="Deployment"), _job(pod=_USER % ", runAsGroup: 1000"),
    _job(_BUCKET % ("", _OPTIONS % "uid=1001"), pod=_USER % ""),
    *(_job(mount=", readOnly: true", path="/tmp/x", more=f", command: [bash, -c, 'run | {does} /gcs/a']") for does in ("tee -a", "mkdir -p")),
    _job(path="/tmp/x", more=BENCH % "--output-file"),
    *(_job(path="/tmp/x", more=f", command: [trtllm-bench, --model, m, throughput, --{name}, /results/a]") for name in ("report_json", "request_json")),
]  # fmt: skip
