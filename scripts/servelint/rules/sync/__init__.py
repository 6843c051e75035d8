"""Smells of what Argo CD and Flux make of Git."""
