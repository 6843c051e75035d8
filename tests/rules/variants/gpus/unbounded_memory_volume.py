"""What unbounded-memory-volume tells apart beyond its own examples."""

from servelint.rules.gpus.unbounded_memory_volume import BAD, GOOD

ALSO_GOOD = [
    BAD.replace("medium: Memory", "medium: ''"),
    GOOD.replace("64Gi", "much"),  # no quantity, which is another rule's
    GOOD.replace("64Gi", "511Gi"),
    GOOD.replace("64Gi", "600Gi").replace("volumeMounts: [{name: shared-memory", "volumeMounts: [{name: data"),
]
ALSO_BAD = [
    GOOD.replace("64Gi", "0"),  # which the kubelet reads as no limit
    GOOD.replace("64Gi", "512Gi"),
    GOOD.replace("limits: {memory: 512Gi}", "") + "  resources: {limits: {memory: 32Gi}}\n",
]
