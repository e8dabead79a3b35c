"""Sheets for paper and files to take away."""
