"""The client of Home Assistant's websocket API, without I/O.

The caller passes each message to ``receive``, sends ``messages_to_send`` and calls ``take_house``.
The client fetches the house in two rounds: first the registries and the list of exposed entities,
then the details of these entities.
"""

from collections.abc import Mapping
from typing import Final

from ..errors import ProtocolViolationError
from ..house import House
from ..house.data import MAX_ENTITIES
from ..json_fields import JsonFields
from .messages import (
    EVENTS,
    HOME_ASSISTANT,
    MAX_VALUES,
    Command,
    Kind,
    auth,
    changes_names,
    command,
    exposed_ids,
    initial_states,
    parsed,
    refused,
    refused_token,
)
from .names import Registries, house_of

__all__ = ["HomeClient"]

_FIRST_ROUND: Final = (
    Command.CONFIG,
    Command.FLOORS,
    Command.AREAS,
    Command.DEVICES,
    Command.EXPOSED,
    Command.SENTENCES,
)

_OPTIONAL: Final = frozenset({Command.SENTENCES})
"""Commands that some installations lack. The house then lacks only what they would return."""

_RUNNING: Final = "RUNNING"
"""``CoreState.running`` in Home Assistant's ``core.py``."""


class HomeClient:
    """One connection to Home Assistant: its login, its fetches and its subscriptions."""

    def __init__(self, *, token: str) -> None:
        self._token = token
        self._out: list[str] = []
        self._number = 0
        self._greeted = False
        self._due: dict[int, Command] = {}
        """The commands that have no answer yet, by number."""
        self._answers: dict[Command, JsonFields] = {}
        """The answers to the commands of the current fetch."""
        self._exposed: list[str] = []
        self._events: set[int] = set()
        self._values_left = MAX_VALUES
        """How many values the messages may still have until the end of the fetch."""
        self._states_number: int | None = None
        self._states: Mapping[str, JsonFields] | None = None
        self._house: House | None = None
        self.is_fetching = True
        """Whether the login or a fetch is in progress, so that Home Assistant has to answer."""
        self.is_stale = False
        """Whether something has changed since the last fetch began."""
        self.is_running = False
        """Whether Home Assistant had completed its start when the house was fetched."""

    def messages_to_send(self) -> list[str]:
        """Return the messages to send, in order, and forget them."""
        out, self._out = self._out, []
        return out

    def take_house(self) -> House | None:
        """Return the house if a fetch has ended since the last call, else None."""
        house, self._house = self._house, None
        return house

    def fetch(self) -> None:
        """Fetch the house again.

        The first fetch begins by itself, after the login. Call this method only after the first
        fetch has ended, and not during another fetch.
        """
        self.is_fetching, self.is_stale = True, False
        self._answers = {}
        self._values_left = MAX_VALUES
        for kind in _FIRST_ROUND:
            self._ask(kind)

    def receive(self, message: str | bytes) -> None:
        """Process a message from Home Assistant.

        Raises:
            AuthenticationError: The token is wrong, or is not that of an administrator.
            ServiceError: A command failed.
            ProtocolViolationError: The server is not Home Assistant, or an answer is invalid or too
                large.
        """
        fields, values = parsed(message, max_values=self._values_left)
        if self.is_fetching:
            self._values_left -= values
        kind = fields.spare_text("type")
        if not self._greeted and kind != Kind.AUTH_REQUIRED:
            raise ProtocolViolationError(
                "the server at this address is not Home Assistant", provider=HOME_ASSISTANT
            )
        match kind:
            case Kind.AUTH_REQUIRED:
                self._greeted = True
                self._out.append(auth(self._token))
            case Kind.AUTH_INVALID:
                raise refused_token(fields)
            case Kind.AUTH_OK:
                self._events = {self._ask(Command.SUBSCRIBE, event_type=each) for each in EVENTS}
                self.fetch()
            case Kind.RESULT:
                self._take_result(fields)
            case Kind.EVENT:
                self._take_event(fields)
            case _:
                pass  # a type of a newer Home Assistant

    def _ask(self, kind: Command, **fields: object) -> int:
        self._number += 1
        self._due[self._number] = kind
        self._out.append(command(self._number, kind, **fields))
        return self._number

    def _take_result(self, fields: JsonFields) -> None:
        kind = self._due.pop(fields.whole("id"), None)
        if kind is None:
            return
        if fields.values.get("success") is True:
            self._answers[kind] = fields
        elif kind is Command.UNSUBSCRIBE or (kind in _OPTIONAL and _is_unknown(fields)):
            pass
        else:
            raise refused(kind, fields)
        self._go_on()

    def _take_event(self, fields: JsonFields) -> None:
        number, event = fields.whole("id"), fields.within(fields.spare_mapping("event"))
        if number in self._events:
            self.is_stale = True
        elif number != self._states_number:
            pass  # an event of a subscription that has ended
        elif self._states is None:
            self._states = initial_states(event)
            self._go_on()
        elif changes_names(event):
            self.is_stale = True

    def _go_on(self) -> None:
        """Begin the second round, or end the fetch, if all commands are answered."""
        if self._due or not self.is_fetching:
            return
        if Command.ENTRIES not in self._answers:
            self._ask_for_entities()
        elif self._states is not None:
            self._end_fetch(self._states)

    def _ask_for_entities(self) -> None:
        if self._states_number is not None:
            self._ask(Command.UNSUBSCRIBE, subscription=self._states_number)
        answer = self._answers[Command.EXPOSED]
        self._exposed = sorted(exposed_ids(answer.inner("result")))[:MAX_ENTITIES]
        self._states_number, self._states = None, None
        self._ask(Command.ENTRIES, entity_ids=self._exposed)
        if self._exposed:
            self._states_number = self._ask(Command.STATES, entity_ids=self._exposed)
        else:
            self._states = {}

    def _end_fetch(self, states: Mapping[str, JsonFields]) -> None:
        self.is_fetching = False
        self._values_left = MAX_VALUES
        answers, self._answers = self._answers, {}
        config = answers[Command.CONFIG].inner("result")
        sentences = answers.get(Command.SENTENCES)
        entries = answers[Command.ENTRIES].inner("result")
        self.is_running = config.spare_text("state") == _RUNNING
        self._house = house_of(
            Registries(
                config=config,
                floors=_listed(answers[Command.FLOORS]),
                areas=_listed(answers[Command.AREAS]),
                devices=_listed(answers[Command.DEVICES]),
                entries={
                    entity_id: entries.within(entry)
                    for entity_id, entry in entries.values.items()
                    if isinstance(entry, dict)
                },
                states={each: states[each] for each in self._exposed if each in states},
                sentences=sentences.inner("result").array("trigger_sentences") if sentences else (),
            )
        )


def _listed(answer: JsonFields) -> list[JsonFields]:
    return answer.spare_objects("result") or []


def _is_unknown(answer: JsonFields) -> bool:
    return answer.spare_mapping("error").get("code") == "unknown_command"
