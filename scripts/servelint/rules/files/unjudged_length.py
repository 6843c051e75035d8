"""A command line or a script is longer than what is judged.

Nobody writes two thousand arguments or 64 KiB of shell by hand, and a text that a program made can keep a validation
busy for minutes. Of such a command line or script the rules see nothing. That they are silent is no verdict then, and
padding must not turn an error into a pass: so this is one.
"""

from ...model import MOST_WORDS, Overlay, Problem, Problems
from ...views.shell import scripts
from ..examples import server

SEVERITY = "error"
HINT = "Shorten it, or move what is data into a file that the program reads."
SOURCE = "https://man7.org/linux/man-pages/man2/execve.2.html"

GOOD = server("--tp-size 8")
BAD = server("--tp-size 8 " * (MOST_WORDS // 2))


def check(overlay: Overlay) -> Problems:
    for container in overlay.containers:
        if len(container.every_word) > MOST_WORDS:
            message = (
                f"has {len(container.every_word):,} words in command and args: above {MOST_WORDS:,} none is judged"
            )
            yield Problem(container.resource, container.pointer, message)
    for script in scripts(overlay):
        if not script.sound and not script.root.children and script.text.strip():
            size = len(script.text.encode("utf-8", "replace"))
            message = f"is a script of {size:,} bytes, too long or nested too deep: nothing of it is judged"
            yield Problem(script.resource, script.pointer, message)
