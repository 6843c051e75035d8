"""Smells of exceptions.yaml."""
