"""Looks at everything that must hold before anybody may log in. Reads only: nothing is written anywhere."""

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from pathlib import Path

from resetapp.breached.checks import check_breached
from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.checks import Check
from resetapp.core.passwords import LONGEST_EVER
from resetapp.directory.ldap import LdapDirectory
from resetapp.mail.checks import check_mail
from resetapp.mapping.checks import check_mappings
from resetapp.saml.checks import check_saml
from resetapp.saml.simulated import check_hub_is_real
from resetapp.sending.checks import check_sending
from resetapp.settings import DirectorySettings, Passwords, Settings, SettingsError, Terms, load
from resetapp.storage.database import DatabaseTrouble, revisions
from resetapp.trouble import DirectoryDown

_TIMEDATECTL_SECONDS = 5


def check_config(path: Path, clock: Callable[[], datetime]) -> list[Check]:
    """Every check in the order a person would fix them. With faulty settings these alone: the rest hangs on them."""
    try:
        settings = load(path)
    except SettingsError as error:
        return [Check("settings", fault.key, False, fault.problem, fault.remedy) for fault in error.faults]
    checks = [Check("settings", str(path), True, "every key is known and holds")]
    checks += _writers(path, settings)
    checks.append(_record(settings.terms))
    checks += _machine()
    checks += check_saml(settings.wayf, clock())
    checks.append(check_hub_is_real(settings.service, settings.wayf))
    checks += check_breached(settings.passwords.breached_list, clock())
    checks += _database(settings)
    told: dict[str, DirectoryPolicy] = {}
    for directory in settings.directories:
        checks += _directory(_as_used(directory, settings), clock, told)
    checks += check_mail(settings.mail)
    checks += check_sending(settings.sms, settings.webhook)
    checks += check_lengths(settings.passwords, told)
    return checks


def _writers(path: Path, settings: Settings) -> Iterator[Check]:
    """Whoever can write these decides which hub and which directory are believed."""
    authorities = [found.ca_file for found in settings.directories if found.ca_file]
    authorities += [each.ca_file for each in (settings.mail, settings.sms, settings.webhook) if each.ca_file]
    wayf = settings.wayf
    hub = [*([wayf.hub_metadata_file] if wayf.hub_metadata_file else []), *wayf.hub_metadata_certificate_files]
    for file in (path, *hub, *authorities):
        open_to_all = bool(file.stat().st_mode & stat.S_IWOTH)
        found = "everybody on this machine can write it" if open_to_all else "only its owner and group can write it"
        yield Check("settings", str(file), not open_to_all, found, f"chmod o-w {file}" if open_to_all else "")


def _record(terms: Terms) -> Check:
    """Without it the service runs, and nobody can log in (WAYF's terms, T0)."""
    if terms.left_empty:
        found = f"lacks {', '.join(terms.left_empty)}: nobody can log in"
        return Check("terms", "record", False, found, "Fill it in: [terms] in the settings, docs/terms.md")
    closed = "" if terms.login else "; the login is closed by terms.login"
    return Check("terms", "record", True, f"is complete{closed}; see also check-config --terms")


def _machine() -> Iterator[Check]:
    if os.geteuid() == 0:
        found = "root may read everything; run this as the service's own user to see whether it may, too"
        yield Check("machine", "user", True, found)
    yield _clock()


def _clock() -> Check:
    """An assertion is good for four minutes: with a clock gone astray nobody can log in."""
    program = shutil.which("timedatectl")
    answer = ""
    if program:
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed command, nothing from outside
                [program, "show", "--property=NTPSynchronized", "--value"],
                capture_output=True,
                text=True,
                timeout=_TIMEDATECTL_SECONDS,
                check=False,
            ).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            answer = ""
    if answer == "no":
        return Check("machine", "clock", False, "is not synchronised", "Install and start chrony or systemd-timesyncd")
    if answer == "yes":
        return Check("machine", "clock", True, "is synchronised")
    return Check("machine", "clock", True, "whether it is synchronised cannot be told here; see that it is")


def _database(settings: Settings) -> Iterator[Check]:
    url = settings.database.url
    try:
        current, newest = revisions(url)
    except DatabaseTrouble as trouble:
        yield Check("database", "connection", False, trouble.problem, trouble.remedy)
        return
    holds = current == newest
    found = f"is at revision {current or 'none'}, this version needs {newest}"
    yield Check("database", "revision", holds, found, "" if holds else "Run `resetapp migrate`")
    if url.startswith("sqlite:///"):
        yield from _sqlite(Path(url.removeprefix("sqlite:///")))
    if holds:
        yield from check_mappings(settings.mapping, url)


def _sqlite(file: Path) -> Iterator[Check]:
    writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    yield Check(
        "database",
        "writing",
        writable,
        f"{file} and its folder can {'' if writable else 'not '}be written by this user",
        "" if writable else "Give the file and its folder to the service's user: SQLite writes beside the file, too",
    )
    if file.exists():
        public = bool(file.stat().st_mode & stat.S_IROTH) and bool(file.parent.stat().st_mode & stat.S_IXOTH)
        found = f"{file} can be read by {'everybody' if public else 'its owner and group alone'}"
        yield Check("database", "privacy", not public, found, f"chmod o= {file.parent}" if public else "")


def _as_used(directory: DirectorySettings, settings: Settings) -> DirectorySettings:
    """Addresses that nobody writes to need not be there."""
    mail = directory.mail_attribute if settings.mail.enabled else ""
    mobile = directory.mobile_attribute if settings.sms.enabled else ""
    return replace(directory, mail_attribute=mail, mobile_attribute=mobile)


def _directory(
    settings: DirectorySettings, clock: Callable[[], datetime], told: dict[str, DirectoryPolicy]
) -> list[Check]:
    """`told` gets the directory's policy, where it can be read."""
    try:
        directory = LdapDirectory(settings, clock)
    except ValueError:  # its text quotes the settings
        remedy = "Look for a misspelt DN or cpr_values template in this [[directory]] table"
        return [Check(f'directory "{settings.name}"', "names", False, "a name in it cannot be understood", remedy)]
    try:
        checks = directory.check()
        with contextlib.suppress(DirectoryDown):  # why, the checks say
            told[settings.name] = directory.default_policy()
        return checks
    finally:
        directory.close()


def check_lengths(ours: Passwords, told: Mapping[str, DirectoryPolicy]) -> Iterator[Check]:
    """Nothing is said of directories that agree, or do not show their policy: each account may have another one."""
    demanded = {"[passwords]": (ours.minimum_length, ours.maximum_length)}
    for name, policy in told.items():
        demanded[f'directory "{name}"'] = (policy.minimum_length, policy.maximum_length or LONGEST_EVER)
    for (longer, (minimum, _)), (shorter, (_, maximum)) in permutations(demanded.items(), 2):
        if minimum > maximum:
            detail = f"{longer} demands at least {minimum} characters, {shorter} allows at most {maximum}"
            nobody = "nobody gets a password" if "[passwords]" in (longer, shorter) else "nobody gets one for both"
            remedy = f"Lower the minimum of {longer} to {maximum}, or raise the maximum of {shorter} to {minimum}"
            yield Check(longer, "lengths", False, f"{detail}: {nobody}", remedy)
