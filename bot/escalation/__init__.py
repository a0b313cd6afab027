"""Who is told of a case, when and how: the clinic's escalation policy, and what carries it out."""
