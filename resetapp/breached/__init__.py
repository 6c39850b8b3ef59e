"""Passwords that other services have leaked, in a list on this machine: no question about a password leaves it.

Only `command.py` and `checks.py` are for others to call, and `leaked.LeakedPasswords`, which answers the question.
"""
