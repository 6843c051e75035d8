"""Smells of volumes, buckets and disks."""
