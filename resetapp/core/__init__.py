"""Values and rules of the domain. Standard library only; nothing here knows Flask, LDAP, SAML or SQL."""
