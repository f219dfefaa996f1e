"""Tries the container image as its users run it, on a machine without a container registry.

``building`` builds the image with Podman from the Dockerfile itself, on a base image that is made
from Debian's packages. ``image_trial`` starts the image as ``compose.yaml`` says, in its own
network, and sends speech to it. ``app_trial`` starts the image of the Home Assistant app as the
Supervisor does, and sends speech to it. The modules run as root with the system's Python, so they
use only the standard library.
"""
