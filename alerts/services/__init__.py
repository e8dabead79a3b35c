"""Changes to the tables of alerts. Import the modules: opening, answering, sweeping."""
