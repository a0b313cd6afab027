"""What leads and content owners learn from: figures, unanswered questions, ratings, samples to label."""
