"""Offline English recognition with PocketSphinx.

Nothing is imported here, because the process that decodes imports its worker from this package.
"""
