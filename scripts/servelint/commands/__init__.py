"""One module an entry point: options in, exit status out; ``line`` is what they share."""
