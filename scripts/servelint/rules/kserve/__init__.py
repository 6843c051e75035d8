"""Smells of KServe and Triton."""
