"""The settings of a Scriptix account, and the capabilities of the service."""

import re
from dataclasses import dataclass
from typing import Final

from ...capabilities import Capabilities
from ...errors import ConfigError, ErrorText
from ...options import option
from ..settings import URL_DOC, Settings, check_url

__all__ = [
    "CAPABILITIES",
    "INITIALIZE_PATH",
    "OLDER_PATH",
    "PATH",
    "PROVIDER",
    "STATUS_PATH",
    "STREAM_PATH",
    "TOKEN_HEADERS",
    "TYPES",
    "ScriptixSettings",
]

PROVIDER: Final = "scriptix"

_URL: Final = "wss://realtime.scriptix.io"
_API_URL: Final = "https://api.scriptix.io"

INITIALIZE_PATH: Final = "/api/v4/realtime/initialize"
STATUS_PATH: Final = "/api/v4/realtime/status"
"""The paths of the REST interface, from the service's overview page."""

STREAM_PATH: Final = "/v2/client/{token}"
"""The path of the websocket for stream mode, from the connection page."""

OLDER_PATH: Final = "/realtime"
"""The path that ``client.py``, an older sample client of the service, uses."""

PATH: Final = "/v2/realtime"
"""The path of the websocket for microphone input, from the connection pages."""

TOKEN_HEADERS: Final = ("x-zoom-s2t-key", "x-api-key", "api-key")
"""The headers that may contain the token, from the service's "Start a connection" page."""

TYPES: Final = ("fast", "quality")

_JWT: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
"""A signed JSON web token (RFC 7519). It begins with a JSON object in base64."""

CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=False,
    flush_ids=False,
    word_times=True,
    confidence=True,
    stability=True,
    speakers=True,
    server_vad=False,
    url_source=True,
    bias_terms=0,
    binary_audio=True,
    min_flush_ms=0,
    max_segment_ms=None,
    languages=("en", "nl", "fr", "de"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptixSettings(Settings):
    """The settings of one Scriptix account."""

    url: str = option(_URL, doc=URL_DOC)
    type: str = option("fast", choices=TYPES, doc="Model type.")
    api_url: str = option(
        "",
        doc="Base address of the REST interface. Without it, the bridge uses "
        "`https://api.scriptix.io`, or the server in `url` if you changed that.",
    )
    initialize: str = option(
        "when_needed",
        choices=("when_needed", "always", "never"),
        doc="When the bridge asks the service to start: after it refused a session because it is "
        "scaled down (`when_needed`), before each session (`always`), or never (`never`).",
    )
    word_times: str = option(
        "relative",
        choices=("relative", "absolute"),
        doc="Whether the times of words count from the start of the segment (`relative`), as in "
        "the service's examples, or from the start of the session (`absolute`). In the older "
        "results of the service they always count from the start of the session.",
    )
    auth: str = option(
        "header",
        choices=("header", "query"),
        doc="How the token is sent: in a header (`header`), or in the address (`query`), as "
        "browsers do.",
    )

    def __post_init__(self) -> None:
        """Refuse invalid values before a socket is opened.

        Raises:
            ConfigError: A value is invalid; the message names it and what is allowed.
        """
        Settings.__post_init__(self)  # super() fails with slots before Python 3.14
        if self.url == _URL:
            self._check_token(self.token or "")
        if self.api_url:
            check_url("api_url", self.api_url, scheme="https", plain_hosts=self.plain_ws_hosts)

    def _check_token(self, token: str) -> None:
        """Refuse what users may mistake for the token: the token's id, and the JWT of a login.

        The page docs.scriptix.io/docs/api/Authentication shows both.
        """
        if token.isdecimal():
            raise ConfigError(ErrorText.TOKEN_IS_ID, setting="token")
        if _JWT.fullmatch(token):
            raise ConfigError(ErrorText.TOKEN_OF_LOGIN, setting="token")

    @property
    def model_title(self) -> str:
        """The kind of model."""
        return f"{self.type.capitalize()} model"

    @property
    def rest_url(self) -> str:
        """The base address of the REST interface."""
        if self.api_url:
            return self.api_url.rstrip("/")
        own = self.url == _URL
        return _API_URL if own else f"http{self.url.removeprefix('ws').rstrip('/')}"
