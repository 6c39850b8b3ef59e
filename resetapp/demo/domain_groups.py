"""Who is in which group of the embedded Active Directory, and which fine-grained policy applies to whom."""

from collections.abc import Iterable

from resetapp.demo.domain_values import sid_octets
from resetapp.demo.ldap_node import Node, normal


def link_members(nodes: Iterable[Node]) -> None:
    """Writes into each entry what others say of it: memberOf and msDS-ResultantPSO. After every change of a group."""
    by_key = {normal(node.dn): node for node in nodes}
    holding = [(group.dn, set(map(normal, group.texts("member")))) for group in by_key.values()]
    groups = [(dn, members) for dn, members in holding if members]
    for key, node in by_key.items():
        node.put("memberOf", [dn for dn, members in groups if key in members])
        node.put("msDS-ResultantPSO", [])
    policies = [node for node in by_key.values() if node.has_class("msds-passwordsettings")]
    for settings in sorted(policies, key=_precedence, reverse=True):
        for dn in settings.texts("msDS-PSOAppliesTo"):
            if person := by_key.get(normal(dn)):
                person.put("msDS-ResultantPSO", [settings.dn])


def _precedence(settings: Node) -> int:
    """The lowest number wins."""
    return settings.number("msDS-PasswordSettingsPrecedence")


def token_groups(node: Node, nodes: Iterable[Node], domain_sid: str) -> list[bytes]:
    """The identifiers of all groups, nested ones and the primary one included (MS-ADTS 3.1.1.4.5.19)."""
    by_key = {normal(each.dn): each for each in nodes}
    primary = sid_octets(f"{domain_sid}-{node.text('primaryGroupID') or 0}")
    waiting = [normal(dn) for dn in node.texts("memberOf")]
    waiting += [key for key, each in by_key.items() if primary in each.values("objectSid")]
    found: dict[str, Node] = {}
    while waiting:
        key = waiting.pop()
        if key not in found and key in by_key:
            found[key] = by_key[key]
            waiting += [normal(dn) for dn in by_key[key].texts("memberOf")]
    return [sid for group in found.values() for sid in group.values("objectSid")]
