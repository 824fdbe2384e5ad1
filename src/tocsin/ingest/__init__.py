"""What comes in from a message bus."""
