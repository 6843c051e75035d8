"""Does it fit: a model on a machine with an engine, counted before anything is downloaded.

    weights   parameters by part, their bytes, and how an engine shares them out
    layout    parallel sizes: what they mean to each engine, which are legal, and all of them for a search
    memory    KV cache of a token, and what each engine's memory fraction leaves for it
    plan      the verdict, line by line, and the best layout

These four need the standard library only. ``overlay`` reads a rendered overlay's engine into a request, ``cli`` and
``matrix`` are the entry points, ``calibration`` holds the planner against published logs. README.md has the formulas.
"""
