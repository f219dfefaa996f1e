"""Each rule of Home Assistant's quality scale is done, or exempt with a reason."""

from homeassistant.util.yaml import load_yaml_dict

from texts import INTEGRATION

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


def test_each_rule_of_the_quality_scale_is_done_or_exempt_with_a_reason() -> None:
    rules = load_yaml_dict(INTEGRATION / "quality_scale.yaml")["rules"]
    exempt = [rule for rule in rules.values() if rule != "done"]

    assert list(rules) == [rule for tier in RULES.values() for rule in tier.split()]
    assert len(rules) == 54
    assert all(set(rule) == {"status", "comment"} for rule in exempt)
    assert all(rule["status"] == "exempt" and rule["comment"].strip() for rule in exempt)
