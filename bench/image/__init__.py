"""Tries the container image as its users run it, on a machine without a container registry.

``building`` builds it with Podman from the Dockerfile itself. The base image comes from Debian's
packages. ``trying`` starts it as ``compose.yaml`` says, in a network of its own, and speaks to it.
Only the standard library is needed, because it runs as root with the system's Python.
"""
