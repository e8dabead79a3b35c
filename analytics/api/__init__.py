"""Flags over HTTP: staff read them in full, patients in plain words."""
