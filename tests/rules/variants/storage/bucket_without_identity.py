"""What bucket-without-identity tells apart beyond its own examples."""

from servelint.rules.examples import bucket_pod, together, workload

_HOST = "serviceAccountName: serving\nhostNetwork: true"
_SET = "bucketName: a, hostNetworkPodKSA:"
_GRANTED = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, annotations: {iam.gke.io/gcp-service-account: a@b.iam.gserviceaccount.com}}
"""

ALSO_GOOD = [
    bucket_pod("serviceAccount: serving"), together(bucket_pod(""), _GRANTED),
    workload("containers: [{name: a, image: a}]"),
    bucket_pod("", annotations="gke-gcsfuse/workload-identity-credential-configmap: a"),
    *(bucket_pod(_HOST, attributes=f"{_SET} '{true}'") for true in ("true", "True", "1", "t")),
]  # fmt: skip
ALSO_BAD = [
    bucket_pod("serviceAccountName: default"), bucket_pod("serviceAccount: default"), bucket_pod(_HOST),
    bucket_pod(_HOST, attributes=f"{_SET} 'false'"), together(bucket_pod(""), _GRANTED.replace("iam.gke.io", "a")),
]  # fmt: skip
