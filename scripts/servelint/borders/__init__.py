"""What comes in from a pull request, and what goes out to a reader."""
