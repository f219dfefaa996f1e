"""The requests that open the websocket of a session, in microphone mode and in stream mode."""

from urllib.parse import quote, urlencode

from ..contract import ConnectRequest
from .settings import PATH, STREAM_PATH, TOKEN_HEADERS, ScriptixSettings

__all__ = ["microphone_request", "stream_request"]


def microphone_request(settings: ScriptixSettings) -> ConnectRequest:
    """Return the request for a session whose audio the client sends."""
    query = _query(settings)
    headers: dict[str, str] = {}
    if settings.token and settings.auth == "query":
        query["token"] = settings.token
    elif settings.token:
        headers[TOKEN_HEADERS[0]] = settings.token
    url = f"{settings.url.rstrip('/')}{PATH}"
    return ConnectRequest(url=f"{url}?{urlencode(query)}", shown_url=url, headers=headers)


def stream_request(settings: ScriptixSettings, source_url: str) -> ConnectRequest:
    """Return the request for a session whose audio the service fetches from ``source_url``."""
    base = settings.url.rstrip("/")
    # The path needs a token even if the server accepts clients without one.
    token = quote(settings.token or "none", safe="")
    query = {"url": source_url, **_query(settings)}
    return ConnectRequest(
        url=f"{base}{STREAM_PATH.format(token=token)}?{urlencode(query)}",
        shown_url=f"{base}{STREAM_PATH.format(token='***')}",  # noqa: S106 - not a token
    )


def _query(settings: ScriptixSettings) -> dict[str, str]:
    language = settings.base_language
    return {"type": settings.type, **({"language": language} if language else {})}
