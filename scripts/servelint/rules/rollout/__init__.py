"""Smells of starting, updating, stopping and repeating."""
