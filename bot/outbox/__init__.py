"""What has to reach somebody outside: stored with what it delivers, sent in order, at least once."""
