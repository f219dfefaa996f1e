"""Bridges with a page, and clients that use the page as a browser does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp

from wyoming_bridge.access import ClientHandshake, Purpose
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.page.settings import PageSettings
from wyoming_bridge.recorder import RecorderSettings

TOKEN = "a-token-of-some-length"
ANY_PORT = PageSettings(address="127.0.0.1:0")
# A speech detector takes the scripted engine's audio for noise, so only the client ends utterances.
SCRIPTED = Profile(name="scripted", backend=LocalBackend(engine="scripted"), endpointing=RECORDING)
OTHER = replace(SCRIPTED, name="other", title="The other one")


class Browser:
    """A client of a page that sends what a browser sends."""

    def __init__(self, http: aiohttp.ClientSession, app: BridgeApp) -> None:
        assert app.page_url is not None
        self.http = http
        self.app = app
        self.url = url = app.page_url
        self.own = {"Origin": url.rstrip("/")}

    async def ask(
        self, method: str, path: str, *, body: object = None, headers: Mapping[str, str] = {}
    ) -> tuple[int, object]:
        """Return the status and the JSON of the answer."""
        async with self.http.request(
            method, self.url + path, json=body, headers={**self.own, **headers}
        ) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await (answer.json() if is_json else answer.read())

    def socket(self, path: str) -> "aiohttp.client._WSRequestContextManager":
        return self.http.ws_connect(self.url + path, headers=self.own)

    async def log_in(self, token: str) -> tuple[int, object]:
        handshake = ClientHandshake(token, purpose=Purpose.PAGE)
        status, challenge = await self.ask("POST", "login/challenge", body=handshake.hello())
        assert status == 200
        assert isinstance(challenge, dict)
        proof = handshake.prove(challenge)
        return await self.ask("POST", "login", body={**proof, "id": challenge["id"]})


def page_config(
    state: Path,
    *,
    page: PageSettings = ANY_PORT,
    access: Access | None = None,
    records: bool = False,
    profiles: tuple[Profile, ...] = (SCRIPTED, OTHER),
) -> Config:
    return Config(
        listen=Address(host="127.0.0.1", port=0),
        profiles=profiles,
        state=state,
        access=access or Access(),
        page=page,
        recorder=RecorderSettings() if records else None,
    )


@asynccontextmanager
async def browsing_page(config: Config) -> AsyncIterator[tuple[Browser, tuple[str, int]]]:
    """Run a bridge; yield a browser at its page, and the address for Wyoming clients."""
    app = BridgeApp(config)
    try:
        ((uri, _),) = await app.start()
        address = Address.parse(uri, key="uri")
        # Cookies of IP addresses are refused by default.
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            yield Browser(http, app), (address.host, address.port)
    finally:
        await app.stop()
