"""What the analysis does; only `analyse` loads pandas, and only workers load it."""
