"""Pages to clinicians, through Apprise: mail, text messages, chat, push, pagers."""
