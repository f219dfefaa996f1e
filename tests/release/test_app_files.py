"""The files of the Home Assistant app, as the Supervisor reads them.

The rules are those of ``docs/apps`` in Home Assistant's developer documentation of August 2026, and
of ``supervisor/apps/validate.py``, ``options.py`` and ``store/data.py`` of Supervisor 2026.08.
"""

import json
import re
import stat
import struct
import subprocess
from pathlib import Path

import pytest
import voluptuous as vol
import yaml

from git_files import git_files
from links import REPOSITORY, broken_links, links_of
from wyoming_bridge.app.recordings import new_store
from wyoming_bridge.cli.parser import new_parser
from wyoming_bridge.config import LOCAL, Config
from wyoming_bridge.config.app_options import APP_ADDRESS, APP_PAGE, AppOptions
from wyoming_bridge.home.discovery_query import CORE_INTEGRATION, OWN_INTEGRATION
from wyoming_bridge.options import options_of
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.version import VERSION

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent
APP = ROOT / "app"
ROOTFS = APP / "rootfs"
SERVICE = ROOTFS / "etc" / "s6-overlay" / "s6-rc.d" / "wyoming-bridge"
SCRIPTS = [SERVICE / "run", SERVICE / "finish"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (APP / "Dockerfile").read_text())
LANGUAGES = ("de", "en", "fr", "nl")
CONFIG = yaml.safe_load((APP / "config.yaml").read_text())

ELEMENT = (
    r"(?:bool|email|url|port|device|str|password|int|float"
    r"|(?:str|password)\(\d*,\d*\)|int\(-?\d*,-?\d*\)|match\(.+\)|list\(.+\))\??"
)
"""The types that an option of an app can have."""

SCHEMA = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Required("version"): vol.Match(r"\d+\.\d+\.\d+\Z"),
        vol.Required("slug"): vol.Match(r"[-_.A-Za-z0-9]+\Z"),
        vol.Required("description"): vol.All(str, vol.Length(max=100)),
        vol.Required("arch"): [vol.In(["aarch64", "amd64"])],
        "url": vol.Url(),
        "stage": vol.In(["stable", "experimental", "deprecated"]),
        "image": vol.Match(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)+\Z"),
        "init": bool,
        "timeout": vol.All(int, vol.Range(min=10, max=300)),
        "homeassistant": vol.Match(r"20\d\d\.\d+\.\d+\Z"),
        "homeassistant_api": bool,
        "discovery": [str],
        "map": [{vol.Required("type"): vol.In(["app_config"]), "read_only": bool}],
        "ingress": bool,
        "ingress_port": vol.All(int, vol.Range(min=1, max=65535)),
        "panel_icon": vol.Match(r"mdi:[a-z0-9-]+\Z"),
        "panel_title": str,
        "panel_admin": bool,
        "backup_exclude": [str],
        "ports": {vol.Match(r"\d+/(?:tcp|udp)\Z"): vol.Maybe(int)},
        "options": {str: vol.Any(str, bool)},
        "schema": {str: vol.Match(rf"{ELEMENT}\Z")},
    }
)
"""The keys that the app uses. The Supervisor ignores an unknown key, and reports no error."""

TRANSLATION = vol.Schema(
    {
        vol.Required("configuration"): {
            str: {vol.Required("name"): str, vol.Required("description"): str}
        },
        vol.Required("network"): {str: str},
    }
)


def translation(language: str) -> dict:
    return yaml.safe_load((APP / "translations" / f"{language}.yaml").read_text())


def choices(option: str) -> list[str]:
    return re.fullmatch(r"list\((.+)\)\??", CONFIG["schema"][option])[1].split("|")


def declared_choices(option: str) -> tuple[str, ...]:
    return dict(options_of(AppOptions))[option].choices


def test_the_configuration_has_only_known_keys_with_valid_values() -> None:
    assert SCHEMA(CONFIG) == CONFIG
    assert set(
        vol.Schema({vol.Required("name"): str, "url": vol.Url(), "maintainer": str})(
            yaml.safe_load((ROOT / "repository.yaml").read_text())
        )
    ) == {"name", "url", "maintainer"}


