"""What the dashboard's pages cost, and that they do not grow with the clinic."""
