"""The composition root: the only package that knows every concrete class.

This module itself imports nothing, so that ``transcribe`` does not load the Wyoming server.
"""
