"""Who has which account, where the directory does not say so: asked for by one person and approved by another.

Tying a CPR number to an account is taking the account over, so it is built like the approval of a payment (security.md
2.4): two people, neither of them for themselves; the owner is told by mail and can stop it; it counts only after a
cool-down; privileged accounts never; and each step is an event before it has an effect.
"""
