"""What installers and people read."""
