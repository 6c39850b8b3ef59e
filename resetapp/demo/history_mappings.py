"""Invented mappings in every state that one can be in: asked for by the mapper, decided by the approver.

One of them waits for whoever logs in as the approver, one does not: she asked for it herself.
"""

from collections.abc import Callable, Mapping

from resetapp.core.cpr import CprNumber
from resetapp.demo.history_past import Past
from resetapp.demo.history_uses import by_mapping
from resetapp.demo.people_refused import WITHOUT_NUMBER
from resetapp.demo.people_served import MAPPED
from resetapp.demo.people_staff import APPROVER, MAPPER
from resetapp.demo.people_unnumbered import UNNUMBERED, Unnumbered
from resetapp.demo.persona import Persona
from resetapp.mapping import approval, decisions, imports, owner, requests
from resetapp.mapping.comparison import quiet
from resetapp.mapping.export import export
from resetapp.mapping.imports import File
from resetapp.mapping.requests import Wanted
from resetapp.storage import mappings
from resetapp.storage.mappings import AccountMapping

_PEOPLE: Mapping[str, Unnumbered] = {each.account.username: each for each in UNNUMBERED}
_OWN: Mapping[str, str] = {each.accounts[0].username: each.cpr or "" for each in (WITHOUT_NUMBER, MAPPED)}
_FIRST_FILE = ("maru", "chma", "luwe", "aivi", "tosi", "evno", "giri")
_LAST_FILE = ("bjjo", "yolo", "dapo", "kiro")
_MAPPED = MAPPED.accounts[0].username
_SEEN = "Pas set ved studiestart"


def plan(past: Past) -> None:
    """All of it."""
    story = _Story(past)
    _files(story)
    _decided(story)
    _stopped(story)
    _number_changed(story)
    _waiting(story)
    _cooling(story)


def _files(story: "_Story") -> None:
    first = [(_PEOPLE[each].cpr, each) for each in _FIRST_FILE]
    # as it came out of Excel: a leading zero is lost, a username is misspelt, and one stands there twice
    faulty = [*first, first[0], ("306044142", "evno"), (_PEOPLE["giri"].cpr, "girri")]
    story.on(58, "15:41", story.send, faulty, "Efterårets udvekslingsstuderende")
    story.on(57, "09:12", story.send, first, "Efterårets udvekslingsstuderende, liste fra International Office")
    story.on(56, "10:05", story.approve_file)
    for back, clock, username in ((51, "11:20", "maru"), (47, "20:48", "chma"), (33, "08:02", "luwe")):
        story.on(back, clock, story.use, username)
    story.on(20, "13:30", story.remove, "giri", "Udvekslingen er slut, kontoen lukkes")
    story.on(6, "11:32", story.export, "Til afstemning med International Office")


def _decided(story: "_Story") -> None:
    """Approved, rejected, lapsed, withdrawn."""
    story.on(18, "13:10", story.ask, _MAPPED, f"{_SEEN}, sag 4802")
    story.on(17, "09:34", story.approve, _MAPPED)
    story.on(12, "10:22", story.ask, "saos", "Har skrevet fra sin private mail")
    story.on(12, "14:03", story.reject, "saos", "En mail er ikke nok. Bed om at se pas eller opholdskort.")
    story.on(11, "12:47", story.ask, "saos", "Opholdskort set i studieservice, sag 4839")
    story.on(11, "15:15", story.approve, "saos")
    story.on(4, "17:26", story.use, "saos")
    story.on(24, "11:03", story.ask, "prna", f"{_SEEN}, sag 4771", APPROVER)
    story.on(16, "03:10", story.lapse)
    story.on(7, "09:58", story.ask, "inha", "Sag 4850")
    story.on(7, "10:11", story.withdraw, "inha")


def _stopped(story: "_Story") -> None:
    """By the owners, through the link in their mails: one before it was approved, one after."""
    story.on(29, "10:40", story.ask, "elena.popa", "Oplyst i telefonen")
    story.on(29, "18:52", story.freeze, "elena.popa")
    story.on(27, "11:16", story.remove, "elena.popa", "Talt med ejeren: det var en anden med samme navn", APPROVER)
    story.on(9, "09:20", story.ask, "marta.costa", "Ansat fra november, kontrakt set")
    story.on(9, "13:44", story.approve, "marta.costa")
    story.on(8, "21:14", story.freeze, "marta.costa")


