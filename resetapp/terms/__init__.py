"""WAYF's terms for NemLog-in and its privacy policy as running checks: one declaration for each clause."""
