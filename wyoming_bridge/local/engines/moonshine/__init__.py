"""Offline English recognition with Moonshine.

Nothing is imported here, because the process that decodes imports its worker from this package.
"""
