"""What the figures stand on."""
