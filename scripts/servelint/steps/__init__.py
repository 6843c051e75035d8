"""The straight line, a module a step; ``pipeline`` is the line itself.

discover -> guard -> render -> parse -> schema -> lint -> locate -> waive -> report
"""
