"""The request for the next utterance of a client, from the events that come before its audio."""

from collections.abc import Sequence
from dataclasses import replace

from .info import Program
from .request import Request, find_program, new_request, read_request, text_of
from .wire import WireEvent

__all__ = ["NextRequest"]


class NextRequest:
    """What a client has requested for its next utterance.

    ``select-program`` is valid for all utterances after it, ``transcribe`` for one.
    """

    def __init__(self, programs: Sequence[Program]) -> None:
        """Create the request of a client that has sent nothing. It selects the first program."""
        self._programs = programs
        self._selected = programs[0]
        self._request = new_request(self._selected)

    @property
    def current(self) -> Request:
        """The request so far."""
        return self._request

    def select(self, event: WireEvent) -> None:
        """Take a ``select-program`` event. It replaces an earlier ``transcribe``.

        Raises:
            RequestError: There is no such program.
            WireError: The name is missing or not a string.
        """
        self._selected = find_program(self._programs, text_of(event, "name"))
        self.clear()

    def transcribe(self, event: WireEvent) -> None:
        """Take a ``transcribe`` event.

        Raises:
            RequestError: The program does not exist or does not know the language, or a setting is
                not allowed.
            WireError: A field has the wrong type.
        """
        self._request = read_request(event, self._programs, default=self._selected)

    def take(self, *, client: str | None) -> Request:
        """Return the request for an utterance that begins now. The next one has none yet.

        ``client`` is the client's address.
        """
        options = replace(self._request.options.identified(), client=client)
        request = replace(self._request, options=options)
        self.clear()
        return request

    def clear(self) -> None:
        """Forget the last ``transcribe``."""
        self._request = new_request(self._selected)
