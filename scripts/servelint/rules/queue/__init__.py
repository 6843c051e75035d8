"""Smells of Kueue's queues."""
