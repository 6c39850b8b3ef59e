"""Whether who asked for something may still ask for it, at the moment in which it is approved or handed out.

A request lives for days: whoever is let go meanwhile, or loses the role, must not have the last word by it.
"""

from resetapp.core.codes import CodeRefused
from resetapp.core.codes import Problem as CodeProblem
from resetapp.core.mappings import MappingRefused, Problem
from resetapp.core.staff import Task
from resetapp.mapping.comparison import SYSTEM
from resetapp.staff import AskerGone, demand_asker
from resetapp.storage import codes
from resetapp.storage.mappings import MappingRequest
from resetapp.trouble import DirectoryDown
from resetapp.web.house import services


def demand_asker_of_mapping(asked: MappingRequest) -> None:
    """A system user has no role: who may run commands on the server is nobody's whom a group lets in.

    What is read here of the request is sealed, and its seal is looked at with the approval. Raises MappingRefused,
    DirectoryDown.
    """
    if asked.requested_by.startswith(SYSTEM):
        return
    try:
        _demand(asked, Task.REQUEST_MAPPINGS)
    except AskerGone:
        raise MappingRefused(Problem.ASKER_GONE) from None


def demand_asker_of_code(ident: str) -> None:
    """Raises CodeRefused."""
    with services().database.reading() as db:
        code = codes.find(db, ident)
    if code is None:
        raise CodeRefused(CodeProblem.NOT_WAITING)
    try:
        _demand(code, Task.REQUEST_CODES)
    except AskerGone:
        raise CodeRefused(CodeProblem.ASKER_GONE) from None
    except DirectoryDown:
        raise CodeRefused(CodeProblem.ASKER_UNKNOWN) from None


def _demand(asked: MappingRequest | codes.ActivationCode, task: Task) -> None:
    demand_asker(services().desk, services().settings.staff, asked.asker, asked.requested_by, task)
