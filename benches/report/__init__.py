"""The writing half of `make bench`: numbers become doc/performance.md and its plots. Measures nothing."""
