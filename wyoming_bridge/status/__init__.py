"""What a running bridge tells about itself over HTTP. This module imports nothing."""
