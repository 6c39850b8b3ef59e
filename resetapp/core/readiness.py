"""Ready for the start of term: the words for how many accounts people can help themselves with."""

from enum import StrEnum


class CountFault(StrEnum):
    """Why a directory could not be counted. Each has its text, `readiness.fault_<value>`."""

    UNREACHABLE = "unreachable"
    GROUPS_UNREADABLE = "groups_unreadable"  # the protected ones: nobody is served then
    ENTRY_ID_UNREADABLE = "entry_id_unreadable"  # no mapping can be found without it
    NO_PAGES = "no_pages"  # the server does not give its entries in pages
    SERVER_LIMIT = "server_limit"  # it gives the service account only so many, or works only so long
    SEARCH_REFUSED = "search_refused"
    TOO_MANY = "too_many"  # more entries than we count
    TOO_LONG = "too_long"
    UNCLEAR = "unclear"  # with and without a number are not all there are: some do not show whether they have one
