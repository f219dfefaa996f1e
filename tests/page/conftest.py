"""A connector to a scripted service, and a recorder with an empty folder."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from wyoming_bridge.recorder import Recorder, Store
from wyoming_bridge.testing import FakeConnector, ScriptedServer


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector(ScriptedServer.accept)


@pytest.fixture
async def recorder(tmp_path: Path) -> AsyncIterator[Recorder]:
    store = Store(tmp_path / "kept", keep=50, max_bytes=10**9, max_age=timedelta(days=36500))
    recorder = Recorder(store)
    await recorder.start()
    yield recorder
    await recorder.stop()
