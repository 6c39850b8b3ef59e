"""One of several, for an asker who may not see everything: yes, no, and not to be told (RFC 4511, section 4.5.1.7)."""

import pytest

from resetapp.demo.ldap_ber import elements
from resetapp.demo.ldap_filters import holds
from resetapp.demo.ldap_node import Node
from resetapp.directory.messages import search_filter


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("(|(uid=a)(hidden=x))", True),
        ("(|(hidden=x)(uid=a))", True),
        ("(|(uid=b)(uid=c))", False),
        ("(|(hidden=x)(uid=b))", None),
        ("(|(uid=b)(hidden=x))", None),
        ("(!(|(hidden=x)(uid=b)))", None),
        ("(!(|(hidden=x)(uid=a)))", False),
        ("(!(|(uid=b)(uid=c)))", True),
    ],
)
def test_what_may_not_be_seen_makes_an_answer_unknown_unless_another_part_gives_it(
    text: str, answer: bool | None
) -> None:
    node = Node("uid=a")
    node.put("uid", ["a"])
    node.put("hidden", ["x"])
    [wanted] = elements(search_filter(text))
    assert holds(wanted, node, lambda name: name != "hidden") is answer
