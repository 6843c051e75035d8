"""The real engine as oracle: its own argument code, run without a GPU, says what it takes, refuses and replaces."""
