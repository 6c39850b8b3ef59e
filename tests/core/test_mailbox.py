"""To which addresses a mail may go: one plain address, and nothing that adds a header, a recipient or a command."""

import pytest

from resetapp.core.mailbox import is_mailbox, masked


@pytest.mark.parametrize(
    "address",
    [
        "freja@example.dk",
        "freja.holm+studie@student.example.dk",
        "o'neill@example.dk",
        "1234@example.dk",
        "a@b.dk",
        f"{'a' * 64}@example.dk",
        "f_h-2@xn--rdgrd-vuad.dk",
    ],
)
def test_a_plain_address_is_taken(address: str) -> None:
    assert is_mailbox(address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "freja", "@example.dk", "freja@", "freja@localhost", "freja@@example.dk"),
        *(
            "freja@example.dk\r\nBcc: thief@example.net",
            "freja@example.dk\n",
            "\nfreja@example.dk",
            "fre\rja@example.dk",
        ),
        *("freja@example.dk,thief@example.net", "freja@example.dk;thief@example.net", "freja@example.dk thief@x.dk"),
        *("Freja <freja@example.dk>", "<freja@example.dk>", '"freja"@example.dk', "freja(thief)@example.dk"),
        *("thief@example.net <freja@example.dk>", "freja@example.dk>", "freja:thief@example.dk;"),
        *(
            "frejå@example.dk",
            "freja@eksémpel.dk",
            "freja@еxample.dk",
            "freja\u202e@example.dk",
            "fre\x00ja@example.dk",
        ),
        *("freja%example.net@example.dk", "example.net!freja@example.dk", "|rm@example.dk", "`id`@example.dk"),
        *("-oQ@example.dk", "freja@-example.dk", "freja@example-.dk", "freja@example..dk", ".freja@example.dk"),
        *("fre..ja@example.dk", "freja.@example.dk", "freja@[127.0.0.1]", "freja@127.0.0.1", "freja@example.dk."),
        *(f"{'a' * 65}@example.dk", f"a@{'b' * 64}.dk", f"a@{'b.' * 130}dk", "SMTP:freja@example.dk"),
        *(" freja@example.dk", "freja@example.dk ", "freja@exa_mple.dk", "freja\\@example.dk"),
    ],
)
def test_anything_else_is_not(address: str) -> None:
    assert not is_mailbox(address)


def test_a_masked_address_cannot_be_written_to() -> None:
    assert masked("freja@example.dk") == "f…@example.dk"
    assert not is_mailbox(masked("freja@example.dk"))
