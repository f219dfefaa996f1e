"""Serves the real view of Home Assistant's ingress, without the rest of Home Assistant.

    ingress_view.py PORT SUPERVISOR TOKEN SESSION

The Python of Home Assistant's environment runs this script. The page ``/`` shows the app in a
frame, as the frontend does.
"""

import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web
from homeassistant.components.hassio.ingress import HassIOIngress
from homeassistant.components.http.headers import setup_headers

_FRAME = """<!doctype html>
<html lang="en"><title>Home Assistant</title>
<body>
<script>
document.cookie = "ingress_session={session};path=/api/hassio_ingress/;SameSite=Strict";
const frame = document.createElement("iframe");
frame.title = "Wyoming Bridge";
frame.width = 1000;
frame.height = 1500;
frame.src = "/api/hassio_ingress/{token}/";
document.body.append(frame);
</script>
</html>"""


def main() -> None:
    """Serve until a signal ends the process."""
    port, supervisor, token, session = sys.argv[1:]
    app = web.Application()
    setup_headers(app, use_x_frame_options=True)

    async def frame(_request: web.Request) -> web.Response:
        text = _FRAME.replace("{session}", session).replace("{token}", token)
        return web.Response(text=text, content_type="text/html")

    async def icon(_request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def with_view(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            app["view"] = HassIOIngress(supervisor, http)
            yield

    async def ingress(request: web.Request) -> web.StreamResponse:
        return await app["view"].get(request, **request.match_info)

    app.cleanup_ctx.append(with_view)
    app.router.add_get("/", frame)
    app.router.add_get("/favicon.ico", icon)
    app.router.add_route("*", HassIOIngress.url, ingress)
    web.run_app(app, host="127.0.0.1", port=int(port), shutdown_timeout=0)


if __name__ == "__main__":
    main()
