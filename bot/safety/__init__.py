"""Concerns in what patients write: the reviewed rules, and the words that help at once. Pure."""
