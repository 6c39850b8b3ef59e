"""Measurements beside their targets: `make bench`; docs/bench.md says what is measured and how."""

from bench.rows import Row as Row
from bench.rows import table as table
from bench.timing import Times as Times
from bench.timing import interleaved as interleaved
