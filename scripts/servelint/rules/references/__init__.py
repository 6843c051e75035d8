"""Smells of names, keys and values that one object takes from another."""
