"""Web push: browsers and installed apps that are told although nobody has them open (RFC 8030, 8291, 8292)."""
