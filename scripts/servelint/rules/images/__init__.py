"""Smells of images."""
