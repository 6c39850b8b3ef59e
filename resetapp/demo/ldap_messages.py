"""The words of the protocol: tags of LDAP's messages (RFC 4511, section 4), controls and extended operations."""

BIND, UNBIND, SEARCH, MODIFY, ADD, DELETE, RENAME = 0x60, 0x42, 0x63, 0x66, 0x68, 0x4A, 0x6C
ABANDON, EXTENDED = 0x50, 0x77
ENTRY = 0x64
ANSWERS = {BIND: 0x61, SEARCH: 0x65, MODIFY: 0x67, ADD: 0x69, DELETE: 0x6B, RENAME: 0x6D, 0x6E: 0x6F, EXTENDED: 0x78}
BASE, ONE_LEVEL, SUBTREE = range(3)

POLICY_CONTROL = "1.3.6.1.4.1.42.2.27.8.5.1"  # draft-behera-ldap-password-policy
ASSERTION_CONTROL = "1.3.6.1.1.12"  # RFC 4528
POLICY_HINTS = "1.2.840.113556.1.4.2239"  # MS-ADTS 3.1.1.3.4.1.27
START_TLS = "1.3.6.1.4.1.1466.20037"
WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
