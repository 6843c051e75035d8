"""Smells of scripts and configuration files inside manifests."""
