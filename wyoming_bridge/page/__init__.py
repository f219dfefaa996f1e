"""The live page: what is said now, what was said, and a microphone, in a browser.

This module imports nothing: the web framework takes 14 MiB of memory, which only a bridge with a
page should need.
"""
