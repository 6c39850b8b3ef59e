"""Looking at a test directory from outside, with a client of its own: does a password open an account?"""

import ssl

from ldap3 import MODIFY_REPLACE, NONE, SAFE_SYNC, Connection, Server, Tls

from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint


def binds(endpoint: Endpoint, username: str, password: str | bytes) -> bool:
    return bool(connection(endpoint, f"uid={username},{seed.PEOPLE}", password).bind()[0])


def close_account(endpoint: Endpoint, username: str) -> None:
    """As an administrator of the directory closes an account while somebody is in the middle of a visit."""
    admin = admin_connection(endpoint)
    change = {"pwdAccountLockedTime": [(MODIFY_REPLACE, [seed.LOCKED_BY_ADMINISTRATOR])]}
    assert admin.modify(f"uid={username},{seed.PEOPLE}", change)[1]["result"] == 0
    admin.unbind()


def admin_connection(endpoint: Endpoint) -> Connection:
    """Somebody who may do everything."""
    admin = connection(endpoint, ADMIN_DN, endpoint.admin_password)
    assert admin.bind()[0]
    return admin


def connection(endpoint: Endpoint, name: str, password: str | bytes) -> Connection:
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(endpoint.certificates.ca))
    server = Server("localhost", port=endpoint.ldaps_port, use_ssl=True, tls=tls, get_info=NONE)
    return Connection(server, name, password, client_strategy=SAFE_SYNC)
