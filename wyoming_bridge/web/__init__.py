"""What our HTTP servers share: limited connections, and the refusal of requests of other web pages.

This module imports nothing: the web framework takes 14 MiB of memory, and the rules of
``host_guard`` do not need it.
"""
