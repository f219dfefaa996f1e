"""The bridge's side of a session with OpenAI or a compatible server.

The client connects and finds the dialect of the server. From then on, the dialect does the work.
"""

from urllib.parse import urlencode

from ....errors import LifecycleError, RemoteError, ServiceRequestError
from ....events import State, Unrecognised, Warned
from ...base import ClientBase
from ...contract import ConnectRequest, HttpAnswer, HttpRequest, Unreadable
from ...lifecycle import Transition
from ..messages import ErrorMessage, Greeting, Ignored, UnknownMessage
from ..protocol import PROVIDER, DialectName
from ..reader import read_server_message
from ..service import CAPABILITIES
from ..settings import OpenAISettings
from ..transcripts import Completed, Delta, Done
from .dialect import Dialect, error_of
from .dialects import DIALECTS
from .minting import Minting

__all__ = ["OpenAIClient"]


class OpenAIClient(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER
    capabilities = CAPABILITIES

    def __init__(self, settings: OpenAISettings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._dialect: Dialect | None = None
        self._server: str | None = None
        self._unused: str | None = None
        self._minting = Minting(settings)

    def connect(self) -> ConnectRequest | HttpRequest:
        """Return the request that opens the websocket, or the one for NIM's client secret."""
        if not self._minting.is_done:
            self.transition(Transition.CONNECT)
        if self._minting.request:
            return self._minting.request
        settings = self._settings
        query = {"intent": "transcription"}
        if settings.model and not settings.is_openai:  # OpenAI refuses this parameter
            query["model"] = settings.model  # gateways choose the server by the model
        return ConnectRequest(
            url=f"{settings.endpoint}?{urlencode(query)}",
            shown_url=settings.endpoint,
            headers=self._minting.headers,
            subprotocols=self._minting.subprotocols,
        )

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """Read NIM's client secret."""
        try:
            self._minting.read(answer)
        except RemoteError as error:
            self.fail(error)

    def on_open(self, *, now: float) -> None:
        """Do nothing, because every server sends the first message."""

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message. The first one shows the dialect."""
        match read_server_message(message, left_out=self.left_out):
            case Unreadable() as unreadable:
                self.skip(unreadable)
            case UnknownMessage(type=kind):
                self.report(Unrecognised(kind=kind))
            case Ignored():
                pass
            case Greeting() as greeting:
                self._begin(greeting, now=now)
            case Delta() if self.state is State.LOADING:
                self.skip(Unreadable(why="a text before the server was ready", is_final=False))
            case Completed() | Done() if self.state is State.LOADING:
                self.fail(self.unreadable("the server sent a final text before it was ready"))
            case known if self._dialect:
                self._dialect.receive(known, now=now)
            case ErrorMessage() as error:
                self.fail(error_of(error, otherwise=ServiceRequestError))
            case early:
                raise self.unreadable(f"{type(early).__name__} before the server's first message")

    def ready(
        self, *, now: float, session_id: str | None = None, server: str | None = None
    ) -> None:
        """Report that the server accepts audio, and which kind of server it is."""
        if self._unused:
            self.report(Warned(text=self._unused, is_about_settings=True))
        super().ready(now=now, session_id=session_id, server=server or self._server)

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send the audio in the server's dialect."""
        self._found.send_audio(pcm, now=now)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text in the server's dialect."""
        self._found.flush(flush_id, now=now)

    def on_finish(self, *, now: float) -> None:
        """Request the last final text in the server's dialect."""
        self._found.finish(now=now)

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes that wait, including the audio that the dialect holds back."""
        return super().waiting_bytes + (self._dialect.waiting_bytes if self._dialect else 0)

    def next_timeout(self) -> float | None:
        """Return when the dialect has something to do."""
        return self._dialect.next_timeout() if self._dialect and not self.state.is_over else None

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due."""
        if self._dialect and not self.state.is_over:
            self._dialect.handle_timeout(now=now)

    @property
    def _found(self) -> Dialect:
        """The server's dialect. Audio and requests are only sent when the dialect is known.

        Raises:
            LifecycleError: The dialect is not known yet.
        """
        if self._dialect is None:
            raise LifecycleError("the server has sent no message yet", provider=PROVIDER)
        return self._dialect

    def _begin(self, greeting: Greeting, *, now: float) -> None:
        """Choose the dialect, and configure the session in it."""
        if self._dialect:
            self.report(Unrecognised(kind="another first message"))
            return
        settings = self._settings
        name = greeting.dialect
        if settings.dialect != "auto":
            name = DialectName(settings.dialect)
            if name is not greeting.dialect:
                text = f"the server seems to speak the dialect {greeting.dialect}, not {name}"
                self.report(Warned(text=text))
        row = DIALECTS[name]
        if problem := row.problem(settings):
            self.fail(problem)
            return
        self._server = row.title
        self._unused = row.unused(settings)
        self.unused_settings = tuple(sorted(row.ignores(settings)))
        self.capabilities = row.capabilities(settings)
        self._dialect = row.new(self, settings, greeting)
        self._dialect.configure(now=now)
