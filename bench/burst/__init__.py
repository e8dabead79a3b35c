"""Ten thousand alerts at once: how long until each is first told, emergencies first."""
