"""A real Home Assistant process with a new configuration folder and an owner."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, override

import aiohttp

from hass_client import HassClient
from patience import PATIENCE_S
from programs import FRONTEND, WATCHED, Program, Started, free_port
from waiting import eventually

__all__ = ["ENVIRONMENT", "INTEGRATION", "PASSWORD", "USERNAME", "LiveHass"]

_ROOT: Final = Path(__file__).parent.parent.parent
ENVIRONMENT: Final = Path(os.environ.get("WYOMING_BRIDGE_HOME_ASSISTANT") or _ROOT / ".venv-hass")
"""The environment with Home Assistant. ``script/newest-home-assistant`` sets another one."""
INTEGRATION: Final = _ROOT / "custom_components" / "wyoming_bridge"

USERNAME: Final = "test"
PASSWORD: Final = "only for this test"
"""The owner's account."""

_CONFIGURATION: Final = """\
homeassistant:
  name: Test
  language: LANGUAGE
  allowlist_external_dirs: [MEDIA]
api:
config:
assist_pipeline:
media_source:
logger:
  default: warning
  logs:
    # Home Assistant logs installations at this level; the tests expect no installations.
    homeassistant.util.package: info
    # At debug level, Home Assistant's coordinator logs a traceback for each connection error.
    custom_components.wyoming_bridge: info
    custom_components.wyoming_bridge.bridge: debug
    homeassistant.components.wyoming: debug
"""

_LONG_AGO: Final = "2026-11-01T00:00:00+00:00"

_ONBOARDED: Final = ("core_config", "analytics", "integration")
"""The onboarding steps that are marked as done. They would add weather and radio stations, which
use the internet."""

_MARKETPLACE: Final = {
    "created_at": _LONG_AGO,
    "data": {},
    "disabled_by": "user",
    "discovery_keys": {},
    "domain": "marketplace",
    "entry_id": "01KTESTMARKETPLACE00000000",
    "minor_version": 1,
    "modified_at": _LONG_AGO,
    "options": {},
    "pref_disable_new_entities": False,
    "pref_disable_polling": False,
    "source": "system",
    "subentries": [],
    "title": "",
    "unique_id": None,
    "version": 1,
}
"""A disabled entry for the marketplace. Without it, Home Assistant would add an enabled entry,
which uses the internet."""

_UNWANTED: Final = re.compile(
    r"Detected blocking call|loop import:|Detected that custom integration|Attempting install of"
    r"|Error doing job|Task was destroyed|was never (?:awaited|retrieved)"
    # A frame of the integration in a traceback
    r'|File ".*/custom_components/'
)


