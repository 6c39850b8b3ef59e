"""The pages. A view parses, calls one use case and chooses a page; nothing else."""
