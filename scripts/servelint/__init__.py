"""servelint: proves that each overlay of the serving fleet will load before it is synced.

One straight line, one module a step:

    discover -> guard -> render -> parse -> schema -> lint -> locate -> waive -> report

Everything the steps pass on is declared in ``model``. A rule is one module in ``rules``.
"""
