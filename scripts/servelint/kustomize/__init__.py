"""Running Kustomize: what it would cost, walled in and bounded, and what it gave before."""
