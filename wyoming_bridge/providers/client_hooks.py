"""What the client of each provider declares and implements, for ``ClientBase``."""

from ..audio import PCM_16K_MONO, AudioFormat
from ..capabilities import Capabilities

__all__ = ["ClientHooks"]


class ClientHooks:
    """The attributes and methods that a provider's client overrides. ``ClientBase`` calls them.

    A provider can also override other methods of ``ClientBase``, such as ``on_close``. Times are in
    monotonic seconds.
    """

    provider: str = ""
    """The provider's name in the configuration."""

    audio_format: AudioFormat = PCM_16K_MONO
    """The format of the audio for ``send_audio``."""

    capabilities: Capabilities
    """What the session can do. If that depends on the server, the client sets this before it calls
    ``ready``."""

    unused_settings: tuple[str, ...] = ()
    """The names of the settings that have no effect at the server. The client sets this too before
    it calls ``ready``."""

    token: str | None = None
    """The account's token. It is masked in the texts of errors."""

    def on_open(self, *, now: float) -> None:
        """Begin the session. The websocket has just been opened."""
        raise NotImplementedError

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio, in ``audio_format``, to a service that is ready."""
        raise NotImplementedError

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text from a service that is ready."""
        raise NotImplementedError

    def on_finish(self, *, now: float) -> None:
        """Request the last final text from a service that is ready."""
        raise NotImplementedError

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message.

        Raises:
            ProtocolViolationError: The message cannot be read. The caller skips the message.
            RemoteError: The message reports an error. The caller fails the session.
        """
        raise NotImplementedError

    def next_timeout(self) -> float | None:
        """Return when to call ``handle_timeout``; None, as here, if nothing is due."""
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Handle the timeout that is due. Without timeouts, there is nothing to do."""
