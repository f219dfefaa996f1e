"""The request for the next utterance of a client, from the events that come before its audio."""

from collections.abc import Sequence
from dataclasses import replace

from ..errors import LocalError
from .info import Program
from .request import (
    Request,
    find_program,
    new_request,
    optional_text_of,
    read_request,
    text_of,
)
from .wire import WireEvent

__all__ = ["NextRequest"]


class NextRequest:
    """What a client has requested for its next utterance.

    ``select-program`` is valid for all utterances after it, ``transcribe`` for one. After a
    ``select-program`` that was refused, the client has no program until it selects or names one.
    Otherwise its audio would go to a service that it did not choose.
    """

    def __init__(self, programs: Sequence[Program]) -> None:
        """Create the request of a client that has sent nothing. It selects the first program."""
        self._programs = programs
        self._selected = programs[0]
        self._refused: LocalError | None = None
        self._names_program = False
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
        self._refused = None
        try:
            self._selected = find_program(self._programs, text_of(event, "name"))
        except LocalError as error:
            self._refused = error
            raise
        finally:
            self.clear()

    def transcribe(self, event: WireEvent) -> None:
        """Take a ``transcribe`` event.

        Raises:
            RequestError: The program does not exist or does not know the language, a setting is not
                allowed, or the event names no program and the client has none.
            WireError: A field has the wrong type.
        """
        request = read_request(event, self._programs, default=self._selected)
        self._names_program = bool(optional_text_of(event, "name"))
        self.check_program()
        self._request = request

    def check_program(self) -> None:
        """Check that the client has a program for its next utterance.

        Raises:
            RequestError: The last ``select-program`` named a program that does not exist.
            WireError: It named none.
        """
        if self._refused and not self._names_program:
            raise self._refused.with_traceback(None)

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
        self._names_program = False
