"""Changes to what the dashboard keeps for its users."""