class LiveHass(Started):
    """A Home Assistant process that runs during a ``with`` block.

    It uses only loopback: integrations that need the internet are disabled, and missing packages
    are not downloaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        integration: Path | None = None,
        helpers: Sequence[Path] = (),
        language: str = "en",
        has_owner: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """
        Args:
            folder: The configuration folder, which must not exist yet.
            integration: The folder of the integration, which is copied; None for no integration.
            helpers: Test integrations, which need no account.
            language: The language of the home.
            has_owner: Whether ``start`` creates the owner's account. If not, a person creates it on
                Home Assistant's onboarding pages, and the test then calls ``log_in``. The
                onboarding pages add weather, radio stations and a speech service, which use the
                internet. Their libraries are not installed, so none of them can start.
            env: Additional environment variables.
        """
        self._folder = folder
        self._language = language
        self._has_owner = has_owner
        self._helpers = helpers
        self._integrations = [*helpers, *([integration] if integration else [])]
        self._port = free_port()
        self._exits = AsyncExitStack()
        self._program = Program(
            str(ENVIRONMENT / "bin" / "hass"),
            "--config",
            str(folder),
            "--log-no-color",
            *(() if has_owner else ("--skip-pip",)),
            output=folder.with_name(f"{folder.name}.log"),
            cwd=folder.parent,  # in the project's folder, Home Assistant could import the project
            env={
                "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": os.pathsep.join((WATCHED, *FRONTEND)),
                "UV_OFFLINE": "1",
                "HA_DISABLE_LOG_FILE": "1",  # the console has the same lines
                "PYTHONDONTWRITEBYTECODE": "",  # as in a normal installation
                **(env or {}),
            },
        )
        self._client: HassClient | None = None

    @property
    def url(self) -> str:
        """The URL of the frontend and the API."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def client(self) -> HassClient:
        """A client with the owner's permissions.

        Raises:
            RuntimeError: Home Assistant is not running, or has no owner yet.
        """
        if self._client is None:
            raise RuntimeError("Home Assistant has not been started, or has no owner yet")
        return self._client

    @property
    def folder(self) -> Path:
        """The configuration folder."""
        return self._folder

    @property
    def media(self) -> Path:
        """The folder of the media files."""
        return self._folder / "media"

    @override
    async def start(self) -> None:
        """Create the folder, start Home Assistant, and create the owner if ``has_owner``."""
        self._make_folder()
        try:
            await self._exits.enter_async_context(self._program)
            await self._wait_until_ready()
            if self._has_owner:
                await self._create_owner()
        except BaseException:
            await self._exits.aclose()
            raise

    @override
    async def stop(self) -> None:
        """Stop Home Assistant; calling this twice is allowed."""
        await self._exits.aclose()

    async def restart(self) -> None:
        """Restart Home Assistant with its stored data."""
        await self._program.stop()
        await self.start_again()

    async def terminate(self) -> None:
        """Ask Home Assistant to stop, as a service manager does, and wait until it has stopped."""
        await self._program.stop()

    async def kill(self) -> None:
        """Kill Home Assistant, so that it ends as abruptly as in a power failure."""
        await self._program.kill()

    async def ended(self) -> int:
        """Wait until Home Assistant has ended by itself, and return its exit code."""
        return await self._program.ended()

    async def start_again(self) -> None:
        """Start Home Assistant with its stored data, after it has ended."""
        await self._program.start()
        await self._wait_until_ready()
        await self.client.started(within_s=PATIENCE_S)

    def log(self) -> str:
        """Return the log."""
        return self._program.text()

    def unwanted(self) -> list[str]:
        """Return log lines about blocking calls, installations and the integration's tracebacks."""
        return [line for line in self.log().splitlines() if _UNWANTED.search(line)]

    def warnings(self, *, about: str) -> list[str]:
        """Return the warnings and errors in the log that contain ``about``, such as a logger."""
        pattern = re.compile(rf"(WARNING|ERROR|CRITICAL) .*{re.escape(about)}")
        return [line for line in self.log().splitlines() if pattern.search(line)]

    def _make_folder(self) -> None:
        self.media.mkdir(parents=True)
        configuration = _CONFIGURATION.replace("MEDIA", str(self.media))
        configuration = configuration.replace("LANGUAGE", self._language)
        configuration += "".join(f"{helper.name}:\n" for helper in self._helpers)
        (self._folder / "configuration.yaml").write_text(configuration)
        storage = self._folder / ".storage"
        storage.mkdir()
        _store(storage, "http", self._http(), version=3)
        if self._has_owner:
            _store(storage, "onboarding", {"done": list(_ONBOARDED)}, version=4)
        entries = {"entries": [_MARKETPLACE]}
        _store(storage, "core.config_entries", entries, version=1, minor_version=5)
        for integration in self._integrations:
            target = self._folder / "custom_components" / integration.name
            # Copying replaces the link to the package by the package's files, as in a release.
            shutil.copytree(integration, target, ignore=shutil.ignore_patterns("__pycache__"))

    def _http(self) -> dict[str, object]:
        # Home Assistant would revert a port in configuration.yaml after five minutes.
        stable = {
            "server_port": self._port,
            "server_host": ["127.0.0.1"],
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": _LONG_AGO,
            "error": None,
            "error_message": None,
        }
        return {"stable": stable, "pending": None, "yaml_migration_done": True}

    async def _wait_until_ready(self) -> None:
        """Wait until the frontend responds."""

        async def look() -> bool | None:
            self._program.check_running()
            try:
                async with session.get(f"{self.url}/manifest.json") as response:
                    return True if response.ok else None
            except aiohttp.ClientConnectionError:
                return None

        async with aiohttp.ClientSession() as session:
            try:
                await eventually(look, within_s=PATIENCE_S, what="Home Assistant's start")
            except TimeoutError as err:
                err.add_note(self.log()[-4000:])
                raise

    async def _create_owner(self) -> None:
        user = {
            "client_id": self._site,
            "name": "Test",
            "username": USERNAME,
            "password": PASSWORD,
            "language": self._language,
        }
        async with aiohttp.ClientSession(self.url, raise_for_status=True) as session:
            async with session.post("/api/onboarding/users", json=user) as response:
                code = (await response.json())["auth_code"]
            await self._use(session, code)

    async def log_in(self) -> None:
        """Log the client in, after a person has created the owner's account."""
        flow = {
            "client_id": self._site,
            "handler": ["homeassistant", None],
            "redirect_uri": self._site,
        }
        account = {"client_id": self._site, "username": USERNAME, "password": PASSWORD}
        async with aiohttp.ClientSession(self.url, raise_for_status=True) as session:
            async with session.post("/auth/login_flow", json=flow) as response:
                flow_id = (await response.json())["flow_id"]
            async with session.post(f"/auth/login_flow/{flow_id}", json=account) as response:
                code = (await response.json())["result"]
            await self._use(session, code)

    async def _use(self, session: aiohttp.ClientSession, code: str) -> None:
        """Exchange an authorisation code of the owner for a token, and create the client."""
        form = {"grant_type": "authorization_code", "code": code, "client_id": self._site}
        async with session.post("/auth/token", data=form) as response:
            token = (await response.json())["access_token"]
        lasting = aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"})
        self._client = HassClient(await self._exits.enter_async_context(lasting), token=token)
        await self._client.started(within_s=PATIENCE_S)

    @property
    def _site(self) -> str:
        return f"{self.url}/"


def _store(storage: Path, key: str, data: object, *, version: int, minor_version: int = 1) -> None:
    content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))
