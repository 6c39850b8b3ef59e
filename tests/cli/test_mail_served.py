"""`resetapp serve` with mail on: its workers send what waits, each mail by one of them."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.settings import Encryption, load
from resetapp.storage import outbox
from resetapp.storage.database import Database
from resetapp.storage.outbox import Channel, MailKind, MailState, Receiver
from tests.cli.conftest import serving
from tests.mail.smtp_server import FROM, Post, running_post
from tests.settings.written import with_line
from tests.storage.test_retention import an_attempt

_MAILS = 12


@pytest.fixture
def post() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


@pytest.fixture
def mailing(installation: Path, post: Post) -> Iterator[Path]:
    """The installation with a database of its own, in which mails wait."""
    data = installation.parent / "data"
    shutil.copy(data / "resetapp.db", data / "mailing.db")
    path = installation.with_name("mailing.toml")
    on = f'enabled = true\nhost = "localhost"\nport = {post.port}\nencryption = "none"\nfrom_address = "{FROM}"\n'
    text = with_line(installation.read_text("utf-8"), "url", '"sqlite:///data/mailing.db"')
    path.write_text(text.replace("\n[mail]\n", f"\n[mail]\n{on}"), "utf-8")
    path.chmod(0o600)
    now = datetime.now(UTC)
    with closing(Database(load(path).database.url)) as database, database.transaction() as db:
        attempt = an_attempt(now)
        attempt.look_at, attempt.settled_at = None, now
        db.add(attempt)
        db.flush()
        addresses = [Receiver(Channel.MAIL, f"a{number}@example.dk") for number in range(_MAILS)]
        outbox.put(db, outbox.of_attempt(db, attempt.id, MailKind.CHANGED, now), addresses, "da", now)
    yield path
    for left in data.glob("mailing.db*"):
        left.unlink()


def test_the_workers_send_each_mail_once(mailing: Path, post: Post, port: int, tmp_path: Path) -> None:
    with serving(mailing, port, tmp_path / "log"):
        end = time.monotonic() + 30
        while len(post.mails) < _MAILS and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1)  # for one that would be sent twice, and for the last to be written down
    assert sorted(each.recipients[0] for each in post.mails) == sorted(f"a{n}@example.dk" for n in range(_MAILS))
    assert "blev ændret" in post.mails[0].text
    log = (tmp_path / "log").read_text()
    assert log.count("mail.sent reference=") == _MAILS
    assert "@example.dk" not in log
    with closing(Database(load(mailing).database.url)) as database, database.reading() as db:
        rows = outbox.of_person(db, "f" * 64)
        assert {(each.state, each.address) for each in rows} == {(MailState.SENT, None)}
