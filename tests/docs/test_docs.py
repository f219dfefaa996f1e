"""The documentation agrees with the code."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

import wyoming_bridge
from links import REPOSITORY, ROOT, anchors_of, broken_links
from wyoming_bridge.capabilities import Capabilities
from wyoming_bridge.config.reference import reference
from wyoming_bridge.events import State
from wyoming_bridge.providers.registry import PROVIDERS

pytestmark = pytest.mark.once

CLAIMS = [field.name for field in fields(Capabilities)]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(
            page
            for name in ("app", "bench", "docs", "samples")
            for page in (ROOT / name).rglob("*.md")
        ),
    ]
)


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def evidence(name: str) -> dict[str, dict[str, str]]:
    """Return the sources of the claims about a service."""
    found: dict[str, dict[str, str]] = yaml.safe_load(
        (ROOT / "docs" / "evidence" / f"{name}.yaml").read_text()
    )
    return found


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


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_claim_about_a_provider_has_a_source(name: str) -> None:
    sources = evidence(name)

    assert list(sources) == CLAIMS
    assert all(source["where"] for source in sources.values())


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("name", PROVIDERS)
def test_the_page_has_a_row_for_every_claim_with_its_source(name: str, claim: str) -> None:
    page = (ROOT / "docs" / "providers.md").read_text()
    table = page.partition(f"<!-- generated: claims_{name} -->")[2].partition("<!-- end -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    title = claim.removesuffix("_ms").replace("_", " ")
    source = evidence(name)[claim]

    (row,) = [row for row in rows if row and row[0] == title]
    assert row[1]
    assert row[2:] == [source["evidence"], source["where"]]


def test_the_page_has_different_words_for_no_limit_and_for_what_a_service_cannot_do() -> None:
    page = (ROOT / "docs" / "providers.md").read_text()
    table = page.partition("<!-- generated: capabilities -->")[2].partition("<!-- end -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-2]] for line in table.splitlines()]
    shown = {row[0]: dict(zip(PROVIDERS, row[1:], strict=True)) for row in rows if row[1:]}

    for name, provider in PROVIDERS.items():
        can = provider.capabilities
        terms, characters = shown["bias terms"][name], shown["bias characters"][name]
        assert terms == (str(can.bias_terms) if can.bias_terms else "none")
        assert (characters == "no terms") == (can.bias_terms == 0)
        assert (characters == "no limit known") == (
            can.bias_terms > 0 and can.bias_characters is None
        )


def test_the_page_explains_every_state_and_every_kind_of_evidence() -> None:
    page = (ROOT / "docs" / "providers.md").read_text()
    kinds = {source["evidence"] for name in PROVIDERS for source in evidence(name).values()}

    assert [each for each in (*State, *kinds) if f"\n| `{each}` | " not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    assert broken_links(page) == []


def test_headings_have_the_anchors_of_github() -> None:
    text = (
        "# Home Assistant OS: the app\n\n"
        "## `speculate_ms`, and *Save* ([why](adr/1.md))\n"
        "## The house\n"
        "## The house\n"
        "```sh\n# no heading\n```\n"
    )

    assert anchors_of(text) == {
        "home-assistant-os-the-app",
        "speculate_ms-and-save-why",
        "the-house",
        "the-house-1",
    }


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Here\n")
    page = tmp_path / "page.md"
    right = [
        "other.md",
        "other.md#here",
        "#own",
        "https://example.com/#x",
        f"{REPOSITORY}README.md",
    ]
    wrong = ["none.md", "other.md#there", "#other", f"{REPOSITORY}README.md#none", "none.md#here"]
    page.write_text("# Own\n" + "".join(f"[x]({link})\n" for link in (*right, *wrong)))

    assert broken_links(page) == wrong


def test_the_glossary_has_at_most_30_entries() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text()
    entries = re.findall(r"^\| (?!word \||---)", page, re.MULTILINE)

    assert 0 < len(entries) <= 30


def test_every_picture_of_home_assistant_is_on_a_page_in_both_languages() -> None:
    folder = ROOT / "docs" / "images" / "home-assistant"
    pictures = {str(each.relative_to(ROOT / "docs")) for each in folder.rglob("*.png")}
    shown = {
        link
        for page in PAGES
        for link in re.findall(r"\]\((images/home-assistant/[^)]+)", page.read_text())
    }

    assert shown == pictures
    assert {each.replace("/en/", "/de/") for each in pictures if "/en/" in each} == {
        each for each in pictures if "/de/" in each
    }


def test_every_module_has_a_docstring() -> None:
    modules = (ROOT / "wyoming_bridge").rglob("*.py")

    assert [m.name for m in modules if not m.read_text().lstrip("#! ").startswith('"""')] == []


