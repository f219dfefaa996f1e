"""The import contracts in ``pyproject.toml`` list the modules that they are about."""

import tomllib
from pathlib import Path

from wyoming_bridge.providers.registry import ProviderName

ROOT = Path(__file__).parent.parent.parent

IMPURE = {"deadline_timer", "execution", "interpreting", "updates", "utterance"}
"""The modules of the transcriber that use asyncio."""

USES_WEBSOCKETS = {"websocket_connection", "websocket_connector", "websocket_transport"}
"""The modules of the session that use the websockets library."""


def contract(name: str) -> dict[str, object]:
    """Return the contract whose name begins with a text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    return next(each for each in contracts if each["name"].startswith(name))


def test_the_pure_core_has_all_modules_of_the_transcriber_except_those_that_do_io() -> None:
    names = {path.stem for path in (ROOT / "wyoming_bridge" / "transcriber").glob("*.py")}
    pure = names - IMPURE - {"__init__"}

    listed = {each for each in contract("The pure core")["source_modules"] if "transcriber" in each}

    assert listed == {f"wyoming_bridge.transcriber.{name}" for name in pure}


def test_no_other_module_of_the_session_may_import_websockets() -> None:
    names = {path.stem for path in (ROOT / "wyoming_bridge" / "session").glob("*.py")}
    others = names - USES_WEBSOCKETS - {"__init__"}

    contract_of_websockets = contract("Only the modules session.websocket")["source_modules"]
    listed = {each for each in contract_of_websockets if "session" in each}

    assert listed == {f"wyoming_bridge.session.{name}" for name in others}


def test_the_contract_of_the_providers_has_every_provider() -> None:
    listed = contract("No provider imports another")["modules"]

    assert listed == [f"wyoming_bridge.providers.{name}" for name in sorted(ProviderName)]
