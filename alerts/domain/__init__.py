"""The rules of alerts: no Django, no clock, no randomness."""
