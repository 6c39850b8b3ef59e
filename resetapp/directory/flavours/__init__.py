"""One constant for each kind of directory server."""

from collections.abc import Mapping

from resetapp.directory.flavours.active_directory import ACTIVE_DIRECTORY
from resetapp.directory.flavours.ds389 import DS389
from resetapp.directory.flavours.flavour import Flavour
from resetapp.directory.flavours.openldap import OPENLDAP
from resetapp.settings.model import DirectoryKind

__all__ = ["FLAVOURS", "Flavour"]

FLAVOURS: Mapping[DirectoryKind, Flavour] = {
    DirectoryKind.OPENLDAP: OPENLDAP,
    DirectoryKind.ACTIVE_DIRECTORY: ACTIVE_DIRECTORY,
    DirectoryKind.DS389: DS389,
}
