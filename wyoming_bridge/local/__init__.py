"""The local realtime server, which offers the services' protocols with an offline engine.

Nothing is imported here, because the web framework takes memory, and a bridge to remote services
does not need it.
"""
