"""Reads the audio of an action's source, which is a file, a media ID or a URL."""

from collections.abc import AsyncGenerator, Mapping
from errno import errorcode
from pathlib import Path
from typing import BinaryIO, Final

from homeassistant.components import media_source
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .bridge import PCM_16K_MONO, ErrorText, MediaError, decoded, stream_audio
from .failures import invalid

ATTR_SOURCE: Final = "source"
ATTR_MEDIA: Final = "media"
ATTR_FILE: Final = "file"
ATTR_CHOICE: Final = "active_choice"
"""Home Assistant's choose selector sends the chosen kind of source under this key."""

_MEDIA_ID_ERRORS: Final = (AssertionError, AttributeError)
"""Home Assistant's own media sources raise these exceptions if a part of the media ID is
missing."""

_BLOCK_BYTES: Final = 64 * 1024

_KINDS: Final = (ATTR_MEDIA, ATTR_FILE, CONF_URL)


async def async_audio_of(hass: HomeAssistant, source: object) -> AsyncGenerator[bytes]:
    """Return the audio of a source, in ``PCM_16K_MONO``.

    Raises:
        ServiceValidationError: The source is missing or invalid, or must not be read.
    """
    kind, name = _named(source)
    if kind == ATTR_FILE:
        return decoded(await _read(hass, name), target=PCM_16K_MONO, place=name)
    if kind == ATTR_MEDIA:
        return await _media(hass, name)
    return _downloaded(hass, name)


def _named(source: object) -> tuple[str, str]:
    """Return the kind of a source, and the source itself: a path, a URL or a media ID.

    The choose selector of the user interface sends the kind with the source. An automation may
    give the source alone.

    Raises:
        ServiceValidationError: The source is empty or of an unknown kind.
    """
    kind: str | None = None
    if isinstance(source, Mapping) and ATTR_CHOICE in source:
        kind = str(source[ATTR_CHOICE])
        source = source.get(kind)
    if isinstance(source, Mapping) and kind in {None, ATTR_MEDIA}:
        kind, source = ATTR_MEDIA, source.get("media_content_id")
    elif kind is None and isinstance(source, str):
        kind = _kind_of(source.strip())
    if not isinstance(source, str) or not source.strip() or kind not in _KINDS:
        raise invalid("no_source")
    return kind, source.strip()


def _kind_of(name: str) -> str:
    if media_source.is_media_source_id(name):
        return ATTR_MEDIA
    return CONF_URL if name.lower().startswith(("http://", "https://")) else ATTR_FILE


async def _media(hass: HomeAssistant, media_id: str) -> AsyncGenerator[bytes]:
    address = media_id
    if media_source.is_media_source_id(media_id):
        try:
            media = await media_source.async_resolve_media(hass, media_id, None)
        except (media_source.Unresolvable, *_MEDIA_ID_ERRORS) as err:
            raise invalid("unknown_media", media=media_id) from err
        if media.path is not None:
            pieces = await _opened(hass, media.path)
            return decoded(pieces, target=PCM_16K_MONO, place=str(media.path))
        address = media.url
    try:
        url = async_process_play_media_url(hass, address)
    except (ValueError, IndexError) as err:
        raise invalid("unknown_media", media=media_id) from err
    return _downloaded(hass, url)


def _downloaded(hass: HomeAssistant, url: str) -> AsyncGenerator[bytes]:
    """Return the audio of a URL: a file, a stream or a playlist.

    The server may be on the internet or in the local network.
    """
    return stream_audio(
        url,
        target=PCM_16K_MONO,
        realtime=False,
        allow_private=True,
        session=async_get_clientsession(hass),
    )


async def _read(hass: HomeAssistant, name: str) -> AsyncGenerator[bytes | None]:
    """Return the content of a file, if Home Assistant's ``allowlist_external_dirs`` allows that.

    Raises:
        ServiceValidationError: The file cannot be read, or must not be read.
    """
    try:
        allowed = await hass.async_add_executor_job(hass.config.is_allowed_path, name)
    except OSError, ValueError:  # a path that is too long, or with a null character
        allowed = False
    if not allowed:
        raise invalid("file_not_allowed", file=name)
    return await _opened(hass, Path(name))


async def _opened(hass: HomeAssistant, path: Path) -> AsyncGenerator[bytes | None]:
    """Return the content of a file, in blocks.

    Raises:
        ServiceValidationError: There is no such file, or it cannot be opened.
    """
    if await hass.async_add_executor_job(path.is_file):  # opening a pipe can block forever
        try:
            file = await hass.async_add_executor_job(path.open, "rb")
        except OSError as err:
            raise invalid("file_unreadable", file=str(path), reason=_symbol(err)) from err
        return _blocks(hass, file)
    raise invalid("no_such_file", file=str(path))


async def _blocks(hass: HomeAssistant, file: BinaryIO) -> AsyncGenerator[bytes | None]:
    try:
        while block := await hass.async_add_executor_job(file.read, _BLOCK_BYTES):
            yield block
    except OSError as err:
        raise MediaError(
            ErrorText.PATH_UNUSABLE, setting=ATTR_SOURCE, path=file.name, reason=_symbol(err)
        ) from err
    finally:
        await hass.async_add_executor_job(file.close)


def _symbol(err: OSError) -> str:
    """Return the symbol of an error, such as ``EIO``, which is the same in all languages."""
    return errorcode.get(err.errno or 0, "")
