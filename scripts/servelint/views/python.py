"""Python programs in manifests, as syntax trees: no code of a manifest is ever run."""

import ast
import warnings


def tree(text: str) -> ast.Module | None:
    """The syntax tree of a program; None if the text is none, or too deep to be read.

    What Python warns of on the way (an escape that is none, ``1 is 1``) it would print, with the line that it is about.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
