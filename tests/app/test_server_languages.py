"""A bridge reports the languages that the user's own server knows, not those of its protocol."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from virtual_time import in_virtual_time
from wyoming_bridge import (
    Address,
    BridgeApp,
    Config,
    ConnectError,
    HttpAnswer,
    HttpRequest,
    LocalBackend,
    Profile,
    Reson8Settings,
    ScriptixSettings,
    Settings,
    WebsocketConnector,
    describe,
)
from wyoming_bridge.app.server_languages import ServerLanguages
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.server_index import ServerIndex

DUTCH = ("nl", "nl-NL", "nl-BE")


class DutchEngine(ScriptedEngine):
    language = "nl"


class LateServer(WebsocketConnector):
    """Stands for a server that answers only the last of ``requests`` requests."""

    def __init__(self, *, requests: int, language: str = "nl") -> None:
        super().__init__()
        self.left = requests
        self._language = language

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        self.left -= 1
        if self.left:
            raise ConnectError("no answer", provider=provider)
        index = ServerIndex(engine="scripted", language=self._language, services={})
        return HttpAnswer(status=200, body=json.dumps(index.to_data()))


class SilentConnector(WebsocketConnector):
    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        return await asyncio.get_running_loop().create_future()


class BrokenConnector(WebsocketConnector):
    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        raise LookupError("a defect of the bridge")


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=DutchEngine(), port=0)
    await server.start()
    yield server
    await server.stop()


async def languages_of(folder: Path, settings: Settings) -> tuple[str, ...]:
    """Return the languages that a bridge reports for a profile."""
    profile = Profile(name="attic", backend=settings)
    listen = Address(host="127.0.0.1", port=0)
    app = BridgeApp(Config(listen=listen, profiles=(profile,), state=folder))
    ((uri, _),) = await app.start()
    try:
        info = await describe(host="127.0.0.1", port=int(uri.rsplit(":", 1)[1]))
    finally:
        await app.stop()
    return info.profiles[0].languages


async def test_a_profile_has_the_language_of_the_engine_of_its_server(
    server: LocalServer, tmp_path: Path
) -> None:
    assert await languages_of(tmp_path, Reson8Settings(url=f"{server.url}/reson8")) == DUTCH


async def test_a_bridge_starts_without_the_server_and_reports_all_languages_of_the_protocol(
    server: LocalServer, tmp_path: Path
) -> None:
    await server.stop()

    known = await languages_of(tmp_path, ScriptixSettings(url=f"{server.url}/scriptix"))

    assert {each for each in known if "-" not in each} == {"en", "nl", "fr", "de"}


class ChangingServer(WebsocketConnector):
    """Stands for a server that the user starts with another engine, again and again."""

    def __init__(self, *languages: str | None) -> None:
        """None stands for a time in which the server does not run."""
        super().__init__()
        self._languages = list(languages)

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        language = self._languages.pop(0) if len(self._languages) > 1 else self._languages[0]
        if language is None:
            raise ConnectError("no answer", provider=provider)
        index = ServerIndex(engine="scripted", language=language, services={})
        return HttpAnswer(status=200, body=json.dumps(index.to_data()))


class SwitchedServer(WebsocketConnector):
    """Stands for a server that a test turns off and on."""

    language: str | None = "nl"
    """The language of the engine; None while the server is off."""

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        if self.language is None:
            raise ConnectError("no answer", provider=provider)
        index = ServerIndex(engine="scripted", language=self.language, services={})
        return HttpAnswer(status=200, body=json.dumps(index.to_data()))


@in_virtual_time
async def test_a_server_with_another_engine_has_its_languages_within_five_minutes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "wyoming_bridge")
    profile = Profile(name="attic", backend=ScriptixSettings(url="ws://127.0.0.1:9"))
    languages = ServerLanguages([profile], connector=ChangingServer("nl", "fr", "ja", "en"))
    await languages.start()
    known = [languages.of(profile)]

    for _ in range(3):
        await asyncio.sleep(301)
        known.append(languages.of(profile))
    await languages.stop()

    assert known == [("nl",), ("fr",), (), ("en",)]
    assert [each.getMessage() for each in caplog.records] == [
        "profile attic: the server now recognises fr",
        "profile attic: the server recognises ja, which its protocol does not know",
        "profile attic: the server now recognises en",
    ]


@in_virtual_time
async def test_a_server_that_stops_keeps_its_languages_until_it_has_others() -> None:
    profile = Profile(name="attic", backend=ScriptixSettings(url="ws://127.0.0.1:9"))
    server = ChangingServer("nl", None, None, "fr")
    languages = ServerLanguages([profile], connector=server)
    await languages.start()

    await asyncio.sleep(301)
    stopped = languages.of(profile)
    await asyncio.sleep(5 + 10)
    await languages.stop()

    assert (stopped, languages.of(profile)) == (("nl",), ("fr",))


@in_virtual_time
async def test_a_server_that_was_off_for_a_day_has_its_languages_within_five_minutes() -> None:
    profile = Profile(name="attic", backend=ScriptixSettings(url="ws://127.0.0.1:9"))
    server = SwitchedServer()
    languages = ServerLanguages([profile], connector=server)
    await languages.start()
    server.language = None
    await asyncio.sleep(24 * 60 * 60)
    server.language = "fr"

    await asyncio.sleep(301)
    await languages.stop()

    assert languages.of(profile) == ("fr",)


@in_virtual_time
async def test_a_server_that_does_not_answer_is_asked_again() -> None:
    profile = Profile(name="attic", backend=Reson8Settings(url="ws://127.0.0.1:9"))
    languages = ServerLanguages([profile], connector=LateServer(requests=4))

    await languages.start()
    before = languages.of(profile)
    await asyncio.sleep(5 + 10 + 20 + 1)
    await languages.stop()

    assert (before, languages.of(profile)) == ((), ("nl",))


@in_virtual_time
async def test_the_start_does_not_wait_for_a_server_that_has_refused() -> None:
    profile = Profile(name="attic", backend=Reson8Settings(url="ws://127.0.0.1:9"))
    languages = ServerLanguages([profile], connector=LateServer(requests=2))
    began = asyncio.get_running_loop().time()

    await languages.start()
    waited_s = asyncio.get_running_loop().time() - began
    await languages.stop()

    assert waited_s < 0.1


@in_virtual_time
async def test_the_start_waits_a_second_for_a_server_that_is_silent() -> None:
    profile = Profile(name="attic", backend=Reson8Settings(url="ws://127.0.0.1:9"))
    languages = ServerLanguages([profile], connector=SilentConnector())
    began = asyncio.get_running_loop().time()

    await languages.start()
    waited_s = asyncio.get_running_loop().time() - began
    await languages.stop()

    assert waited_s == pytest.approx(1.0, abs=0.01)


async def test_a_server_with_a_language_that_the_protocol_does_not_know_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    profile = Profile(name="attic", backend=ScriptixSettings(url="ws://127.0.0.1:9"))
    languages = ServerLanguages([profile], connector=LateServer(requests=1, language="ja"))

    await languages.start()
    await languages.stop()

    assert languages.of(profile) == ()
    assert "profile attic: the server recognises ja" in caplog.text


@pytest.mark.parametrize(
    "backend",
    [
        LocalBackend(engine="scripted"),
        ScriptixSettings(token="t0k3n"),
        ScriptixSettings(url="ws://127.0.0.1:9", language="fr"),
    ],
    ids=["offline", "service", "own language"],
)
async def test_other_profiles_are_not_asked(backend: Settings | LocalBackend) -> None:
    server = LateServer(requests=1)
    languages = ServerLanguages([Profile(name="attic", backend=backend)], connector=server)

    await languages.start()
    await languages.stop()

    assert server.left == 1


async def test_an_unexpected_error_is_not_hidden() -> None:
    unhandled: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unhandled.append(context.get("exception")))
    attic = Profile(name="attic", backend=Reson8Settings(url="ws://127.0.0.1:9", token="t"))

    languages = ServerLanguages([attic], connector=BrokenConnector())
    await languages.start()
    await languages.stop()
    gc.collect()

    assert [type(each) for each in unhandled] == [LookupError]
