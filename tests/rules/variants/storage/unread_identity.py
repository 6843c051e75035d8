"""What unread-identity tells apart beyond its own examples."""

from servelint.rules.examples import marked, server, workload
from servelint.rules.storage.unread_identity import _IDENTITY, GOOD

ALSO_GOOD = [
    server(metadata="annotations: {example.com/gcp-service-account: a}"), GOOD.replace("a@b-12345.", "SITE_ACCOUNT@b."),
    GOOD.replace("gcp-service-account", "return-principal-id-as-email"),
]  # fmt: skip
ALSO_BAD = [
    marked(server(kind="Deployment"), _IDENTITY),
    workload("containers: [{name: a, image: a}]", "Job", metadata=_IDENTITY),
    GOOD.replace("gcp-service-account:", "gcp-serviceaccount:"), GOOD.replace("a@b-12345.iam.gserviceaccount.com", "a"),
    server(metadata="labels: {iam.gke.io/gcp-service-account: a}"), GOOD.replace("annotations", "labels"),
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: serving\n" + f"  {_IDENTITY}\n",
]  # fmt: skip
