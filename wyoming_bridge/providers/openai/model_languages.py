"""The languages of a model, which Speaches reports.

The facts are from reading Speaches' code, ``api_types.py`` of revision 9cc683f and
``routers/models.py`` of revision 168553e, which was not run: ``GET /v1/models/ID`` describes a
model, and the field ``language`` is a list of codes, or null. The field is not in OpenAI's
interface, so other servers do not report languages.
"""

from http import HTTPStatus
from urllib.parse import quote

from ...errors import ConfigError, ProtocolViolationError
from ...json_fields import JsonFields
from ..contract import HttpAnswer, HttpRequest
from ..settings import Settings
from .protocol import PROVIDER
from .settings import OpenAISettings

__all__ = ["model_languages", "model_request"]


def model_request(settings: Settings) -> HttpRequest | None:
    """Return the request for the description of the model; None if the server chooses the model."""
    if not isinstance(settings, OpenAISettings):
        raise ConfigError(f"settings must be OpenAISettings, got {type(settings).__name__}")
    if settings.model is None:
        return None
    server = f"http{settings.server_url.removeprefix('ws')}"
    page = f"{server}/v1/models/{quote(settings.model)}"
    headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    return HttpRequest(method="GET", url=page, shown_url=page, headers=headers)


def model_languages(answer: HttpAnswer) -> tuple[str, ...]:
    """Return the languages of the model, as the server writes them; empty if it reports none."""
    if answer.status != HTTPStatus.OK:
        return ()
    try:
        codes = JsonFields.parse(answer.body, provider=PROVIDER).array("language")
    except ProtocolViolationError:
        return ()
    return tuple(code for code in codes if isinstance(code, str))