def test_no_module_has_more_than_400_lines() -> None:
    modules = (ROOT / "wyoming_bridge").rglob("*.py")

    assert [m.name for m in modules if len(m.read_text().splitlines()) > 400] == []


def test_the_public_names_are_pinned() -> None:
    assert wyoming_bridge.__all__ == [
        "DEFAULT_ADDRESS",
        "PCM_16K_MONO",
        "PROVIDERS",
        "RECORDING",
        "VERSION",
        "Access",
        "AccessError",
        "Address",
        "Area",
        "AudioFormat",
        "AudioFormatError",
        "AuthenticationError",
        "Backends",
        "BridgeApp",
        "BridgeError",
        "BridgeInfo",
        "BridgeProfile",
        "BudgetError",
        "Capabilities",
        "CheckOutcome",
        "Completeness",
        "Config",
        "ConfigError",
        "ConnectError",
        "ConnectPolicy",
        "ConnectTimeoutError",
        "ConnectionLostError",
        "Connector",
        "ElevenLabsSettings",
        "Encoding",
        "Ending",
        "Endpoint",
        "EndpointSource",
        "Endpointing",
        "ErrorText",
        "FinalTimeoutError",
        "Floor",
        "House",
        "HouseEntity",
        "HttpAnswer",
        "HttpRequest",
        "JsonFields",
        "Kept",
        "Limits",
        "LocalBackend",
        "LocalError",
        "MediaError",
        "MediaProblem",
        "NotListedError",
        "Observe",
        "OpenAISettings",
        "Option",
        "PagePlace",
        "Profile",
        "ProfileCapabilities",
        "ProtocolViolationError",
        "Provider",
        "ProviderName",
        "QuotaError",
        "RateLimitedError",
        "Recorder",
        "RecorderSettings",
        "Recording",
        "Registries",
        "RemoteError",
        "RepairMode",
        "RequestError",
        "RequestOptions",
        "Reson8Settings",
        "Result",
        "Revision",
        "ScriptixSettings",
        "ServiceError",
        "ServiceRequestError",
        "SessionStarted",
        "Settings",
        "SilenceRule",
        "StartingError",
        "StateError",
        "Step",
        "StepName",
        "Store",
        "TermsError",
        "TextStyle",
        "Timing",
        "UnprovenError",
        "Utterance",
        "Via",
        "WebsocketConnector",
        "Word",
        "check",
        "decoded",
        "describe",
        "engine_languages",
        "export",
        "house_of",
        "is_loopback",
        "is_same_language",
        "likely_names",
        "load_config",
        "new_client",
        "new_utterance_id",
        "options_of",
        "own_skip_words",
        "probe",
        "self_contained",
        "stream_audio",
        "tls_context",
        "transcribe",
        "try_profile",
        "verify",
        "with_regions",
    ]
    assert all(hasattr(wyoming_bridge, name) for name in wyoming_bridge.__all__)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_the_rows_of_tables_are_whole_lines(page: Path) -> None:
    rows = [line for line in page.read_text().splitlines() if line.startswith("|")]

    assert [row for row in rows if not row.rstrip().endswith("|")] == []
