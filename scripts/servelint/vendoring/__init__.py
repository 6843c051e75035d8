"""Regenerates vendored data from pinned modules and wheels. Imported by its commands alone."""
