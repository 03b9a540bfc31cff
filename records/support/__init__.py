"""What support sees and does, one file a topic."""
