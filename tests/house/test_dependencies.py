"""docs/dependencies.md explains each package that we ask for by name, and no other."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import text_of

HEADING = re.compile(r"^### +(\S+)", re.MULTILINE)


def test_each_direct_dependency_is_explained() -> None:
    explained, asked = explained_in(text_of("docs/dependencies.md")), asked_for(text_of("pyproject.toml"))
    assert asked - explained == set(), "not explained in docs/dependencies.md"
    assert explained - asked == set(), "explained, but pyproject.toml does not ask for it"


def test_a_missing_explanation_is_found() -> None:
    project = """
        build-system.requires = ["hatchling>=1"]
        project.dependencies = ["Flask>=3", "lxml>=6"]
        project.optional-dependencies.postgresql = ["psycopg[binary]>=3"]
        dependency-groups.dev = ["pytest>=9", "hatchling>=1"]
    """
    assert asked_for(project) == {"flask", "lxml", "psycopg", "pytest", "hatchling"}
    assert explained_in("## Runtime\n\n### Flask 3.1\n\ntext ### no\n### lxml\n") == {"flask", "lxml"}


def asked_for(pyproject: str) -> set[str]:
    project = tomllib.loads(pyproject)
    requirements = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for more in (project["project"]["optional-dependencies"], project["dependency-groups"]):
        requirements += [requirement for group in more.values() for requirement in group]
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


def explained_in(document: str) -> set[str]:
    """The names in the headings of the third level."""
    return {canonicalize_name(name) for name in HEADING.findall(document)}
