"""The interpreter of each utterance: it knows the commands of the utterance's house.

What interprets texts is loaded only if there is a house, or a local server that can learn one.
"""

from typing import TYPE_CHECKING

from ..transcriber import RequestOptions, log_label
from .ready_profile import ReadyProfile

if TYPE_CHECKING:  # loaded only if they are used
    from ..house import House
    from .house_interpreter import HouseInterpreter
    from .houses import Houses
    from .local_server import PrivateServer

__all__ = ["Interpreters"]


class Interpreters:
    """Makes interpreters for utterances, and teaches local servers the commands of the house."""

    def __init__(self, house: "House | None") -> None:
        """Create no interpreter yet. ``house`` is for utterances whose options have no house."""
        self._house = house
        self._loaded: Houses | None = None

    def start(self) -> None:
        """Begin to build the ``HouseLanguage`` of the house, and to teach local servers."""
        self.use(self._house)

    def use(self, house: "House | None") -> None:
        """Use another house for utterances whose options have no house."""
        self._house = house
        if house or self._loaded:
            self._houses.use(house)

    def prepare(self, house: "House") -> None:
        """Begin to build the ``HouseLanguage`` of a house in the background."""
        self._houses.prepare(house)

    def teach(self, server: "PrivateServer") -> None:
        """Let the engine of a local server learn the commands of the house, if it can learn."""
        self._houses.add(server)

    def interpreter(
        self, ready: ReadyProfile, options: RequestOptions, *, server: "PrivateServer | None"
    ) -> "HouseInterpreter | None":
        """Return the interpreter for one utterance; None if its house is not known.

        ``server`` is the local server of the profile. If its engine can decode whole audio, the
        interpreter lets it recognise the audio once more.
        """
        house = self._house if options.house is None or options.house.is_empty else options.house
        if house is None:
            return None
        profile = ready.profile
        return self._houses.interpreter(
            house,
            language=options.language or ready.settings.language,
            label=log_label(profile.shown_name, options.utterance_id),
            mode=profile.repair_mode,
            recogniser=server if server and server.takes_whole_audio else None,
            understands=options.understands,
        )

    async def stop(self) -> None:
        """Stop the background tasks. Call this before the servers stop."""
        if self._loaded:
            await self._loaded.stop()

    @property
    def _houses(self) -> "Houses":
        from .houses import Houses

        self._loaded = self._loaded or Houses()
        return self._loaded
