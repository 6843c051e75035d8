"""Smells of engines: their arguments, sizes and models."""
