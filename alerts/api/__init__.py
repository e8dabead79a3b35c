"""Alerts over HTTP: patients read and acknowledge, clinicians answer."""
