"""What suspended-in-git tells apart beyond its own examples."""

from servelint.rules.examples import QUEUED, other, server, together
from servelint.rules.queue.suspended_in_git import _SUSPENDED, BAD

_IGNORED = other(
    "Application",
    "ignoreDifferences: [{kind: Job, jsonPointers: [/spec/suspend]}],\n"
    "syncPolicy: {syncOptions: [RespectIgnoreDifferences=true]}",
)
_SET = _IGNORED.replace("Application", "ApplicationSet").replace("spec: {", "spec: {template: {spec: {") + "}}"

ALSO_GOOD = [
    server(kind="Job", spec="suspend: false"), (_SUSPENDED, {"kind": "manifest"}), together(BAD, _IGNORED),
    together(BAD, _SET),
]  # fmt: skip
ALSO_BAD = [
    _SUSPENDED, (BAD, {"kind": "manifest"}), together(BAD, _IGNORED.replace("/spec/suspend", "/spec/template")),
    together(BAD, _IGNORED.replace("Respect", "")),
    other("CronJob", f"jobTemplate: {{metadata: {{{QUEUED}}}, spec: {{suspend: false}}}}", api="batch/v1"),
]  # fmt: skip
