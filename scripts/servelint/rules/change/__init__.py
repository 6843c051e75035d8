"""Smells of what a change does to what runs, seen with --changed-since."""
