"""Questions to the analysis, without pandas."""
