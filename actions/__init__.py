"""Rasa SDK actions, one file each. Thin: bot.cases opens the cases, bot.safety has the words of urgent help."""
