"""Servers that the measurements run beside ours."""
