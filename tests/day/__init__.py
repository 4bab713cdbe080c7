"""A whole working day, played against a running server over real HTTP and WebSockets: `make day`."""
