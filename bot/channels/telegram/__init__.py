"""Telegram: private chats with a bot, through its Bot API."""
