"""Measurements beside their targets: `make bench`; docs/bench.md says what is measured and how."""
