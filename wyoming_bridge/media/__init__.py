"""Fetches and decodes audio from URLs, files and containers.

This module imports nothing: the decoder's library takes 35 MiB of memory, and few programs need it.
"""
