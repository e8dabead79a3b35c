"""What the analysis does; only `analyse` loads the engine, and only workers load it."""
