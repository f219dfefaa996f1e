"""Both ends of an engine that decodes in a separate process, the host.

``engine``, ``exchange``, ``host`` and ``voice`` are the server's end. The host uses ``launch``,
``threads``, ``rights`` and ``wire``, so these import only the standard library and each other, and
nothing is imported here.
"""
