"""The documentation says what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import wyoming_bridge
from wyoming_bridge.config.reference import reference

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "bench").glob("*.md")])


def test_the_generated_parts_are_up_to_date() -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(ROOT / "script" / "docs"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_pages_have_every_group_of_keys() -> None:
    pages = [(ROOT / "docs" / name).read_text() for name in ("configuration.md", "local-server.md")]

    assert all(any(table in page for page in pages) for table in reference().values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_module_says_what_it_is_for() -> None:
    modules = (ROOT / "wyoming_bridge").rglob("*.py")

    assert [m.name for m in modules if not m.read_text().lstrip("#! ").startswith('"""')] == []


def test_no_module_is_too_long_to_read() -> None:
    modules = (ROOT / "wyoming_bridge").rglob("*.py")

    assert [m.name for m in modules if len(m.read_text().splitlines()) > 400] == []


def test_the_public_names_are_these() -> None:
    assert wyoming_bridge.__all__ == [
        "PROVIDERS",
        "VERSION",
        "Address",
        "AudioFormat",
        "AuthenticationError",
        "Backends",
        "BridgeApp",
        "BridgeError",
        "Capabilities",
        "Config",
        "ConfigError",
        "ConnectError",
        "Connector",
        "ElevenLabsSettings",
        "Encoding",
        "Limits",
        "LocalBackend",
        "LocalError",
        "Option",
        "Profile",
        "Provider",
        "ProviderName",
        "QuotaError",
        "RateLimitedError",
        "RemoteError",
        "Reson8Settings",
        "Result",
        "Revision",
        "ScriptixSettings",
        "Settings",
        "TermsError",
        "Timing",
        "Utterance",
        "WebsocketConnector",
        "Word",
        "load_config",
        "options_of",
        "transcribe",
    ]
    assert all(hasattr(wyoming_bridge, name) for name in wyoming_bridge.__all__)
