"""Running the whole assistant on one machine: checks, training, and the supervisor of its processes."""
