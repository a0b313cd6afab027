"""What a patient's message asks, and whether somebody must be called.

`Reader.read(text, context) -> Reading` is the whole surface. The front door and Rasa use this one path,
so a concern that one of them sees is a concern for the other.
"""

from bot.understanding.errors import ModelMissing, UnderstandingError
from bot.understanding.parse_data import to_parse_data
from bot.understanding.reader import Reader
from bot.understanding.reading import Context, Reading

__all__ = ["Context", "ModelMissing", "Reader", "Reading", "UnderstandingError", "to_parse_data"]
