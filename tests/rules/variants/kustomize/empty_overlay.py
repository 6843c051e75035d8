"""What empty-overlay tells apart beyond its own examples."""

ALSO_BAD = ["# nothing\n---\n"]
