"""Mail to the owner of an account: what it says, and the institution's mail server."""
