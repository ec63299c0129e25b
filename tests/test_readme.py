"""The README tells what stands: formats from the schemas, verbs and files that exist."""

import re

import pytest
import typer

from config.settings import PROJECT
from jobs.importers import FORMATS
from jobs.land import formats_table
from naru import app

TEXT = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_formats_is_the_schemas() -> None:
    assert formats_table() in TEXT, "write it again: python -c 'from jobs.land import formats_table as t; print(t())'"


def test_every_import_format_is_named() -> None:
    assert all(form in TEXT for form in FORMATS)


def test_every_verb_that_is_told_exists() -> None:
    known = set(typer.main.get_command(app).commands)
    told = set(re.findall(r"^naru ([a-z]+)", TEXT, re.M)) | set(re.findall(r"`naru ([a-z]+)", TEXT))
    assert told <= known
    assert {"run", "land", "import", "status", "rollback", "ask", "search", "ads", "evaluate"} <= told


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_every_link_leads_to_a_file(link: str) -> None:
    assert (PROJECT / link).exists()


def test_make_targets_that_are_told_exist() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z]+)", TEXT)):
        assert re.search(rf"^{target}:", makefile, re.M), target
