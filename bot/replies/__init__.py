"""What is said to a reading. Rasa's NLG, the front door's fall-back and the command line all speak through it."""

from bot.replies.without_dialogue import Replies
from bot.replies.words import Said, Words

__all__ = ["Replies", "Said", "Words"]
