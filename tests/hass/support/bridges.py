"""A real bridge in a thread."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, override

from ports import free_port
from server_threads import ServerThread
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.config.values import TlsFiles

ACCESS_TOKEN: Final = "acc3ss-of-the-tests"


class Bridge(ServerThread[BridgeApp]):
    """A bridge whose profiles all use the scripted engine.

    A test may change the profiles and the token before the next start.
    """

    def __init__(
        self,
        *names: str,
        token: str | None = None,
        tls: TlsFiles | None = None,
        bridge_id: str | None = None,
    ) -> None:
        """``names`` are the names of the profiles; the default is one profile, ``offline``.

        If the bridge has a token, clients on the same machine need the token too. Without
        ``bridge_id``, the bridge creates an id.
        """
        super().__init__("bridge")
        offline = LocalBackend(engine="scripted")
        self.profiles = {
            name: Profile(name=name, backend=offline) for name in names or ("offline",)
        }
        self.token = token
        self.tls = tls
        self.host = "127.0.0.1"
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="bridge-")
        if bridge_id:
            self._id_file.write_text(f"{bridge_id}\n")

    @property
    def id(self) -> str:
        """The id of the bridge, after its first start."""
        return self._id_file.read_text().strip()

    @property
    def _id_file(self) -> Path:
        return Path(self._folder.name) / "bridge-id"

    @override
    async def stop(self) -> None:
        await super().stop()
        self._folder.cleanup()

    @override
    async def _start_server(self) -> BridgeApp:
        app = BridgeApp(
            Config(
                listen=Address(host=self.host, port=self.port),
                profiles=tuple(self.profiles.values()),
                state=Path(self._folder.name),
                access=Access(token=self.token, trust_loopback=False),
                tls=self.tls,
            )
        )
        ((uri, _),) = await app.start()
        self.port = int(uri.rsplit(":", 1)[1])
        return app


StartBridge = Callable[..., Awaitable[Bridge]]
"""The type of the fixture that starts bridges."""
