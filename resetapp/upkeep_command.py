"""`resetapp prune` and `resetapp settle`: what the service does by timer, or by itself."""

from pathlib import Path

import click

from resetapp.settings import load


@click.command()
@click.pass_obj
def prune(config: Path) -> None:
    """Delete what has been kept long enough (institution.log_months), end what has stopped, and give up what never can
    be known. For a daily timer.
    """
    from resetapp.app import desk_of
    from resetapp.mapping.decisions import lapse
    from resetapp.mapping.work import finish_stopped
    from resetapp.settle import give_up
    from resetapp.storage import retention

    settings = load(config)
    desk = desk_of(settings)
    try:
        given_up = len(list(give_up(desk)))  # first: what is deleted below can be told of no more
        with desk.database.transaction() as db:
            deleted = retention.prune(db, settings.institution.log_months, desk.clock(), desk.journal)
        if desk.register:
            if files := finish_stopped(desk, desk.register):
                click.echo(f"{files} approved files of mappings taken up where a process had stopped.")
            lapse(desk, desk.register)
    finally:
        desk.close()
    click.echo(f"{deleted} logins deleted, with their visits and attempts.")
    if given_up:
        click.echo(f"{given_up} attempts given up: their directory has not told for a week what became of them.")


@click.command()
@click.pass_obj
def settle(config: Path) -> None:
    """Find out what became of passwords whose answer was lost. The service does so itself; by hand, or for a timer."""
    from resetapp.app import desk_of
    from resetapp.settle import open_attempts
    from resetapp.settle import settle as settle_open
    from resetapp.storage.database import demand_newest

    settings = load(config)
    demand_newest(settings.database.url)
    desk, count = desk_of(settings), 0
    for each in settle_open(desk, whether_due_or_not=True):
        click.echo(f"{each.reference}  {each.directory}: {each.username}: {each.state}")
        count += 1
    click.echo(f"{count} settled, {open_attempts(desk)} left open.")
    desk.close()
