"""What the chaos run is made of: a clock, processes to kill, a bad provider, the laws."""