def test_the_app_cannot_change_its_configuration() -> None:
    assert CONFIG["map"] == [{"type": "app_config", "read_only": True}]


def test_the_repository_has_one_app() -> None:
    """The Supervisor treats each folder with a ``config.yaml`` or ``config.json`` as an app.

    It ignores hidden folders and ``rootfs``.
    """
    found = [
        name
        for name in git_files()
        if re.search(r"(?:\A|/)config\.(?:json|ya?ml)\Z", name)
        and not any(part.startswith(".") or part == "rootfs" for part in name.split("/"))
    ]

    assert found == ["app/config.yaml"]


def test_the_versions_are_those_of_the_package_and_of_the_integration() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text())

    assert CONFIG["version"] == VERSION
    assert CONFIG["homeassistant"] == hacs["homeassistant"]


def test_the_form_has_the_options_that_the_app_reads() -> None:
    names = [name for name, _ in options_of(AppOptions)]

    assert list(CONFIG["schema"]) == names
    assert choices("provider") == list(declared_choices("provider")) == [LOCAL, *ProviderName]
    assert choices("log_level") == list(declared_choices("log_level"))


@pytest.mark.parametrize("name", CONFIG["schema"])
def test_a_default_is_valid_and_no_option_must_be_filled(name: str) -> None:
    kind, default = CONFIG["schema"][name], CONFIG["options"].get(name)
    pattern = re.fullmatch(r"match\((.+)\)\??", kind)

    assert kind.endswith("?") or default is not None
    assert isinstance(default, bool) == kind.startswith("bool")
    assert default is None or not pattern or re.match(pattern[1], default)
    assert default is None or not kind.startswith("list(") or default in choices(name)


@pytest.mark.parametrize(
    ("language", "is_valid"),
    [("", True), ("nl", True), ("nl-BE", True), ("nl_BE", True), ("Dutch!", False), ("n", False)],
)
def test_the_form_refuses_a_text_that_is_not_a_language(language: str, *, is_valid: bool) -> None:
    pattern = re.fullmatch(r"match\((.+)\)\??", CONFIG["schema"]["language"])[1]

    assert bool(re.match(pattern, language)) is is_valid


def test_the_app_may_announce_itself_to_both_integrations() -> None:
    assert set(CONFIG["discovery"]) == {CORE_INTEGRATION, OWN_INTEGRATION}
    assert CONFIG["homeassistant_api"] is True
    assert list(CONFIG["ports"]) == [f"{APP_ADDRESS.port}/tcp"]


def test_home_assistant_shows_the_page_where_the_app_has_it() -> None:
    assert CONFIG["ingress"] is True
    assert CONFIG["ingress_port"] == APP_PAGE.port
    assert f"{APP_PAGE.port}/tcp" not in CONFIG["ports"]
    assert CONFIG["panel_admin"] is True


def test_a_backup_has_no_recordings_but_the_rest_of_the_state() -> None:
    """The Supervisor matches the whole path of each file and folder (see its ``apps/app.py``)."""
    state = re.search(r"STATE_DIRECTORY=/data/(\S+)", DOCKERFILE)[1]
    folder = new_store(
        Config(state=Path(f"/supervisor/apps/data/local_wyoming_bridge/{state}"))
    ).folder

    def is_left_out(path: Path) -> bool:
        return any(path.match(pattern) for pattern in CONFIG["backup_exclude"])

    assert is_left_out(folder)
    assert not is_left_out(folder.parent)
    assert not is_left_out(folder.parent / "bridge-id")


def test_every_language_has_every_text() -> None:
    files = [path.name for path in sorted((APP / "translations").iterdir())]

    assert files == [f"{language}.yaml" for language in LANGUAGES]
    for language in LANGUAGES:
        texts = TRANSLATION(translation(language))
        assert list(texts["configuration"]) == list(CONFIG["schema"])
        assert list(texts["network"]) == list(CONFIG["ports"])


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_a_translation_is_in_its_language(language: str) -> None:
    english = translation("en")["configuration"]
    other = translation(language)["configuration"]

    same = [name for name in other if other[name]["description"] == english[name]["description"]]
    assert same == []


