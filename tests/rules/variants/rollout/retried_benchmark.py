"""What retried-benchmark tells apart beyond its own examples."""

from servelint.rules.examples import other, workload
from servelint.rules.rollout.retried_benchmark import _POD, BAD, GOOD

_JOB = f"{{spec: {{backoffLimit: 0, template: {{spec: {{{_POD}}}}}}}}}"
_CRON = other("CronJob", f"schedule: '@daily', concurrencyPolicy: Forbid,\njobTemplate: {_JOB}", api="batch/v1")
_SET = other(
    "JobSet",
    f"failurePolicy: {{maxRestarts: 3}},\nreplicatedJobs: [{{name: bench, template: {_JOB}}}]",
    api="jobset.x-k8s.io/v1alpha2",
)

ALSO_GOOD = [
    BAD.replace("trtllm-bench", "trtllm-serve"), BAD.replace("nvidia.com/gpu", "cpu"),
    workload(_POD, kind="Deployment"), GOOD.replace("backoffLimit: 0", "backoffLimit: 3"),
    GOOD.replace("backoffLimit: 0", "podFailurePolicy: {rules: [{action: FailJob}]}"),
    GOOD.replace("backoffLimit: 0", "backoffLimitPerIndex: 0"),
    GOOD.replace("backoffLimit: 0", "backoffLimit: 0\n  completions: 2\n  completionMode: Indexed"),
    GOOD.replace("backoffLimit: 0", "backoffLimit: 0\n  completions: 1"), _CRON, _SET,
    GOOD.replace("backoffLimit: 0", "backoffLimit: 0\n  failurePolicy: {maxRestarts: 4}"),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("backoffLimit: 0", "backoffLimit: 0\n  parallelism: 2\n  completions: 2"),
    _CRON.replace("concurrencyPolicy: Forbid,", ""), _CRON.replace("Forbid", "Allow"),
    _SET.replace("maxRestarts: 3", "maxRestarts: 4"),
]  # fmt: skip
