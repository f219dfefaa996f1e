"""Fetches and decodes audio from URLs, files and containers.

This module imports nothing. The HTTP library that ``source`` imports takes 18 MiB of memory, and
few processes need it.
"""
