"""The demo: invented people, a simulated hub and a small directory. Loopback only; never part of a real service."""
