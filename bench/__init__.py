"""Measures what the project claims about its speed; see README.md."""
