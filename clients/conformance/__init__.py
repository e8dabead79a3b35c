"""Checks a server, or a phone, against the promises of docs/sync-protocol.md."""
