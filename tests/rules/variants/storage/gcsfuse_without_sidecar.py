"""What gcsfuse-without-sidecar tells apart beyond its own examples."""

from servelint.rules.examples import bucket_pod, workload

ALSO_GOOD = [
    bucket_pod(annotations="gke-gcsfuse/volumes: true"), bucket_pod(annotations="gke-gcsfuse/volumes: 'True'"),
    workload("containers: []"),
]  # fmt: skip
ALSO_BAD = [bucket_pod(annotations=""), bucket_pod(annotations="gke-gcsfuse/volumes: 'yes'")]
