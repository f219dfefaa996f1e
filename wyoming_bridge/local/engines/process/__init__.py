"""The server and the host: an engine decodes in the host, which is a separate process.

``engine``, ``exchange``, ``host`` and ``voice`` are the server's end. The host uses ``launch``,
``threads``, ``rights`` and ``wire``, so these import only the standard library and each other, and
nothing is imported here.
"""
