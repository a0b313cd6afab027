"""Conversations and their messages: what was said, in order, once."""
