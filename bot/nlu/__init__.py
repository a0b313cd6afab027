"""Rasa graph components. Thin: they call bot.understanding."""
