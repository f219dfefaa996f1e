"""The doubles that are shipped with the package."""
