"""Answers the page's requests about recordings.

The page lists, plays, replays, exports and deletes recordings, and notes their truth: what was
really said.
"""

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from ..audio import PCM_16K_MONO
from ..errors import ConfigError, RequestError, StateError
from ..media.pace import speed_of
from ..recorder import Kept, Recorder, Recording, Store
from ..recorder.export import export
from ..web.server import connection_of
from .answers import fields_in_body, json_answer, refused
from .files import send_file
from .levels import LevelMeter, Levels, paired
from .live import LiveUtterances
from .speech import Speech, replayed
from .views import summary_of, view_of

__all__ = ["RecordingRequests"]

_MAX_REPLAYS: Final = 4
"""How many replays may run at once. Each of them opens a session."""

_MAX_LISTED: Final = 200
"""How many recordings are listed. The page is for the latest ones, and it takes about 1 ms to read
each of them."""

_MAX_TRUTH_CHARACTERS: Final = 2000

_NOT_RECORDED: Final = "nothing is recorded; set recorder in the configuration"


class RecordingRequests:
    """Answers the requests about the recordings of one recorder."""

    def __init__(
        self,
        *,
        recorder: Recorder | None,
        live: LiveUtterances,
        speech: Speech,
        secrets: Iterable[str],
    ) -> None:
        """Create the handlers. An export must not contain any of ``secrets``."""
        self._recorder = recorder
        self._live = live
        self._speech = speech
        self._secrets = tuple(secrets)
        self._replays = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the paths and their handlers."""
        one = "/recordings/{id}"
        return [
            web.get("/recordings", self._list),
            web.delete("/recordings", self._delete_all),
            web.get(one, self._show),
            web.delete(one, self._delete),
            web.get(f"{one}/audio", self._play),
            web.get(f"{one}/export", self._export),
            web.post(f"{one}/truth", self._set_truth),
            web.post(f"{one}/replay", self._replay),
        ]

    async def _list(self, _request: web.Request) -> web.Response:
        recorder = self._recorder
        newest = await asyncio.to_thread(_newest, recorder.store) if recorder else []
        return json_answer(
            {
                "is_recording": recorder is not None and recorder.failure is None,
                "failure": recorder.failure if recorder else None,
                "recordings": [summary_of(each) for each in newest],
            }
        )

    async def _show(self, request: web.Request) -> web.Response:
        kept = await self._kept(request)
        return json_answer(await asyncio.to_thread(_view, kept))

    async def _play(self, request: web.Request) -> web.StreamResponse:
        kept = await self._kept(request)
        return await send_file(request, kept.audio, content_type="audio/flac")

    async def _export(self, request: web.Request) -> web.StreamResponse:
        kept = await self._kept(request)
        with_audio = request.query.get("audio") != "0"
        with_house = request.query.get("house") == "1"
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "export.zip"
            await asyncio.to_thread(
                export,
                kept,
                target,
                secrets=self._secrets,
                with_audio=with_audio,
                with_house=with_house,
            )
            name = f'attachment; filename="{kept.id}.zip"'
            return await send_file(
                request,
                target,
                content_type="application/zip",
                headers={"Content-Disposition": name},
            )

    async def _set_truth(self, request: web.Request) -> web.Response:
        kept = await self._kept(request)
        fields = await fields_in_body(request)
        if "truth" not in fields.values:
            raise RequestError("truth is missing; it must be a string, or null to remove it")
        truth = fields.text("truth").strip() if "truth" in fields else None
        if truth is not None and len(truth) > _MAX_TRUTH_CHARACTERS:
            raise RequestError(f"truth must have at most {_MAX_TRUTH_CHARACTERS} characters")
        recording = await asyncio.to_thread(kept.read)
        marked = recording.with_truth(truth)
        await asyncio.to_thread(self._store.change, kept, marked)
        self._live.recorded(marked)
        return json_answer(summary_of(marked))

    async def _delete(self, request: web.Request) -> web.Response:
        return await self._deleted([await self._kept(request)])

    async def _delete_all(self, _request: web.Request) -> web.Response:
        return await self._deleted(await asyncio.to_thread(self._store.kept))

    async def _deleted(self, kept: Sequence[Kept]) -> web.Response:
        try:
            await asyncio.to_thread(self._store.delete, kept)
        finally:  # some may have been deleted before an error
            gone = [each.id for each in kept if not each.folder.exists()]
            self._live.deleted(gone)
        return web.Response(status=204)

    async def _replay(self, request: web.Request) -> web.Response:
        kept = await self._kept(request)
        fields = await fields_in_body(request)
        profile, pace = fields.text("profile"), fields.optional_text("pace")
        try:
            speed = speed_of(pace or "realtime")
        except ValueError as err:
            raise RequestError(str(err)) from err
        if self._replays >= _MAX_REPLAYS:
            return refused(429, f"max {_MAX_REPLAYS} replays at once reached")
        self._replays += 1
        replaying = asyncio.create_task(self._replayed(kept, profile, speed), name="replay")
        leaving = asyncio.create_task(connection_of(request).gone.wait(), name="leave")
        try:
            # A replay takes as long as the speech, and may cost money. So the replay is stopped if
            # the browser leaves.
            await asyncio.wait({replaying, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not replaying.done():
                return web.Response(status=503)  # the browser is gone
            return json_answer(await replaying)
        finally:
            self._replays -= 1
            for task in (replaying, leaving):
                task.cancel()
            await asyncio.gather(replaying, leaving, return_exceptions=True)

    async def _replayed(self, kept: Kept, profile: str, speed: float) -> dict[str, object]:
        spoken = await asyncio.to_thread(kept.read)
        pcm = await asyncio.to_thread(kept.read_audio)
        recording = await replayed(
            pcm, speech=self._speech, profile=profile, speed=speed, spoken=spoken
        )
        return view_of(recording, _levels(pcm, recording))

    @property
    def _store(self) -> Store:
        if self._recorder is None:
            raise web.HTTPNotFound(text=_NOT_RECORDED)
        return self._recorder.store

    async def _kept(self, request: web.Request) -> Kept:
        store = self._store
        try:
            return await asyncio.to_thread(store.find, request.match_info["id"])
        except StateError:
            raise  # the folder cannot be read, so the recording may still exist
        except ConfigError as err:
            raise web.HTTPNotFound(text=str(err)) from err


def _newest(store: Store) -> list[Recording]:
    """Return the newest recordings that can be read. Another program may have deleted some."""
    recordings = []
    for kept in store.kept()[:_MAX_LISTED]:
        try:
            recordings.append(kept.read())
        except ConfigError:
            continue
    return recordings


def _view(kept: Kept) -> dict[str, object]:
    recording = kept.read()
    return view_of(recording, _levels(kept.read_audio(), recording))


def _levels(pcm: bytes, recording: Recording) -> Levels:
    levels = LevelMeter(PCM_16K_MONO).measure(pcm)
    levels.extend(paired(recording.frames))
    return levels
