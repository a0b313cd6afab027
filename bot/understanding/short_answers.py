"""Yes, no and what lies between, in answer to "in general, or is it happening to you now?"."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

LONGEST: Final = 9  # words; a longer answer tells something of its own


class Answer(Enum):
    """`HALF_NO`: "not really". It settles nothing."""

    YES = "yes"
    NO = "no"
    HALF_NO = "half no"


_HALF_YES: Final = r"\s+".join(
    "kind of|kinda|sort of|sorta|a (?:bit|little)|sometimes|some\\s?days|most days|now and then|occasionally|"
    "on and off|maybe|perhaps|probably|possibly|i guess|i suppose|i think so|i don'?t know|i dunno|dunno|idk|"
    "not sure|unsure|both|lately|at the moment|right now|these days|at times|often|more or less|could be|might be|"
    "in a way".split(" ")
)
_YES: Final = re.compile(
    rf"""\W*(?:
      (?:y|ye+s+|yea+h*|yep+|yup|ya|aye|yh|si|correct|exactly|true|sadly|unfortunately|both|definitely|absolutely)\b
    | (?:(?:well|hm+|um+|uh|honestly|ok|it'?s|its|i\s+do|i\s+am|i\s+have)[\s,.]+)*(?:{_HALF_YES})\b
    | (?:it'?s\s+|its\s+)?(?:about\s+|happening\s+to\s+)?(?:me|myself|us)\b(?!\s+(?:neither|either))
    | (?:the\s+)?second\b
    | (?:it\s+is\s+)?(?:now|happening)\b
    | i\s+(?:do|am|have|did|could\s+be|might\s+be)\b(?!\s*n[o']t)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SOMEBODY_CLOSE: Final = re.compile(
    r"\W*(?:(?:no|not me|nope|nah|yes|but|it'?s|its|about|for)[\s,.!]*)*(?:my|our)\s+(?:\w+\s+)?"
    r"(?:son|daughter|kid|child|boy|girl|wife|husband|girlfriend|boyfriend|gf|bf|partner|fiance+|teen\w*|sister|brother)\b",
    re.IGNORECASE,
)
_HALF_NO: Final = re.compile(
    r"\W*(?:no+[\s,.!]+)?(?:not (?:really|exactly|quite|so much|that i know|that bad|as such)|hardly|barely|not yet)\b",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"""\W*(?:
      n+o+(?:pe)?\b | na+h*\b | never\b | neither\b | none\b
    | (?:(?:i'?m|im|i\s+am|i\s+was|was|it\s+was|only|just|really)\s+)*
      (?:in\s+general|generally|general|asking|wondering|curious|interested|hypothetical(?:ly)?|not\s+(?:me|now|to\s+me))\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# "no, but sometimes": what follows the no takes it back.
_TAKEN_BACK: Final = re.compile(
    rf"\b(?:but|although|though|except|well)\b.*\b(?:{_HALF_YES}|yes|i do|i am|i have|happen\w*)\b", re.I
)


def short_answer(text: str) -> Answer | None:
    """What a short message answers; None when it is long or says something else."""
    if len(text.split()) > LONGEST:
        return None
    if _TAKEN_BACK.search(text) or _SOMEBODY_CLOSE.match(text):
        return Answer.YES
    if _HALF_NO.match(text):
        return Answer.HALF_NO
    if _NO.match(text):
        return Answer.NO
    return Answer.YES if _YES.match(text) else None


_NO_BUT: Final = re.compile(
    r"\W*(?:n+o+(?:pe)?|na+h*)\b[\s,.!]*(?:(?:not\s+(?:really|me|now|that))\b[\s,.!]*)?"
    r"(?:but|though|although|just|only|tho)\b[\s,.!]*",
    re.IGNORECASE,
)
_NOTHING_NEW: Final = re.compile(
    r"(?:\W*\b(?:just|only|really|so|very|i|i'?m|im|i\s+am|i\s+was|was|it'?s|ask(?:ed|ing)?|curious|wonder(?:ed|ing)?|interested|checking"
    r"|in\s+general|generally|hypothetical(?:ly)?|in\s+case|thanks?|thank\s+you|thx|ty|for\s+asking|good\s+to\s+know|to\s+know"
    r"|want(?:ed)?|ok|okay|lol)\b)+\W*",
    re.IGNORECASE,
)


def told_after_no(text: str) -> int:
    """Where what is told beside a "no" begins ("no but bad headache today"); 0 when nothing is told."""
    opening = _NO_BUT.match(text)
    if opening is None or short_answer(text) is Answer.YES:
        return 0
    rest = text[opening.end() :]
    return 0 if len(rest.split()) < 2 or _NOTHING_NEW.fullmatch(rest) else opening.end()


_OPENING: Final = r"(?:(?:yes|yeah|yep|ok|oh|well|honestly|tbh|lol|hm+|and|so|because|cause|bc)[\s,.!]+)*"
_VERY: Final = r"(?:(?:kind\s+of|kinda|pretty\s+much|exactly|totally|sort\s+of|so|literally)\s+)*"
_HAVE: Final = r"i(?:'?ve|\s+have|\s+got|'?ve\s+got|'?m\s+having)"
_THAT_IS_ME: Final = re.compile(
    rf"""\W*{_OPENING}(?:
      (?:that|this|it)(?:'s|s|\s+is)?\s+{_VERY}
        (?:me|like\s+me|what\s+{_HAVE}|how\s+i|happening\s+to\s+me|my\s+(?:case|life))\b
    | {_VERY}(?:what\s+{_HAVE}|how\s+i\s+feel)\b
    | sounds?\s+(?:a\s+lot\s+)?like\s+me\b
    | same\s+here\b | me\s+too\b | me\W*(?:(?:right\s+)?now\W*)?$
    | (?:{_HAVE}|i\s+(?:do\s+)?feel)\s+(?:that|it|this|those|them|like\s+that|the\s+same)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def says_that_is_me(text: str) -> bool:
    """ "That's me", "kinda what I have right now": what was talked about in general happens to the writer."""
    return len(text.split()) <= LONGEST and not text.rstrip().endswith("?") and bool(_THAT_IS_ME.match(text))
