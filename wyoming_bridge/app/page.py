"""Creates the page without importing it early, and decides which clients learn where it is.

Its web framework takes 14 MiB of memory, which only a bridge with a page should need.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ..audio import AudioFormat
from ..config import Config
from ..errors import DependencyError
from ..extensions import PagePlace
from ..page.speech import PageProfile
from ..recorder import Observe, Recorder
from ..transcriber import RequestOptions, Result, Revision
from .backends import Backends
from .recordings import secrets_of

if TYPE_CHECKING:
    from ..page.server import PageServer

__all__ = ["new_page", "place_of"]


def new_page(
    config: Config, *, backends: Backends, recorder: Recorder | None
) -> "PageServer | None":
    """Return the page of a configuration, not started; None if it has no page.

    Raises:
        ConfigError: The network could use the page without a token.
        DependencyError: The web framework is not installed.
    """
    if config.page is None:
        return None
    try:
        from ..page.server import PageServer
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"the page needs {err.name}: pip install 'wyoming-bridge[media]'"
        ) from err
    return PageServer(
        config.page,
        access=config.access,
        speech=_BackendSpeech(config, backends),
        recorder=recorder,
        secrets=secrets_of(config),
    )


def place_of(config: Config, *, port: int) -> PagePlace | None:
    """Return where clients find the page at a port, or None if they cannot open it.

    Behind a balancer, a client does not know which bridge it reaches. In an app, a port of the page
    is one of the container, which no browser can reach.
    """
    page = config.page
    if page is None or config.balancers:
        return None
    if page.ingress:
        return PagePlace(port=None)
    if config.supervisor or not page.is_in_network:
        return None
    return PagePlace(port=port)


class _BackendSpeech:
    """The profiles of a configuration, for the page."""

    def __init__(self, config: Config, backends: Backends) -> None:
        self._config = config
        self._backends = backends
        self.profiles = [
            PageProfile(name=each.name, title=each.shown_name, provider=each.provider)
            for each in config.profiles
        ]

    def transcribe(
        self,
        audio: AsyncIterable[bytes],
        *,
        source: AudioFormat,
        profile: str,
        options: RequestOptions,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result, None]:
        return self._backends.transcribe(
            audio,
            source=source,
            profile=self._config.profile(profile),
            options=options,
            observe=observe,
        )
