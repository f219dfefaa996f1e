"""``script/prose``: which wordings it finds in which texts, and which texts it ignores."""

import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "script" / "prose"


@pytest.fixture(scope="module")
def prose() -> ModuleType:
    """The script as a module."""
    spec = spec_from_loader("prose", SourceFileLoader("prose", str(SCRIPT)))
    module = module_from_spec(spec)
    sys.modules["prose"] = module  # where dataclasses look for their module
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
        del sys.modules["prose"]
    return module


@pytest.fixture
def found(prose: ModuleType) -> Callable[..., list[tuple[int, str]]]:
    """Return a function that returns the line and the wording of each finding in a text."""

    def look(source: str, *, name: str = "module.py") -> list[tuple[int, str]]:
        return sorted((line, wording) for line, wording, _ in prose.findings(name, source))

    return look


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("It is for whoever asks.", "whoever"),
        ("A reader, whom it slows.", "whom"),
        ("Nobody reads it.", "Nobody"),
        ("It waits for somebody's word.", "somebody's"),
        ("Who slows whom: the reader.", "Who"),
        ("Who may use the bridge.", "Who"),
        ("The errors, and who must act.", "and who"),
        ("It begins anew.", "anew"),
        ("A bridge elsewhere.", "elsewhere"),
        ("The rest is passed over.", "passed over"),
        ("An id that cannot be had.", "be had"),
        ("An address that is none.", "is none"),
        ("A folder of his own.", "of his own"),
        ("A client needs not wait.", "needs not"),
        ("The client is told so.", "is told"),
        ("What comes behind it.", "behind it"),
        ("There is one process a voice.", "one process a voice"),
        ("It prints a row a provider.", "a row a"),
        ("The audio stays as it is.", "as it is"),
        ("One account at the most.", "at the most"),
        ("Slower, lest it fails.", "lest"),
        ("What a user has to mend.", "mend"),
        ("A client shall notice it.", "client shall"),
    ],
)
def test_a_wording_is_found_in_a_docstring(text: str, wording: str, found) -> None:
    assert (1, wording) in found(f'"""{text}"""\n')


@pytest.mark.parametrize(
    "text",
    [
        "The file has one entry that a user can edit.",
        "The port, or None if there is none.",
        "Read it as soon as it is there.",
        "Return None if the value is None.",
        "Who is it? The name in the token says so.",
        "The one for a service that is down.",
        "One at a time.",
        "Warn after half an hour a day.",
        "A client that lags behind the speaker.",
    ],
)
def test_plain_english_is_not_found(text: str, found) -> None:
    assert found(f'"""{text}"""\n') == []


def test_every_rule_has_an_example_above(prose: ModuleType) -> None:
    cases = test_a_wording_is_found_in_a_docstring.pytestmark[0].args[1]

    assert [rule for rule in prose.RULES if not any(rule.pattern.search(c[0]) for c in cases)] == []


def test_a_finding_has_the_line_in_which_its_wording_begins(found) -> None:
    source = '"""A summary.\n\nThe rest is passed\nover, and nobody sees it.\n"""\n'

    assert found(source) == [(3, "passed over"), (4, "nobody")]


def test_comments_that_follow_each_other_are_one_text(found) -> None:
    source = "x = 1  # the rest is passed\n# over by it\n\n# passed\n\n# over\n"

    assert found(source) == [(1, "passed over")]


def test_strings_are_judged_and_their_escapes_and_fields_are_not(found) -> None:
    source = 'print(f"{nobody} is\\nelsewhere", "and "\n      "is told")\nsay("elsewhere")\n'

    assert found(source) == [(1, "elsewhere"), (2, "is told")]


def test_code_is_not_judged(found) -> None:
    assert found("nobody = anew(elsewhere)\nmessage = {'nobody': whoever}\n") == []


def test_a_page_is_judged_without_its_code_and_addresses(found) -> None:
    source = (
        "It begins `anew`, [see](docs/anew.md) or <!-- nobody --> here.\n\n"
        "```yaml\nname: nobody here\n# nobody there\n```\n\nAnd anew.\n"
    )

    assert found(source, name="page.md") == [(5, "nobody"), (8, "anew")]


def test_the_texts_of_json_are_judged_and_its_keys_are_not(found) -> None:
    source = '{\n  "nobody here": "It is told.",\n  "id": "elsewhere"\n}\n'

    assert found(source, name="strings.json") == [(2, "is told")]


@pytest.mark.parametrize("name", ["services.yaml", "check.yml"])
def test_the_values_and_comments_of_yaml_are_judged(name: str, found) -> None:
    source = "nobody:\n  description: It begins anew here. # as nobody asked\n"

    assert found(source, name=name) == [(2, "anew"), (2, "nobody")]


@pytest.mark.parametrize("name", ["script/setup", "Dockerfile", "pyproject.toml", "pytest.ini"])
def test_the_comments_of_other_files_are_judged(name: str, found) -> None:
    source = '#!/bin/bash\n# It is passed\n# over.\necho "nobody here"\nx=1 # begins anew\n'

    assert found(source, name=name) == [(2, "passed over"), (5, "anew")]


def test_an_exempt_text_may_stay_in_its_file_only(
    prose: ModuleType, found, monkeypatch: pytest.MonkeyPatch
) -> None:
    exempt = prose.Exempt(file="docs/*.md", text="is told", reason="a quotation")
    monkeypatch.setattr(prose, "EXEMPT", (exempt,))

    assert found("It is told.", name="docs/page.md") == []
    assert found("It is told.", name="README.md") == [(1, "is told")]


def test_every_exemption_has_a_reason_and_is_still_needed(
    prose: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    exemptions = prose.EXEMPT
    monkeypatch.setattr(prose, "EXEMPT", ())
    needed = {
        (each.file, each.text)
        for each in exemptions
        for path in ROOT.glob(each.file)
        for _, wording, _ in prose.findings(str(path.relative_to(ROOT)), path.read_text())
        if wording.lower() == each.text.lower()
    }

    assert {(each.file, each.text) for each in exemptions} == needed
    assert all(each.reason for each in exemptions)


def test_the_command_names_file_line_wording_and_advice(command, project: Path) -> None:
    (project / "README.md").write_text("# Title\n\nIt begins anew.\n")
    subprocess.run(["git", "init", "-q", project], check=True)  # noqa: S603, S607 - git is on the developer's PATH

    wrong = command(project, "prose")
    (project / "README.md").write_text("# Title\n\nIt begins again.\n")
    right = command(project, "prose")

    assert wrong.returncode == 1
    assert wrong.stdout == 'README.md:3: anew: write "again"\n'
    assert (right.returncode, right.stdout, right.stderr) == (0, "", "")
