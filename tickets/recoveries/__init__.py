"""Somebody has another phone number and cannot sign in: an agent asks who they are, and a second look lets them in."""
