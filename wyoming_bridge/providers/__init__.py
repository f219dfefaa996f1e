"""The services' protocols, without I/O. Time comes in as an argument."""
