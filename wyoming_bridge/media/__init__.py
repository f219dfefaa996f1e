"""Fetches and decodes audio from URLs, files and containers.

This module imports nothing, because few processes need ``source``, whose HTTP library takes 18 MiB
of memory.
"""
