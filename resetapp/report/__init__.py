"""The report of a period to auditors and management: what happened to mappings, codes and locks, what each of the staff
did, and some look-ups to be checked by hand (security.md G-05, 2.4 items 6 and 10). Made from the audit trail alone.
"""