def _number_changed(story: "_Story") -> None:
    """An exchange student got a CPR number after the one that the institution had made for them."""
    story.on(15, "09:45", story.ask_change, "aivi", "Har fået CPR-nummer, sundhedskort set")
    story.on(14, "10:30", story.approve, "aivi")


def _waiting(story: "_Story") -> None:
    story.on(2, "10:36", story.ask, "elena.popa", "Kontrakt og pas set af HR")
    story.on(1, "11:18", story.ask, "liby", f"{_SEEN}, sag 4861")
    last = [(_PEOPLE[each].cpr, each) for each in _LAST_FILE]
    story.on(1, "13:25", story.send, [*last, (_PEOPLE["evno"].next_cpr, "evno")], "De sidste fra International Office")
    story.on(1, "14:20", story.ask_change, "tosi", "Har fået CPR-nummer, sundhedskort set")
    story.on(1, "15:02", story.ask, "inha", f"{_SEEN}, sag 4850", APPROVER)
    story.past.plan(story.past.ago(hours=21), story.ask, WITHOUT_NUMBER.accounts[0].username, f"{_SEEN}, sag 4868")


def _cooling(story: "_Story") -> None:
    """Approved and not counting yet, whatever the hour and the day."""
    past = story.past
    past.plan(past.ago(hours=50), story.ask, "hans.keller", "Pas set af HR")
    past.plan(past.ago(hours=47), story.approve, "hans.keller")
    past.plan(past.ago(hours=23), story.ask, "aita", f"{_SEEN}, sag 4866")
    past.plan(past.ago(hours=22), story.approve, "aita")


class _Story:
    """Who asks for what, and what becomes of it; each is remembered by the account's username."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self._requests: dict[str, str] = {}
        self._file = ""

    def on(self, back: int, clock: str, act: Callable[..., None], *given: object) -> None:
        """So many working days ago, at this time."""
        self.past.plan(self.past.workday(back, clock), act, *given)

    def ask(self, username: str, reason: str, who: Persona = MAPPER) -> None:
        wanted = Wanted(username, CprNumber.parse(_number(username)), reason)
        past = self.past
        self._requests[username] = requests.request(past.desk, past.register, past.member(who), wanted)

    def ask_change(self, username: str, reason: str) -> None:
        past, who = self.past, _PEOPLE[username]
        old, new = CprNumber.parse(who.cpr), CprNumber.parse(who.next_cpr)
        member = past.member(MAPPER)
        self._requests[username] = requests.request_change(past.desk, past.register, member, old, new, reason)

    def approve(self, username: str) -> None:
        past = self.past
        decisions.approve(past.desk, past.register, past.member(APPROVER), self._requests[username])

    def reject(self, username: str, why: str) -> None:
        decisions.reject(self.past.desk, self.past.member(APPROVER), self._requests[username], why)

    def withdraw(self, username: str) -> None:
        decisions.withdraw(self.past.desk, self.past.member(MAPPER), self._requests[username])

    def lapse(self) -> None:
        decisions.lapse(self.past.desk, self.past.register)

    def remove(self, username: str, why: str, who: Persona = MAPPER) -> None:
        ident = self._mapping(username).id
        decisions.remove(self.past.desk, self.past.member(who), ident, why, may_decide=who is APPROVER)

    def freeze(self, username: str) -> None:
        owner.freeze(self.past.desk, self._mapping(username).id)

    def use(self, username: str) -> None:
        by_mapping(self.past, _PEOPLE[username].cpr)

    def export(self, why: str) -> None:
        export(self.past.desk, self.past.register, self.past.member(MAPPER), why)

    def send(self, lines: list[tuple[str, str]], reason: str) -> None:
        content = "".join(f"{cpr};{username}\n" for cpr, username in [("cpr", "username"), *lines])
        past, file, member = self.past, File(content.encode(), False, reason), self.past.member(MAPPER)
        self._file = imports.begin(past.desk, past.register, member, file)
        imports.check(past.desk, past.register, member, self._file, file, quiet)

    def approve_file(self) -> None:
        past = self.past
        with past.desk.database.reading() as db:
            asked = mappings.find_request(db, self._file)
        file_hash = (asked.file_hash if asked else "") or ""
        approval.claim(past.desk, past.register, past.member(APPROVER), self._file, file_hash)
        approval.carry_out(past.desk, past.register, self._file)

    def _mapping(self, username: str) -> AccountMapping:
        with self.past.desk.database.reading() as db:
            [live] = mappings.of_accounts(db, [self.past.account(username).key])
        return live


def _number(username: str) -> str:
    return _PEOPLE[username].cpr if username in _PEOPLE else _OWN[username]
