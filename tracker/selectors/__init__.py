"""Questions to the tracker's tables."""
