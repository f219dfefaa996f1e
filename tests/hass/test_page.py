"""docs/home-assistant.md describes the real settings, messages and entities."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from homeassistant.util.yaml import load_yaml_dict

from custom_components.wyoming_bridge.bridge import (
    PROVIDERS,
    Endpointing,
    Option,
    ProviderName,
    RepairMode,
    TextStyle,
    options_of,
)
from custom_components.wyoming_bridge.failures import FAILURES
from custom_components.wyoming_bridge.recorders import LIMITS

ROOT = Path(__file__).parent.parent.parent
INTEGRATION = ROOT / "custom_components" / "wyoming_bridge"
PAGE = (ROOT / "docs" / "home-assistant.md").read_text()

ENGLISH = json.loads((INTEGRATION / "translations" / "en.json").read_text())
STEP = ENGLISH["config_subentries"]["stt"]["step"]["user"]
REPAIR_ERRORS = ENGLISH["issues"]["profile_gone"]["fix_flow"]["error"]
SETTINGS = STEP["data"] | {
    name: text for each in STEP["sections"].values() for name, text in each["data"].items()
}
SERVICES = load_yaml_dict(INTEGRATION / "services.yaml")


def rows_below(heading: str) -> list[list[str]]:
    """Return the table rows of a section of the page, each as a list of cells."""
    _, found, rest = PAGE.partition(f"\n{heading}\n")
    assert found, heading
    part = re.split(r"\n#+ ", rest)[0]
    lines = (line for line in part.splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def range_of(name: str, option: Option, default: object) -> str:
    if option.choices and not isinstance(default, tuple):
        return "; ".join(ENGLISH["selector"][name]["options"].values())
    if isinstance(default, bool):
        return "on or off"
    if isinstance(default, tuple):
        return "a list"
    if isinstance(default, str) or option.unit == "characters":
        return "a text"
    return option.allowed


def default_of(name: str, option: Option, default: object) -> str:
    if default is None or default == ():
        return "empty"
    if option.choices:
        return str(ENGLISH["selector"][name]["options"][str(default)])
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g} {option.unit}".strip() if option.unit else f"{default}"


def declared_rows(owner: type, names: Iterable[str], texts: Mapping[str, str]) -> list[list[str]]:
    """Return the rows that the page must have for options: name, range and default."""
    options = dict(options_of(owner))
    defaults = {each.name: each.default for each in fields(owner)}
    return [
        [
            texts[name],
            range_of(name, options[name], defaults[name]),
            default_of(name, options[name], defaults[name]),
        ]
        for name in names
    ]


def test_the_page_has_each_setting_of_the_end_of_speech_as_it_is_declared() -> None:
    expected = declared_rows(Endpointing, dict(options_of(Endpointing)), SETTINGS)

    assert [row[:3] for row in rows_below("### End of speech")[2:]] == expected


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_page_has_each_setting_of_a_service_as_it_is_declared(name: ProviderName) -> None:
    provider = PROVIDERS[name]
    expected = declared_rows(provider.settings, provider.form_fields, SETTINGS)

    assert [row[:3] for row in rows_below(f"### Recognition: {provider.title}")[2:]] == expected


def test_the_page_has_the_settings_of_text_limit_and_fallback_as_the_form_shows_them() -> None:
    choices = {name: ENGLISH["selector"][name]["options"] for name in ("text", "repair")}
    careful = choices["repair"][RepairMode.CAREFUL]
    rows = [row[:3] for row in rows_below("### Text, limit and fallback")[2:]]

    assert [name for name, _, _ in rows] == [
        SETTINGS[name] for name in ("text", "repair", "max_seconds_per_day", "fallback")
    ]
    assert rows[0][1:] == [
        "; ".join(choices["text"].values()),
        choices["text"][TextStyle.COMMANDS],
    ]
    assert rows[1][1:] == [
        "; ".join(choices["repair"].values()),
        f"{choices['repair'][RepairMode.OFF]}; for a local server, *{careful}*",
    ]


def test_the_page_quotes_the_choices_of_a_setting_as_the_form_shows_them() -> None:
    texts = {
        text for each in ENGLISH["selector"].values() for text in each.get("options", {}).values()
    }
    quoted = re.findall(r"set it to \*([^*]+)\*", " ".join(PAGE.split()))

    assert len(quoted) > 0
    assert set(quoted) <= texts


def test_the_page_says_what_to_do_about_each_kind_of_error() -> None:
    documented = [row[0] for row in rows_below("### What the messages mean")[2:]]

    assert documented == [
        ENGLISH["exceptions"][each.key]["message"].format(code="...", setting="...")
        for _, each in FAILURES
        if each.key != "media"
    ] + [
        re.sub(r"\{\w+\}", "...", ENGLISH["config"]["error"][key])
        for key in (
            "required",
            "already_configured",
            "language_unknown",
            "protocol_without_language",
        )
    ] + [
        re.sub(r"\{\w+\}", "...", ENGLISH["config_subentries"]["stt"]["error"][key])
        for key in ("other_language_unknown", "profile_late", "fallback_language_unknown")
    ] + [re.sub(r"\{\w+\}", "...", REPAIR_ERRORS["profile_fails"])] + [
        re.sub(r"\{\w+\}", "...", ENGLISH["exceptions"][key]["message"])
        for key in (
            "audio_stopped",
            "no_recordings",
            "no_such_recording",
            "no_utterance",
            "recorded_by_bridge",
            "no_entities",
            "recordings_unusable",
            "disk_full",
            "path_forbidden",
            "path_missing",
            "path_unusable",
            "no_folder",
            "folder_not_allowed",
            "no_such_folder",
            "folder_public",
            "file_exists",
        )
    ]


def test_the_page_says_what_to_do_about_each_issue() -> None:
    documented = [row[0] for row in rows_below("### Repairs")[2:]]

    assert documented == [
        re.sub(r"\{(\w+)\}", r"(\1)", issue["title"]) for issue in ENGLISH["issues"].values()
    ]


def test_the_page_has_each_entity() -> None:
    names = [each["name"] for domain in ENGLISH["entity"].values() for each in domain.values()]

    assert set(names) <= {row[0] for row in rows_below("## Entities")}


@pytest.mark.parametrize(
    ("action", "heading"),
    [("transcribe", "## The action"), ("replay", "### Transcribe an utterance again")],
)
def test_the_page_has_each_field_of_an_action(action: str, heading: str) -> None:
    names = [f"`{name}`" for name in SERVICES[action]["fields"]]

    assert [row[0] for row in rows_below(heading)[2:]][: len(names)] == names


def test_the_page_names_each_action() -> None:
    assert all(f"`wyoming_bridge.{action}`" in PAGE for action in SERVICES)


def test_the_page_says_how_much_is_recorded() -> None:
    how_much = dict(rows_below("## Recordings"))["how much"]

    assert re.findall(r"\d+", how_much) == [
        f"{each:g}" for each in (LIMITS.keep, LIMITS.max_days, LIMITS.max_mb)
    ]
