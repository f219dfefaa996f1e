"""The live page: a browser shows what is said now and what was said, and users can speak there.

This module imports nothing. The web framework takes 14 MiB of memory, so only a bridge with a page
loads it.
"""
