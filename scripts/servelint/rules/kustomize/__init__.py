"""Smells of the sources, and of how Kustomize puts them together."""
