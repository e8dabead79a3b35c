"""Changes to the tracker's tables."""
