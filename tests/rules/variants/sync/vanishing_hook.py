"""What vanishing-hook tells apart beyond its own examples."""

from servelint.rules.examples import marked, server
from servelint.rules.sync.vanishing_hook import _HOOK, BAD, GOOD

ALSO_GOOD = [marked(server(kind="Job"), _HOOK), server(kind="Job", spec="ttlSecondsAfterFinished: 0")]
ALSO_BAD = [GOOD.replace("3600", "60"), BAD.replace("argocd.argoproj.io/hook: PreSync", "helm.sh/hook: pre-install")]
