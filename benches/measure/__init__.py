"""The measuring half of `make bench`: what is run, and what it costs. Writes numbers, never a text."""
