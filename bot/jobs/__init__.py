"""Background work on PostgreSQL: one dialogue turn at a time in each conversation."""
