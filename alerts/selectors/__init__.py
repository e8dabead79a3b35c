"""Questions to the tables of alerts."""
