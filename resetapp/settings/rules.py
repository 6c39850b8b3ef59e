"""Rules that look at several values of one table. Each gives the key it blames with what is wrong."""

from collections import Counter
from collections.abc import Iterator

from resetapp.settings.addresses import loopback
from resetapp.settings.faults import Wrong
from resetapp.settings.gateways import Sms, Webhook
from resetapp.settings.mail import Encryption, Mail
from resetapp.settings.mapping import MappingSettings
from resetapp.settings.model import Activation, DirectorySettings, Passwords, Service, Settings, Visits, Wayf
from resetapp.settings.staff import Staff
from resetapp.settings.terms import Terms

ONLY_FACTOR_LENGTH = 15  # NIST SP 800-63B-4, section 3.1.1.2


def service(found: Service) -> Iterator[tuple[str, Wrong]]:
    if found.secure and not found.trusted_proxies:
        yield (
            "trusted_proxies",
            Wrong(
                "is 0 although public_url is https, which only a reverse proxy in front can answer",
                "Write how many proxies stand in front, mostly 1; else all visitors share one address and its limits",
            ),
        )


def wayf(found: Wayf) -> Iterator[tuple[str, Wrong]]:
    signing = {pair.key_file for pair in (found.signing, *found.also_signing)}
    if any(pair.key_file in signing for pair in found.encryption):
        yield (
            "encryption",
            Wrong("names the signing key", "Use a key of its own for encryption (WAYF's terms, Krypteringskrav)"),
        )
    if found.hub_metadata_file is None and not found.hub_metadata_url:
        yield "hub_metadata_file", Wrong("and hub_metadata_url are both empty", "Name the file, or the address")
    if found.hub_metadata_file is not None and found.hub_metadata_url:
        problem = "and hub_metadata_url both say where the hub's metadata is"
        yield "hub_metadata_file", Wrong(problem, 'Keep one; write hub_metadata_file = "" to use the address')
    if found.hub_metadata_url and not found.hub_metadata_certificate_files:
        problem = "is empty although the hub's metadata is fetched: whoever answers there could become anybody"
        remedy = "Name the certificate that signs the metadata, compared as docs/operator.md says"
        yield "hub_metadata_certificate_files", Wrong(problem, remedy)


def visits(found: Visits) -> Iterator[tuple[str, Wrong]]:
    if found.idle > found.absolute:
        yield "idle_minutes", Wrong("is longer than absolute_minutes", "Choose a smaller number")
    if found.confirm_after > found.absolute:
        yield "confirm_after_minutes", Wrong("is longer than absolute_minutes", "Choose a smaller number")


def passwords(found: Passwords) -> Iterator[tuple[str, Wrong]]:
    if found.only_factor and found.minimum_length < ONLY_FACTOR_LENGTH:
        yield (
            "minimum_length",
            Wrong(
                f"is {found.minimum_length} although only_factor is true",
                f"Choose at least {ONLY_FACTOR_LENGTH}: nothing else protects the account (NIST SP 800-63B-4)",
            ),
        )


def directory(found: DirectorySettings) -> Iterator[tuple[str, Wrong]]:
    if bool(found.disabled_attribute) != bool(found.disabled_values):
        yield (
            "disabled_values",
            Wrong(
                "and disabled_attribute belong together, but one of them is empty",
                "Fill in both, or leave both out",
            ),
        )


def activation(found: Activation) -> Iterator[tuple[str, Wrong]]:
    if bool(found.attribute) != bool(found.waiting):
        problem = "and attribute belong together, but one of them is empty"
        yield "waiting", Wrong(problem, "Fill in both, or leave both out")
    if found.active in found.waiting and found.active:
        yield "active", Wrong("is one of the waiting values", "Choose another value, or none: the account must go on")


def staff(found: Staff) -> Iterator[tuple[str, Wrong]]:
    if found.enabled and not found.roles:
        yield "role", Wrong("has no entry although the console is on", "Give each role a group: [[staff.role]]")
    if found.idle > found.absolute:
        yield "idle_minutes", Wrong("is longer than absolute_minutes", "Choose a smaller number")


def mail(found: Mail) -> Iterator[tuple[str, Wrong]]:
    if found.enabled and not found.host:
        yield "host", Wrong("is empty although mail is on", "Name the institution's mail server")
    if found.enabled and not found.from_address:
        yield "from_address", Wrong("is empty although mail is on", "Write the address that the mails come from")
    if found.encryption is Encryption.NONE and not loopback(found.host):
        problem = 'is "none" for a server that is not on this machine'
        yield "encryption", Wrong(problem, 'Write "starttls" or "tls": everybody on the way could read along')
    if bool(found.username) != (found.password is not None):
        problem = "and password belong together, but one of them is not there"
        yield "username", Wrong(problem, "Fill in both, or leave both out")


