"""The services' protocols. They do no I/O, and the time is an argument."""
