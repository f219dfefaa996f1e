"""Engines whose decoding happens in a process of its own: both ends of it.

``engine``, ``host`` and ``voice`` are the server's end. ``wire``, ``rights`` and ``launch`` import
only the standard library, because the process uses them too. Nothing is imported here for the same
reason.
"""
