"""Each rule of Home Assistant's quality scale is done, or exempt with a reason."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from homeassistant.util.yaml import load_yaml_dict

from custom_components.wyoming_bridge.const import PLATFORMS
from texts import INTEGRATION

ROOT = INTEGRATION.parent.parent
DOCS = "docs/home-assistant.md"
OURS = "custom_components/wyoming_bridge"
TESTS = "tests/hass"

RULES = {
    "bronze": """
        action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage
        dependency-transparency docs-actions docs-conditions docs-high-level-description
        docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup
        entity-unique-id has-entity-name runtime-data test-before-configure test-before-setup
        unique-config-entry
    """,
    "silver": """
        action-exceptions config-entry-unloading docs-configuration-parameters
        docs-installation-parameters entity-unavailable integration-owner log-when-unavailable
        parallel-updates reauthentication-flow test-coverage
    """,
    "gold": """
        devices diagnostics discovery discovery-update-info docs-data-update docs-examples
        docs-known-limitations docs-supported-devices docs-supported-functions docs-troubleshooting
        docs-use-cases dynamic-devices entity-category entity-device-class
        entity-disabled-by-default entity-translations exception-translations icon-translations
        reconfiguration-flow repair-issues stale-devices
    """,
    "platinum": "async-dependency inject-websession strict-typing",
}


EVIDENCE = {
    "action-setup": (f"{OURS}/__init__.py", r"def async_setup\((.|\n)*async_setup_actions\(hass\)"),
    "appropriate-polling": (
        f"{OURS}/coordinator.py",
        r"_BRIDGE_INTERVAL: Final = timedelta(.|\n)*LANGUAGES_INTERVAL: Final = timedelta",
    ),
    "brands": (f"{OURS}/brand/icon.png", r"PNG"),
    "common-modules": (f"{OURS}/entity.py", r"class SubentryEntity\(CoordinatorEntity\["),
    "config-flow": (f"{OURS}/manifest.json", r'"config_flow": true'),
    "config-flow-test-coverage": (f"{TESTS}/flow_table/test_texts.py", r"def test_"),
    "dependency-transparency": ("docs/adr/0004-dependencies.md", r"pymicro-vad"),
    "docs-actions": (DOCS, r"## The action\n(.|\n)*`wyoming_bridge.delete_recordings`"),
    "docs-high-level-description": (DOCS, r"## What it works with"),
    "docs-installation-instructions": (DOCS, r"## Installation\n"),
    "docs-removal-instructions": (DOCS, r"## Removing it"),
    "entity-event-setup": (f"{OURS}/event.py", r"async_added_to_hass\((.|\n)*async_on_remove"),
    "entity-unique-id": (f"{OURS}/stt.py", r"_attr_unique_id = "),
    "has-entity-name": (f"{OURS}/entity.py", r"_attr_has_entity_name = True"),
    "runtime-data": (f"{OURS}/__init__.py", r"entry\.runtime_data = coordinator"),
    "test-before-configure": (
        f"{OURS}/account_flow.py",
        r"await async_check_(account|profile)\((.|\n)*await async_check_(account|profile)\(",
    ),
    "test-before-setup": (f"{OURS}/__init__.py", r"async_config_entry_first_refresh\(\)"),
    "unique-config-entry": (f"{OURS}/account_flow.py", r'AbortFlow\(reason="already_configured"\)'),
    "action-exceptions": (f"{OURS}/failures.py", r"ServiceValidationError if is_wrong"),
    "config-entry-unloading": (f"{OURS}/__init__.py", r"async def async_unload_entry\("),
    "docs-configuration-parameters": (DOCS, r"## Configuration parameters"),
    "docs-installation-parameters": (DOCS, r"### Installation parameters"),
    "entity-unavailable": (f"{OURS}/stt.py", r"def available\(self\)"),
    "integration-owner": (f"{OURS}/manifest.json", r'"codeowners": \["@'),
    "log-when-unavailable": (f"{OURS}/coordinator.py", r"raise UpdateFailed\("),
    "parallel-updates": (f"{OURS}/stt.py", r"PARALLEL_UPDATES = 0"),
    "reauthentication-flow": (f"{OURS}/config_flow.py", r"def async_step_reauth_confirm\("),
    "test-coverage": ("script/check", r"--cov-fail-under=9[5-9]"),
    "devices": (f"{OURS}/entity.py", r"DeviceInfo\("),
    "diagnostics": (f"{OURS}/diagnostics.py", r"def async_get_config_entry_diagnostics\("),
    "discovery": (f"{OURS}/manifest.json", r'"zeroconf": \['),
    "discovery-update-info": (f"{OURS}/config_flow.py", r"await async_follow\("),
    "docs-data-update": (DOCS, r"## How data is updated"),
    "docs-examples": (DOCS, r"## Examples"),
    "docs-known-limitations": (DOCS, r"## Known limitations"),
    "docs-supported-devices": (DOCS, r"## What it works with"),
    "docs-supported-functions": (DOCS, r"## Entities"),
    "docs-troubleshooting": (DOCS, r"## Troubleshooting"),
    "docs-use-cases": (DOCS, r"## What it is good for"),
    "entity-category": (f"{OURS}/sensor.py", r"EntityCategory\.DIAGNOSTIC"),
    "entity-device-class": (f"{OURS}/sensor.py", r"SensorDeviceClass\.DURATION"),
    "entity-disabled-by-default": (f"{OURS}/sensor.py", r"registry_enabled_default=False"),
    "entity-translations": (f"{OURS}/strings.json", r'"entity": \{'),
    "exception-translations": (f"{OURS}/strings.json", r'"exceptions": \{'),
    "icon-translations": (f"{OURS}/icons.json", r'"entity": \{'),
    "reconfiguration-flow": (f"{OURS}/config_flow.py", r"def async_step_reconfigure\("),
    "repair-issues": (f"{OURS}/issues.py", r"ir\.async_create_issue\("),
    "stale-devices": (f"{TESTS}/test_sensors.py", r"test_a_device_is_removed_with_its_entity"),
    "async-dependency": (f"{OURS}/realtime_service.py", r"await probe\("),
    "inject-websession": (f"{OURS}/connector.py", r"async_get_clientsession\(self\._hass\)"),
    "strict-typing": ("pyproject.toml", r"\[tool\.mypy\]\n(.*\n)*?strict = true"),
}
"""For each rule that is done, a file and a pattern that the file must contain."""


def rules() -> dict[str, object]:
    found: dict[str, object] = load_yaml_dict(INTEGRATION / "quality_scale.yaml")["rules"]
    return found


def test_each_rule_of_the_quality_scale_is_done_or_exempt_with_a_reason() -> None:
    found = rules()
    explained = [rule for rule in found.values() if isinstance(rule, dict)]

    assert list(found) == [rule for tier in RULES.values() for rule in tier.split()]
    assert len(found) == 54
    assert all(rule == "done" or rule in explained for rule in found.values())
    assert all(set(rule) == {"status", "comment"} for rule in explained)
    assert all(rule["status"] in {"done", "exempt"} for rule in explained)
    assert all(rule["comment"].strip() for rule in explained)


def _status(rule: object) -> object:
    return rule["status"] if isinstance(rule, dict) else rule


def test_each_rule_that_is_done_has_evidence() -> None:
    done = {name for name, rule in rules().items() if _status(rule) == "done"}

    assert set(EVIDENCE) == done


def test_all_http_requests_use_the_session_of_home_assistant() -> None:
    own = {each.name: each.read_text() for each in INTEGRATION.glob("*.py")}
    sessions = {name for name, text in own.items() if "async_get_clientsession(" in text}
    clients = re.compile(r"ClientSession\(|async_create_clientsession|\bhttpx\b|\brequests\b\.")

    assert sessions == {"connector.py", "audio_source.py"}
    assert not [name for name, text in own.items() if clients.search(text)]
    assert "ssl_context=get_default_context()" in own["connector.py"]


@pytest.mark.parametrize("rule", EVIDENCE)
def test_the_evidence_of_a_rule_exists(rule: str) -> None:
    name, pattern = EVIDENCE[rule]

    assert re.search(pattern, (ROOT / name).read_text("utf-8", errors="replace"))


def test_all_required_libraries_but_one_have_types() -> None:
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    names = [re.split(r"[<>=]", each)[0].replace("-", "_") for each in manifest["requirements"]]
    folders = {name: Path(next(iter(find_spec(name).submodule_search_locations))) for name in names}

    assert [name for name in names if not (folders[name] / "py.typed").exists()] == ["pymicro_vad"]


def test_each_platform_says_how_many_updates_may_run_at_once() -> None:
    texts = [(INTEGRATION / f"{name}.py").read_text() for name in PLATFORMS]

    assert all("\nPARALLEL_UPDATES = " in text for text in texts)


def test_the_owner_of_the_integration_is_the_owner_of_its_repository() -> None:
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    _, owner, repository, *_ = urlsplit(manifest["documentation"]).path.split("/")

    assert manifest["codeowners"] == [f"@{owner}"]
    assert urlsplit(manifest["issue_tracker"]).path == f"/{owner}/{repository}/issues"
