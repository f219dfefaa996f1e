"""The live page: it shows what is said now and what was said, and users can speak to it.

This module imports nothing. The web framework takes 14 MiB of memory, so only a bridge with a page
loads it.
"""
