"""The composition root: the only package that knows every concrete class.

This module imports nothing, so that a command that only transcribes does not load the Wyoming
server.
"""
