"""The institution's directories, over LDAP. Nothing of ldap3 leaves this room, not even the text of an exception."""

from resetapp.directory.ldap import LdapDirectory

__all__ = ["LdapDirectory"]
