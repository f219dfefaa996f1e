"""Asks Home Assistant what it can do with an announced bridge. This module does no I/O.

The question is whether this project's integration is installed, and which forms offer to set up an
app that speaks the Wyoming protocol. A form is a config flow that waits for the user.

The caller passes each message to ``receive``, sends ``messages_to_send``, and is done when
``answer`` is set. The files that this module names are those of Home Assistant 2026.11.0, relative
to ``homeassistant/components``.
"""

import re
from dataclasses import dataclass
from typing import Final

from ..json_fields import JsonFields
from .messages import Command, Kind, auth, command, parsed, refused, refused_token

__all__ = ["CORE_INTEGRATION", "OWN_INTEGRATION", "DiscoveryQuery", "Form", "WhatHomeHas"]

OWN_INTEGRATION: Final = "wyoming_bridge"
"""The domain of this project's integration."""

CORE_INTEGRATION: Final = "wyoming"
"""The domain of Home Assistant's own integration of the Wyoming protocol."""

_SUPERVISOR: Final = "hassio"
"""The source of a form that an announcement of the Supervisor opened: ``SOURCE_HASSIO`` in
``homeassistant/config_entries.py``."""

_APP_PAGE: Final = re.compile(r"/([^/]+)/info\Z")
"""The end of the address of an app's page, with the app's slug: ``wyoming/config_flow.py``. The
beginning of the address changed in Home Assistant 2026.11."""

_NOT_FOUND: Final = "not_found"

_NUMBERS: Final = {1: Command.INTEGRATION, 2: Command.FLOWS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of the integration ``wyoming`` that offers to set up an app. It waits for the user."""

    id: str
    app: str
    """The slug of the app."""
    message: str
    """The Supervisor's id of the announcement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatHomeHas:
    """Home Assistant's answers to the questions about an announced bridge."""

    own_integration: bool
    """Whether this project's integration is installed."""
    forms: tuple[Form, ...] = ()
    """The forms of all apps that speak the Wyoming protocol."""


class DiscoveryQuery:
    """One connection to Home Assistant: the login, and two commands."""

    def __init__(self, *, token: str) -> None:
        self._token = token
        self._out: list[str] = []
        self._own_integration: bool | None = None
        self._forms: tuple[Form, ...] | None = None

    def messages_to_send(self) -> list[str]:
        """Return the messages to send, in order, and forget them."""
        out, self._out = self._out, []
        return out

    @property
    def answer(self) -> WhatHomeHas | None:
        """The answer; None until Home Assistant has answered both commands."""
        if self._own_integration is None or self._forms is None:
            return None
        return WhatHomeHas(own_integration=self._own_integration, forms=self._forms)

    def receive(self, message: str | bytes) -> None:
        """Process a message from Home Assistant.

        Raises:
            AuthenticationError: The token is wrong.
            ServiceError: A command failed.
            ProtocolViolationError: The message cannot be read.
        """
        fields, _ = parsed(message)
        match fields.spare_text("type"):
            case Kind.AUTH_REQUIRED:
                self._out.append(auth(self._token))
            case Kind.AUTH_INVALID:
                raise refused_token(fields)
            case Kind.AUTH_OK:
                self._out += [
                    command(1, Command.INTEGRATION, integration=OWN_INTEGRATION),
                    command(2, Command.FLOWS),
                ]
            case Kind.RESULT:
                self._take_result(_NUMBERS.get(fields.whole("id")), fields)
            case _:
                pass  # a type of a newer Home Assistant

    def _take_result(self, kind: Command | None, fields: JsonFields) -> None:
        succeeded = fields.values.get("success") is True
        if kind is Command.INTEGRATION and (
            succeeded or fields.spare_mapping("error").get("code") == _NOT_FOUND
        ):
            self._own_integration = succeeded
        elif kind is Command.FLOWS and succeeded:
            flows = fields.spare_objects("result") or []
            self._forms = tuple(form for flow in flows if (form := _form_of(flow)))
        elif kind is not None:
            raise refused(kind, fields)


def _form_of(flow: JsonFields) -> Form | None:
    """Return a config flow as a form; None if it offers no app that speaks Wyoming."""
    context = flow.within(flow.spare_mapping("context"))
    page = _APP_PAGE.search(context.spare_text("configuration_url") or "")
    flow_id, message = flow.spare_text("flow_id"), context.spare_text("unique_id")
    if (
        flow.spare_text("handler") != CORE_INTEGRATION
        or context.spare_text("source") != _SUPERVISOR
        or not (page and flow_id and message)
    ):
        return None
    return Form(id=flow_id, app=page[1], message=message)