def mapping(found: MappingSettings) -> Iterator[tuple[str, Wrong]]:
    if found.enabled and not found.keys:
        yield "key", Wrong("has no entry although mappings are on", "Add a table: [[mapping.key]]")
    if found.enabled and not found.tenant:
        yield "tenant", Wrong("is empty although mappings are on", "Write the institution's domain: example.dk")
    for name, times in Counter(each.id for each in found.keys if each).items():
        if times > 1:
            yield "key", Wrong(f'has the id "{name}" {times} times', "Give each key an id of its own")
    if found.student_cool_down > found.cool_down:
        yield "student_cool_down_hours", Wrong("is longer than cool_down_hours", "Choose a smaller number")


def sms(found: Sms) -> Iterator[tuple[str, Wrong]]:
    if found.enabled and not found.url:
        yield "url", Wrong("is empty although SMS is on", "Write the address of the gateway, with https://")
    if found.token is not None and not found.token.reveal().isascii():
        yield "token", Wrong("holds letters that no header can carry", "Copy it anew from the gateway's own page")
    if found.sender and not found.sender_field:
        problem = "is filled in, but sender_field is empty"
        yield "sender", Wrong(problem, "Name the field, or leave the sender to the gateway")
    if found.sender_field and not found.sender and found.enabled:
        problem = "is empty, but sender_field names a field for it"
        yield "sender", Wrong(problem, 'Fill it in, or write sender_field = ""')
    fields = [each for each in (found.number_field, found.text_field, found.sender_field) if each]
    if any(one != other and f"{other}.".startswith(f"{one}.") for one in fields for other in fields):
        yield "number_field", Wrong("or another field lies inside another one", "Copy the names from the manual")
    if len(set(fields)) < len(fields):
        yield "number_field", Wrong("or another field has the name of another one", "Give each its own")


def webhook(found: Webhook) -> Iterator[tuple[str, Wrong]]:
    if found.enabled and not found.url:
        yield "url", Wrong("is empty although the webhook is on", "Write the address of the receiver, with https://")
    if found.enabled and found.secret is None:
        problem = "is missing although the webhook is on: nobody could tell that it was us"
        yield "secret", Wrong(problem, "Make one and give it to the receiver, too; see docs/operator.md")


def settings(found: Settings) -> Iterator[tuple[str, Wrong]]:
    yield from _roles(found)
    yield from _codes(found)
    if found.sms and found.sms.enabled and not any(each.mobile_attribute for each in found.directories if each):
        problem = "is on, but no directory says where the numbers are"
        yield "sms.enabled", Wrong(problem, "Name the attribute: mobile_attribute in [[directory]]")
    if found.mapping and found.mapping.enabled and not (found.staff and found.staff.enabled):
        problem = "is on although the console is off, where mappings are asked for and approved"
        yield "mapping.enabled", Wrong(problem, "Write enabled = true under [staff], or false here")
    if found.mapping and found.mapping.enabled and not (found.mail and found.mail.enabled):
        problem = "is on although mail is off: nobody could tell the owner of an account that it is being mapped"
        yield "mapping.enabled", Wrong(problem, "Write enabled = true under [mail], or false here")


def _codes(found: Settings) -> Iterator[tuple[str, Wrong]]:
    if not (found.codes and found.codes.enabled):
        return
    if not (found.staff and found.staff.enabled):
        problem = "is on although the console is off, where activation codes are asked for and approved"
        yield "codes.enabled", Wrong(problem, "Write enabled = true under [staff], or false here")
    if not (found.mail and found.mail.enabled):
        problem = "is on although mail is off: nobody could tell the owner of an account that a code was given out"
        yield "codes.enabled", Wrong(problem, "Write enabled = true under [mail], or false here")


def _roles(found: Settings) -> Iterator[tuple[str, Wrong]]:
    names = {each.name for each in found.directories if each}
    for role in found.staff.roles if found.staff else ():
        if role.directory not in names:
            problem = f'of {role.role} names the directory "{role.directory}", which there is not'
            yield "staff.role", Wrong(problem, f"Known: {', '.join(sorted(names))}")


def terms(found: Terms) -> Iterator[tuple[str, Wrong]]:
    if len(found.recipients) != len(found.recipients_en):
        problem = f"has {len(found.recipients_en)} entries, but recipients has {len(found.recipients)}"
        yield "recipients_en", Wrong(problem, "Write each recipient in both languages, in the same order")


def directory_names(tables: object) -> Iterator[Wrong]:
    """Two directories of one name could not be told apart in what is stored about an account."""
    names = [table.get("name") for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    for name, times in Counter(name for name in names if isinstance(name, str)).items():
        if times > 1:
            yield Wrong(f'has the name "{name}" {times} times', "Give each directory a name of its own")
