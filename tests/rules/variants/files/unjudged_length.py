"""What unjudged-length tells apart beyond its own examples."""

from servelint.model import MOST_WORDS
from servelint.rules.examples import bash, server
from servelint.views.syntax import LONGEST

ALSO_GOOD = [server("a " * (MOST_WORDS - 5)), bash("true\n" * (LONGEST // 6)), bash("(exit 1"), bash("")]
ALSO_BAD = [server("a " * (MOST_WORDS - 4)), bash("true\n" * (LONGEST // 5)), bash("(" * 200 + ")" * 200)]
