"""Each text that the integration uses exists, in each language."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from homeassistant import components
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.yaml import load_yaml_dict

from custom_components.wyoming_bridge import (
    actions,
    recording_actions,
    recording_exports,
    sensor,
)
from custom_components.wyoming_bridge.bridge import (
    PROVIDERS,
    BridgeError,
    ConfigError,
    ConnectError,
    ErrorText,
    MediaError,
    MediaProblem,
)
from custom_components.wyoming_bridge.config_flow import WyomingBridgeConfigFlow
from custom_components.wyoming_bridge.failures import failure_of, translated
from custom_components.wyoming_bridge.issues import (
    ISSUE_FALLBACK_GONE,
    ISSUE_FALLBACK_UNSUITABLE,
    ISSUE_PROFILE_GONE,
    ISSUE_RECORDING,
    ISSUE_RECORDING_FAILED,
    ISSUE_SETTING_INVALID,
    ISSUE_TOO_OLD,
)
from custom_components.wyoming_bridge.moved_bridge import ISSUE_MOVED, ISSUE_MOVED_UNPROVEN
from custom_components.wyoming_bridge.repairs import (
    MissingProfileFlow,
    MovedBridgeFlow,
    RecordingFlow,
)
from custom_components.wyoming_bridge.subentry_flow import SpeechToTextFlow
from custom_components.wyoming_bridge.transcripts import TranscriptKind
from texts import (
    ENGLISH,
    FLOW,
    INTEGRATION,
    SUBENTRY,
    placeholders,
    source,
    texts_in,
    texts_of,
)

SOURCE = json.loads((INTEGRATION / "strings.json").read_text())
ICONS = json.loads((INTEGRATION / "icons.json").read_text())
SERVICES = load_yaml_dict(INTEGRATION / "services.yaml")
LANGUAGES = ["nl", "de", "fr"]
LABELS = {
    path.split(".")[-1]: path
    for step in ("config.step.reconfigure", "config_subentries.stt.step.user")
    for path in texts_in("en")
    if path.startswith(f"{step}.") and path.split(".")[-2] == "data"
}
"""The path of the label of each setting, by the name of the setting."""

NUMBERS = {name for name in LABELS if f"{{{name}_range}}" in " ".join(texts_in("en").values())}

REJECTED = {
    "a space around it": re.compile(r"^\s|\s$"),
    "no text": re.compile(r"^$"),
    "HTML": re.compile(r"<[A-Za-z/!]"),
    "an address": re.compile(r"://|www\."),
    # Home Assistant's formatter does not replace a placeholder in quotes.
    "a quote at a placeholder": re.compile(r"'\{|\}'"),
    "a reference, which only core resolves": re.compile(r"\[%"),
}


def with_english(language: str) -> Iterator[tuple[str, str, str]]:
    """Yield each key with its text in a language and in English."""
    english = texts_in("en")
    for key, text in texts_in(language).items():
        yield key, text, english[key]


def errors_below(kind: type[BridgeError]) -> Iterator[type[BridgeError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from errors_below(each)


def all_errors() -> Iterator[BridgeError]:
    """Yield an error of each class, of each text, and of each problem with an audio file."""
    for kind in errors_below(BridgeError):
        yield kind("in English")
    for text in ErrorText:
        values = dict.fromkeys(text.placeholders, "value")
        yield ConnectError(text, provider=None, retry_after_s=None, **values)
    for problem in MediaProblem:
        yield MediaError("in English", problem=problem)
    for name in LABELS:
        yield ConfigError(f"{name}: must be something else, got 'this'")
    for name in NUMBERS:
        yield ConfigError(ErrorText.NOT_A_WHOLE_NUMBER, setting=name, value="0.5")


def error_keys() -> set[str]:
    return {translated(error)["translation_key"] for error in all_errors()}


def steps_of(flow: type) -> set[str]:
    """Return the steps of a flow that this integration defines, also in a base class."""
    ours = [each for each in flow.__mro__ if each.__module__.startswith("custom_components.")]
    names = {name for each in ours for name in vars(each)}
    return {name.removeprefix("async_step_") for name in names if "async_step_" in name}


def test_the_translations_are_those_of_strings_json() -> None:
    script = INTEGRATION.parent.parent / "script" / "translations"

    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.returncode) == ("", 0)
    plain = {key: text for key, text in texts_of(SOURCE) if not text.startswith("[%key:")}
    assert plain.items() <= texts_in("en").items()


@pytest.fixture(scope="module")
def words_of_home_assistant() -> dict[str, dict[str, Counter[str]]]:
    """Count how Home Assistant's own integrations translate the common texts that we refer to.

    The keys are the reference, such as ``[%key:common::...%]``, and the language.
    """
    wanted = {text for _, text in texts_of(SOURCE) if text.startswith("[%key:common::")}
    found: dict[str, dict[str, Counter[str]]] = {
        reference: {language: Counter() for language in ["en", *LANGUAGES]} for reference in wanted
    }
    for strings in Path(components.__path__[0]).glob("*/strings.json"):
        uses = [(key, text) for key, text in texts_of(json.loads(strings.read_text()))]
        uses = [(key, text) for key, text in uses if text in wanted]
        for language in ["en", *LANGUAGES] if uses else []:
            path = strings.parent / "translations" / f"{language}.json"
            texts = dict(texts_of(json.loads(path.read_text()))) if path.exists() else {}
            for key, reference in uses:
                if key in texts:
                    found[reference][language][texts[key]] += 1
    return found


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_common_texts_are_home_assistants_own_words(
    language: str, words_of_home_assistant: dict[str, dict[str, Counter[str]]]
) -> None:
    own = texts_in(language)
    common = [(key, text) for key, text in texts_of(SOURCE) if text.startswith("[%key:common::")]

    assert len({reference for _, reference in common}) >= 6
    for key, reference in common:
        ((usual, _),) = words_of_home_assistant[reference][language].most_common(1)
        assert own[key] == usual, key


def test_a_text_that_home_assistant_has_is_a_reference_to_it() -> None:
    strings = Path(components.__path__[0]).parent / "strings.json"
    common = {text for _, text in texts_of(json.loads(strings.read_text())["common"])}

    assert [(key, text) for key, text in texts_of(SOURCE) if text in common] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_keys_of_the_english_texts_and_no_others(language: str) -> None:
    assert list(texts_in(language)) == list(texts_in("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_the_english_text(language: str) -> None:
    wrong = [
        key
        for key, text, english in with_english(language)
        if placeholders(text) != placeholders(english)
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_left_in_english(language: str) -> None:
    same = [(key, text) for key, text, english in with_english(language) if text == english]
    left = [key for key, text in same if len(text.split()) > 2]

    assert left == []


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.parametrize("what", REJECTED)
def test_no_text_contains_what_home_assistant_rejects(language: str, what: str) -> None:
    wrong = [key for key, text in texts_in(language).items() if REJECTED[what].search(text)]

    assert wrong == []


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.parametrize("category", ["config", "config_subentries", "issues", "services"])
async def test_home_assistant_loads_all_texts_of_a_language(
    language: str, category: str, hass: HomeAssistant
) -> None:
    texts = await async_get_translations(hass, language, category, ["wyoming_bridge"])
    own = {key: text for key, text in texts_in(language).items() if key.startswith(f"{category}.")}

    assert texts == {f"component.wyoming_bridge.{key}": text for key, text in own.items()}


def test_each_step_with_a_form_or_menu_has_texts() -> None:
    silent = {"zeroconf", "hassio", "reauth"}  # these continue with another step

    assert set(FLOW["step"]) == steps_of(WyomingBridgeConfigFlow) - silent
    assert set(SUBENTRY["step"]) == steps_of(SpeechToTextFlow)


def test_each_error_has_a_text_wherever_it_can_occur() -> None:
    own = "".join(each.read_text() for each in INTEGRATION.glob("*.py"))
    raised = set(re.findall(r' invalid\(\s*"(\w+)"', own)) | {"recordings_unusable"}

    assert len(raised) > 12
    entered = {"required", "language_unknown", "protocol_without_language", "profile_late"}
    of_accounts = {"already_configured", "certificate_without_ssl"}
    assert set(FLOW["error"]) == error_keys() | entered | of_accounts
    assert set(SUBENTRY["abort"]) == error_keys()
    of_entities = {"fallback_language_unknown", "other_language_unknown"}
    assert set(SUBENTRY["error"]) == error_keys() | entered | of_entities
    assert set(ENGLISH["exceptions"]) == error_keys() | raised


def test_the_text_of_an_error_contains_only_values_that_the_error_has() -> None:
    for error in all_errors():
        translation = translated(error)
        text = ENGLISH["exceptions"][translation["translation_key"]]["message"]
        missing = set(re.findall(r"\{(\w+)\}", text)) - set(translation["translation_placeholders"])
        assert not missing, text


def test_each_text_about_a_recording_that_is_not_available_names_its_address() -> None:
    problems = set(MediaProblem) - {MediaProblem.BUSY}  # which no address has caused
    texts = [ENGLISH["exceptions"][f"media_{each}"]["message"] for each in problems]

    assert [text for text in texts if "{place}" not in text] == []


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.parametrize("place", ["config.error", "config_subentries.stt.error"])
def test_an_error_names_its_setting_by_the_label_of_the_field(language: str, place: str) -> None:
    texts = texts_in(language)

    for name, label in LABELS.items():
        text = texts[f"{place}.invalid_setting_{name}"]
        assert texts[label] in text
        assert name not in text.split()
        assert "{setting}" not in text
    for name in NUMBERS:
        text = texts[f"{place}.not_a_whole_number_{name}"]
        assert texts[LABELS[name]] in text
        assert "{value}" in text


def test_the_english_message_of_an_error_is_in_no_translation() -> None:
    for error in all_errors():
        values = translated(error)["translation_placeholders"].values()
        # ``SERVICE_SAYS`` only quotes the service, in the language of the service.
        assert error.message not in values or error.text is ErrorText.SERVICE_SAYS
        assert all(len(value.split()) <= 1 for value in values)
    for language in ["en", *LANGUAGES]:
        assert not [key for key, text in texts_in(language).items() if "{error}" in text]


def test_each_way_to_end_a_flow_has_a_text() -> None:
    reasons = set(re.findall(r'reason="(\w+)"', source("config_flow") + source("account_flow")))

    assert {"wrong_server", "already_configured"} <= reasons
    assert set(FLOW["abort"]) == reasons  # Home Assistant has the texts of all other reasons


def test_each_issue_has_texts_with_its_placeholders() -> None:
    failures = [
        failure_of(kind("in English"), remote=remote)
        for kind in errors_below(BridgeError)
        for remote in (True, False)
    ]
    expected = {each.key: {"{account}", "{entity}", "{answer}"} for each in failures if each.repair}
    expected[ISSUE_TOO_OLD] = {"{account}", "{version}", "{needed}"}
    expected[ISSUE_PROFILE_GONE] = {"{account}", "{entity}", "{profile}"}
    expected[ISSUE_PROFILE_GONE] |= {"{code}", "{fallback}", "{seconds}"}  # of its dialog
    expected[ISSUE_SETTING_INVALID] = {"{account}", "{entity}"}
    expected[ISSUE_FALLBACK_GONE] = {"{entity}"}
    expected[ISSUE_FALLBACK_UNSUITABLE] = {"{entity}", "{fallback}"}
    recordings = {"{entity}", "{keep}", "{days}", "{folder}"}
    expected[ISSUE_RECORDING] = recordings | {"{code}", "{path}", "{reason}"}
    expected[ISSUE_RECORDING_FAILED] = {"{entity}", "{folder}", "{reason}"}
    moved = {"{account}", "{old}", "{new}"}
    expected |= {ISSUE_MOVED: moved, ISSUE_MOVED_UNPROVEN: moved}
    used = {
        name: set(placeholders(" ".join(text for _, text in texts_of(issue))))
        for name, issue in ENGLISH["issues"].items()
    }

    assert used == expected


def test_each_issue_that_can_be_fixed_has_the_texts_of_its_dialog() -> None:
    fixable = {
        name: issue["fix_flow"] for name, issue in ENGLISH["issues"].items() if "fix_flow" in issue
    }
    missing = fixable.pop(ISSUE_PROFILE_GONE)
    recording = fixable.pop(ISSUE_RECORDING)
    failed = fixable.pop(ISSUE_RECORDING_FAILED)

    assert set(fixable) == {ISSUE_MOVED, ISSUE_MOVED_UNPROVEN}
    for flow in fixable.values():
        assert set(flow["step"]) == steps_of(MovedBridgeFlow) - {"init"}
        assert set(flow["abort"]) == {"account_removed"}
    assert set(missing["step"]) == steps_of(MissingProfileFlow)
    assert set(missing["step"]["init"]["menu_options"]) == set(missing["step"]) - {"init"}
    assert set(recording["step"]) == {"init"}  # no choice of the menu leads to another form
    assert set(missing["error"]) == {"profile_late", "profile_fails"}
    assert {"init", *recording["step"]["init"]["menu_options"]} == steps_of(RecordingFlow)
    assert set(failed["step"]) == {"confirm"}
    paths = {text.key for text in ErrorText if text.name.startswith(("DISK_", "PATH_"))}
    assert {*missing["abort"], *recording["abort"]} == {
        *re.findall(r'reason="(\w+)"', source("repairs")),
        *paths,
        "recordings_unusable",
    }


def test_each_entity_has_a_name_and_an_icon() -> None:
    expected = {
        "event": set(re.findall(r'_attr_translation_key = "(\w+)"', source("event"))),
        "sensor": {each.translation_key for each in sensor.SENSORS},
        "switch": set(re.findall(r'_attr_translation_key = "(\w+)"', source("switch"))),
    }
    event = ENGLISH["entity"]["event"]["transcript"]["state_attributes"]

    assert {domain: set(names) for domain, names in ENGLISH["entity"].items()} == expected
    assert {domain: set(names) for domain, names in ICONS["entity"].items()} == expected
    assert all(icon.startswith("mdi:") for _, icon in texts_of(ICONS))
    assert set(event["event_type"]["state"]) == set(TranscriptKind)
    assert set(event) == {"event_type", *re.findall(r'"(\w+)": transcript', source("event"))}


def test_each_action_has_an_icon_and_texts_for_its_fields() -> None:
    texts = ENGLISH["services"]

    schemas = {
        actions.ACTION_TRANSCRIBE: actions.SCHEMA,
        recording_actions.ACTION_REPLAY: recording_actions.SCHEMA,
        recording_actions.ACTION_DELETE: recording_actions.SCHEMA,
        recording_exports.ACTION_LIST: recording_exports.LIST_SCHEMA,
        recording_exports.ACTION_EXPORT: recording_exports.EXPORT_SCHEMA,
    }

    assert set(SERVICES) == set(texts) == set(ICONS["services"]) == set(schemas)
    for action, schema in schemas.items():
        fields = texts[action].get("fields", {})
        assert list(SERVICES[action].get("fields", {})) == list(fields)
        assert set(map(str, schema)) == set(fields)
    choose = SERVICES["transcribe"]["fields"]["source"]["selector"]["choose"]
    assert set(ENGLISH["selector"][choose["translation_key"]]["choices"]) == set(choose["choices"])
    assert selector({"choose": choose})({"active_choice": "file", "file": "/a.wav"}) == "/a.wav"


def test_each_service_has_a_line_in_the_system_health() -> None:
    own = set(re.findall(r'^        "(\w+)":', source("system_health"), re.MULTILINE))

    assert set(ENGLISH["system_health"]["info"]) == own | {
        f"can_reach_{name}" for name in PROVIDERS
    }
