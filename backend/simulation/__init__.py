"""The simulated clinic of the demo; its diaries go through the real services."""
