"""create_app: the only place that wires. Everything is built here, once, and handed down."""

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from resetapp import logs
from resetapp import settings as settings_of
from resetapp.anchors import Anchors, Syslog
from resetapp.assets import folder
from resetapp.breached.leaked import LeakedPasswords
from resetapp.core.passwords import SHORTEST_AS_ONLY_FACTOR, PasswordRules, words_of
from resetapp.core.passwords.dictionary import SYSTEM_FILES, WordLists
from resetapp.deliver import Courier, Sender, by_mail, by_sms, by_webhook
from resetapp.directory.ldap import LdapDirectory
from resetapp.mail.letter import Letters
from resetapp.mail.server import MailServer
from resetapp.mapping.work import Importer
from resetapp.probes import Probes
from resetapp.register import register_of
from resetapp.reset import Desk
from resetapp.saml.key_source import KeySource
from resetapp.saml.reminder import Reminder
from resetapp.saml.service_provider import ServiceProvider
from resetapp.saml.simulated import warn_of_simulator
from resetapp.saml.watcher import Watcher
from resetapp.sending.sms import ShortTexts, SmsGateway
from resetapp.sending.webhook import Events
from resetapp.settings import Settings
from resetapp.settle import Settler
from resetapp.storage import stops
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database, demand_newest
from resetapp.web import about, freeze, house, metrics, problems, protection
from resetapp.web.board import Board
from resetapp.web.code import entrance
from resetapp.web.console import console
from resetapp.web.guards import login_manager
from resetapp.web.health import monitoring
from resetapp.web.house import Demo, Services
from resetapp.web.mark import Mark
from resetapp.web.saml import endpoints

SETTINGS_VARIABLE = "RESETAPP_CONFIG"


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None, demo: Demo | None = None, clock: Callable[[], datetime] = utc_now
) -> Flask:
    """The WSGI application. Without settings it reads the file that RESETAPP_CONFIG names (default ./config.toml).

    So servers call it; then threads of this process also settle what is open (`resetapp.settle`) and keep the hub's
    metadata and our keys fresh. With settings handed over it serves nobody yet, and both are the caller's.

    Raises SettingsError, SamlConfigurationError, DatabaseTrouble or BreachedTrouble: a service that is not right does
    not start.
    """
    serving, path = settings is None, Path(os.environ.get(SETTINGS_VARIABLE, "config.toml"))
    if settings is None:
        settings = settings_of.load(path)
    logs.configure(settings.service.log_file)
    demand_newest(settings.database.url)
    app = Flask("resetapp", template_folder=folder("templates"), static_folder=folder("static"))
    reminder = Reminder((lambda: settings_of.load(path).wayf) if serving else (lambda: settings.wayf), clock)
    services = _services(settings, demo, clock, reminder)
    app.extensions["resetapp"] = services
    _furnish(app, settings, services)
    protection.protect(app, settings.service)
    login_manager().init_app(app)
    house.prepare_templates(app)
    problems.handle_problems(app)
    app.register_blueprint(freeze.pages)  # with those of `reset` and `about`
    app.register_blueprint(entrance)
    app.register_blueprint(endpoints)
    app.register_blueprint(monitoring)
    app.register_blueprint(console)
    app.wsgi_app = problems.LastResort(app.wsgi_app)  # type: ignore[method-assign]
    if serving:
        warn_of_simulator(settings.wayf)
        _work_in_the_background(services, app.extensions["resetapp.anchors"], path)
    gc.collect()
    gc.freeze()  # what was built at the start lives for ever: the collector need not look at it again
    return app


def _furnish(app: Flask, settings: Settings, services: Services) -> None:
    """What single pages need beside the services."""
    app.extensions["resetapp.theme"] = about.Theme.of(settings.institution)
    app.extensions["resetapp.mark"] = Mark.of(settings.terms)
    desk = services.desk
    app.extensions["resetapp.importer"] = Importer(desk, desk.register) if desk.register else None
    syslog = Syslog(settings.service.syslog) if settings.service.syslog else None
    app.extensions["resetapp.anchors"] = Anchors(services.database, syslog)
    app.extensions["resetapp.probes"] = Probes(services.directories)
    metrics.measure(app, settings.service.public_url)


def _work_in_the_background(services: Services, anchors: Anchors, path: Path) -> None:
    provider = services.service_provider
    Settler(services.desk).start()
    for courier in couriers_of(services.settings):
        Sender(services.desk, courier).start()
    Watcher(anchors.write, pause=Anchors.EVERY).start()
    Watcher(provider.hub_source.keep_fresh, KeySource(path, provider).keep_fresh, services.reminder.look).start()


def _services(settings: Settings, demo: Demo | None, clock: Callable[[], datetime], reminder: Reminder) -> Services:
    desk = desk_of(settings, clock, invented=demo is not None)
    provider = ServiceProvider(settings.wayf, settings.service.public_url, settings.institution, clock)
    board = Board(desk.database, clock)
    return Services(settings, desk.database, provider, desk.directories, desk, board, reminder, clock, demo)


def desk_of(settings: Settings, clock: Callable[[], datetime] = utc_now, *, invented: bool = False) -> Desk:
    """The use cases' own part, which commands need without the pages. Opens no connection yet.

    `invented`: the people are the demo's.
    """
    database = Database(settings.database.url)
    directories = {each.name: LdapDirectory(each, clock) for each in settings.directories}
    for directory in directories.values():
        directory.last_look = stops.last_look(database)
    journal = Journal(settings.service.person_key)
    register = register_of(settings.mapping, database, directories, journal, clock, invented=invented)
    return Desk(
        database=database,
        directories=directories,
        rules=_rules(settings),
        limits=settings.limits,
        visits=settings.visits,
        person_key=settings.service.person_key,
        journal=journal,
        clock=clock,
        told_by=frozenset(each.channel for each in couriers_of(settings)),
        register=register,
        codes=settings.codes,
    )


def couriers_of(settings: Settings) -> list[Courier]:
    """The ways that are switched on. Opens no connection."""
    found = []
    if settings.mail.enabled:
        found.append(by_mail(letters_of(settings), MailServer(settings.mail)))
    if settings.sms.enabled:
        found.append(by_sms(SmsGateway(settings.sms, ShortTexts(settings.institution, settings.service))))
    if settings.webhook.enabled:
        found.append(by_webhook(Events(settings.webhook)))
    return found


def letters_of(settings: Settings) -> Letters:
    return Letters(settings.mail, settings.institution, settings.service, marks=settings.terms.login_open)


def _rules(settings: Settings) -> PasswordRules:
    wanted, institution, wayf = settings.passwords, settings.institution, settings.wayf
    domain = institution.support_email.rpartition("@")[2].rpartition(".")[0].replace(".", " ")
    floor = SHORTEST_AS_ONLY_FACTOR if wanted.only_factor else 0
    return PasswordRules(
        minimum=max(wanted.minimum_length, floor),
        maximum=wanted.maximum_length,
        ascii_only=wanted.ascii_only,
        institution_words=words_of((institution.name, institution.name_en, domain, *institution.words)),
        service_words=words_of((wayf.service_name, wayf.service_name_en)),
        dictionary=WordLists(SYSTEM_FILES if wanted.word_lists is None else wanted.word_lists),
        breached=LeakedPasswords(wanted.breached_list) if wanted.breached_list else frozenset(),
    )