def test_the_pages_of_the_store_exist_and_there_is_one_changelog() -> None:
    assert (APP / "CHANGELOG.md").resolve() == ROOT / "CHANGELOG.md"
    assert all((APP / name).read_text().strip() for name in ("DOCS.md", "README.md"))


@pytest.mark.parametrize("page", ["DOCS.md", "README.md"])
def test_the_links_of_a_page_lead_out_of_the_store_to_pages_that_exist(page: str) -> None:
    """The store shows only this page, so a relative link leads nowhere."""
    assert all(link.startswith(REPOSITORY) for link in links_of(APP / page))
    assert broken_links(APP / page) == []


def test_the_documentation_names_every_option() -> None:
    page = (APP / "DOCS.md").read_text()
    names = [texts["name"] for texts in translation("en")["configuration"].values()]

    assert [name for name in names if f"\n| {name} |" not in page] == []


@pytest.mark.parametrize(("name", "height"), [("icon.png", 128), ("logo.png", 100)])
def test_the_images_have_the_sizes_of_the_store(name: str, height: int) -> None:
    png = (APP / name).read_bytes()

    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24])[1] == height


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_of_the_service_is_valid_and_executable(script: Path) -> None:
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, check=False)  # noqa: S603, S607 - our own script, the system's shell

    assert (done.returncode, done.stderr) == (0, b"")
    assert script.stat().st_mode & stat.S_IXUSR


def test_s6_starts_the_service() -> None:
    bundle = ROOTFS / "etc" / "s6-overlay" / "s6-rc.d" / "user" / "contents.d"

    assert (SERVICE / "type").read_text() == "longrun\n"
    assert [path.name for path in (SERVICE / "dependencies.d").iterdir()] == ["base"]
    assert [path.name for path in bundle.iterdir()] == [SERVICE.name]


def test_the_command_lines_of_the_image_are_valid() -> None:
    (start,) = re.findall(
        r"^exec wyoming-bridge (.+)$", (SERVICE / "run").read_text(), re.MULTILINE
    )
    (check,) = re.findall(r"CMD wyoming-bridge (.+) \|\| exit 1$", DOCKERFILE, re.MULTILINE)
    user = re.search(r"useradd .* (\S+)$", DOCKERFILE, re.MULTILINE)[1]
    app = new_parser().parse_args(start.split())
    health = new_parser().parse_args(check.split())

    assert (app.command, app.user) == ("app", user)
    assert (health.command, health.app_options) == ("health", app.options)


def test_the_image_is_built_of_the_files_that_it_copies() -> None:
    copied = {
        name
        for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    }
    ignored, *let_in = [
        line
        for line in (APP / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith(("*", "!")) and line != "**/__pycache__"
    ]

    assert ignored == "*"
    assert {line.removeprefix("!") for line in let_in} == copied
    assert {name for name in copied if not (ROOT / name).exists()} == set()


def test_the_image_has_the_labels_that_the_supervisor_reads() -> None:
    labels = dict(re.findall(r'(io\.hass\.\w+)="([^"]+)"', DOCKERFILE))

    assert labels == {
        "io.hass.type": "app",
        "io.hass.version": "${BUILD_VERSION}",
        "io.hass.arch": "|".join(CONFIG["arch"]),
    }


def test_the_release_pushes_the_image_that_the_app_names() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    (push,) = [step["with"] for step in release["jobs"]["app"]["steps"] if step.get("id") == "push"]
    image = push["tags"].replace("${{ github.repository }}", "wyoming-bridge/wyoming-bridge")

    assert push["file"] == "app/Dockerfile"
    assert image == f"${{{{ vars.IMAGE_REGISTRY }}}}/{CONFIG['image']}:${{{{ github.ref_name }}}}"
    assert sorted(re.findall(r"^ARG (\w+)$", DOCKERFILE, re.MULTILINE)) == sorted(
        line.partition("=")[0] for line in push["build-args"].splitlines()
    )
