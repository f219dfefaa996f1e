"""What our HTTP servers share: limits of connections, and checks against foreign web pages.

This module imports nothing: the web framework takes 14 MiB of memory, and the rules of
``host_guard`` do not need it.
"""
