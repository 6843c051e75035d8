"""What uncovered-request tells apart beyond its own examples."""

from servelint.rules.examples import together
from servelint.rules.queue.uncovered_request import BAD, GOOD

_EXCLUDE = "kind: ConfigMap\nmetadata: {name: c}\ndata: {a: 'resources: {excludeResourcePrefixes: [mem]}'}\n"

ALSO_GOOD = [
    together(BAD, f"apiVersion: v1\n{_EXCLUDE}"),
    BAD.replace("resourceGroups", "others"),  # what it covers is filled in elsewhere
    GOOD.replace('gpu: "8"', 'gpu: "16"'),
    GOOD.replace("nominalQuota: 16", "nominalQuota: SITE_QUOTA").replace('gpu: "8"', 'gpu: "800"'),
]
_JOB = GOOD[GOOD.rindex("---\n") + 4 :].replace('gpu: "8"', 'gpu: "17"').replace("name: server", "name: other", 1)
_B200 = GOOD.replace("nodeSelector: {machine: h200}", "nodeSelector: {machine: b200}")

ALSO_BAD = [
    together(GOOD.replace('gpu: "8"', 'gpu: "17"'), _JOB),  # the quota is at fault, once
    together(GOOD, _JOB),
    together(_B200, _JOB.replace('gpu: "17"', 'gpu: "8"').replace("h200}", "b200}")),  # the flavor, once
    GOOD.replace('gpu: "8"', 'gpu: "17"'),
    _B200,
]
