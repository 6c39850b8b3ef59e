"""People without MitID or without a CPR number: a one-time code from support opens the page of a new password.

Giving somebody a code is giving them the account, so it takes two people, neither of them for their own account, and
how the identity was checked is on record before anything else happens. The code is made in front of who asked for it,
shown once, good for a short time and for one browser; wrong ones are counted. It is no login with MitID and is never
called so (`docs/decisions/0026`).
"""
