"""Smells of GPUs: how many, which, and whether memory is enough."""
