"""Rasa SDK actions, one file each. Thin: cases are opened by bot.cases, words come from bot.safety and actions.words."""
