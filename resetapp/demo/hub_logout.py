"""Logout messages, not yet signed: `redirect_url` signs a query, `signed` a root for the POST binding."""

from datetime import datetime

from resetapp.demo.hub_crypto import SAML, child
from resetapp.demo.hub_envelope import (
    SAMLP,
    SUCCESS,
    TRANSIENT,
    add_issuer,
    add_status,
    instant,
    message,
    new_id,
    put,
    serialised,
)


def logout_request(
    *,
    issuer: str | None,
    destination: str | None,
    name_id: str | None,
    sp_name_qualifier: str | None,
    session_index: str | None,
    now: datetime,
    name_id_format: str | None = TRANSIENT,
    message_id: str | None = None,
    not_on_or_after: datetime | None = None,
) -> bytes:
    """An unsigned LogoutRequest: `redirect_url` signs its query, `signed` its root. Its ID is fresh by default."""
    request = message("LogoutRequest", message_id or new_id(), now, destination)
    put(request, NotOnOrAfter=instant(not_on_or_after) if not_on_or_after else None)
    add_issuer(request, issuer)
    if name_id is not None:
        child(request, f"{{{SAML}}}NameID", name_id, Format=name_id_format, SPNameQualifier=sp_name_qualifier)
    if session_index is not None:
        child(request, f"{{{SAMLP}}}SessionIndex", session_index)
    return serialised(request)


def logout_response(
    *,
    issuer: str | None,
    destination: str | None,
    in_response_to: str | None,
    now: datetime,
    status: tuple[str, ...] = (SUCCESS,),
    message_id: str | None = None,
) -> bytes:
    """An unsigned LogoutResponse, to be signed like a `logout_request`."""
    response = message("LogoutResponse", message_id or new_id(), now, destination, in_response_to)
    add_issuer(response, issuer)
    add_status(response, status, None)
    return serialised(response)
