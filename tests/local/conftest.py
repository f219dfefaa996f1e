"""Fixtures: local servers, also one for injected faults, each service, and PocketSphinx."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from callers import SERVICES, ListeningEngine, Service
from emulators import UNCUT
from engines import KINDS, created
from patience import PATIENCE_S
from serving import Serve, serving_each
from tiny_models import write_ctc, write_transducer
from tiny_moonshine import write_streaming
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine
from wyoming_bridge.local.faults import ArmedFault
from wyoming_bridge.local.service import LocalServer

NO_LATE_FILES = """
import resource
import sys


def refuse(event, arguments):
    # A decoding process sets this limit when it gives up its rights.
    if event in ("import", "open") and resource.getrlimit(resource.RLIMIT_FSIZE)[1] == 0:
        raise RuntimeError(f"{event} of {arguments[0]} after the rights were given up")


sys.addaudithook(refuse)
"""
"""A ``sitecustomize`` module. Python imports it at the start of each process."""


@pytest.fixture(scope="package", autouse=True)
def no_late_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let a decoding process fail if it imports or opens a file after it has given up its rights.

    It may have lost the right to read its own libraries, for example if they are in the home folder
    of root.
    """
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(NO_LATE_FILES, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        yield


@pytest.fixture
def engine() -> ListeningEngine:
    return ListeningEngine()


@pytest.fixture
async def failing(
    engine: ListeningEngine, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[LocalServer]:
    """A server whose fault the test sets. At the end, check that the log has no error."""
    server = LocalServer(engine=engine, behaviour=UNCUT)
    await server.start()
    yield server
    async with asyncio.timeout(PATIENCE_S):
        await server.stop()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.fixture
def occurred(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return an event that is set when a fault occurs."""
    spend, has_occurred = ArmedFault.spend, asyncio.Event()

    def noted(fault: ArmedFault) -> bool:
        has_occurred.set()
        return spend(fault)

    monkeypatch.setattr(ArmedFault, "spend", noted)
    return has_occurred


def _new_server(engine: Engine, **behaviour: object) -> LocalServer:
    return LocalServer(engine=engine, behaviour=Behaviour(**behaviour))


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """A function that starts a server with an engine and settings of its behaviour."""
    async with serving_each(_new_server) as start:
        yield start


@pytest.fixture(params=list(SERVICES))
def service(request: pytest.FixtureRequest) -> Service:
    return SERVICES[request.param]


@pytest.fixture
async def pocketsphinx() -> AsyncIterator[PocketsphinxEngine]:
    engine = PocketsphinxEngine(max_voices=6)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture(scope="session")
def engine_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a small model for each engine that does not come with one."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "sherpa": write_transducer(folder / "tiny"),
        "sherpa-ctc": write_ctc(folder / "tiny-ctc"),
        "moonshine-streaming": write_streaming(folder / "tiny-streaming"),
    }


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[kind for kind in KINDS if kind != "scripted"]
)
async def real_engine(
    request: pytest.FixtureRequest, engine_models: dict[str, Path]
) -> AsyncIterator[Engine]:
    """Each engine that recognises speech, shared by the tests of a module."""
    engine = created(request.param, engine_models)
    await engine.start()
    yield engine
    await engine.close()
