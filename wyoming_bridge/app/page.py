"""Creates the live page, and decides which clients learn its address.

The page's web framework takes 14 MiB of memory, so it is imported only if there is a page.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ..audio import AudioFormat
from ..config import Config
from ..errors import DependencyError
from ..extensions.info import PagePlace
from ..recorder import Observe
from ..transcriber import RequestOptions, Result, Revision
from .backends import Backends
from .recordings import secrets_of

if TYPE_CHECKING:
    from ..page.server import PageServer
    from ..recorder import Recorder

__all__ = ["new_page", "place_of"]


def new_page(
    config: Config, *, backends: Backends, recorder: "Recorder | None"
) -> "PageServer | None":
    """Return the page without starting it, or None if the configuration has no page.

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
    """Return where clients find the page, or None if they cannot open it.

    Behind a balancer, a client does not know which bridge it reaches. In a Home Assistant app, the
    page's port is a port of the container, which browsers cannot reach.
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
    """Transcribes what users say on the page, with the profiles of the configuration."""

    def __init__(self, config: Config, backends: Backends) -> None:
        self._config = config
        self._backends = backends
        from ..page.speech import PageProfile

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
