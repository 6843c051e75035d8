"""How rules look at a rendered overlay: engines behind command lines, references by name, pins, probes, networks.

Each module answers one question that several rules ask; none of them judges.
"""
