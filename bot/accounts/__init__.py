"""Who may use the care desk, and how they prove it."""
