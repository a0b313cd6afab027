"""How a message leans on the conversation, by its words alone: "and wine?", "no, I meant …", "the second one"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["switch", "correction", "opening", "plain"]

SHORT: Final = 8  # words; whoever writes more says what it is about

_SWITCH: Final = re.compile(
    r"""(?:(?:ok(?:ay)?|so|and|now|right|alright)[\s,.]+)*
    (?: (?:(?:an)?other|next|different|new|one\s+more|second)\s+(?:question|thing|topic|subject)
      | chang(?:e|ing)\s+(?:of\s+|the\s+)?(?:subject|topic) | (?:(?:go(?:ing)?|get(?:ting)?|can\s+we\s+go)\s+)?back\s+to
      | returning\s+to | about\s+the\s+(?=(?:\w+\s+){1,3}again\b) | on\s+another\s+note | unrelated
      | something\s+else | totally\s+different )
    \b[\s,:;.!?–-]*(?:(?:but|though)\s+)?""",
    re.IGNORECASE | re.VERBOSE,
)
_CORRECTION: Final = re.compile(
    r"""(?:(?:no+|nope|nah|sorry|oops|wait|actually|well|oh|hm+|ok|not\s+(?:that|this|it))\b[\s,.!…–-]*)*
    (?:i|we)(?:\s+was|'?m|\s+am)?\s+(?:actually\s+|really\s+|rather\s+|just\s+)?
    (?:meant?|(?:talking|asking)\s+about)\b\s*(?:to\s+(?:ask|say|write)\s*)?(?:about\s+)?
    | (?:(?:no+|nope|nah|sorry)\b[\s,.!…–-]*)* not\s+(?:the|that|this|those|it)\b(?:\s+\w+){0,3}?
      \s*[,;:–-]+\s*(?:but\s+)?
    | (?:no+|nope|nah)[\s,.!…–-]+(?:about\s+|as\s+in\s+)?(?=(?:the|for|about|after|before|when|how)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_OPENING: Final = re.compile(
    r"""(?:(?:ok(?:ay)?|so|oh|hm+|right|well|cool|thanks|yeah)[\s,.!]+)*
    (?: (?:is|are)\s+(?:that|this|it|they)\s+the\s+same\s+(?=(?:for|with|in|on|at)\b)
      | (?:does|do|would|will)\s+(?:the\s+same|that|this|it)\s+(?:go|apply|count|hold)\s+(?=(?:for|to|with|in|at)\b)
      | and | n | or | but | then | also | plus | even | (?:and\s+)?(?:what|how|wot)\s+(?:about|abt|bout)
      | wbt | hbu | what\s+if )\b[\s,]*
    (?:(?:what\s+about|how\s+about|for|in|on|at|with|to|about|of|the\s+same\s+for)\s+)*""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMS: Final[tuple[tuple[Form, re.Pattern[str]], ...]] = (
    ("switch", _SWITCH),
    ("correction", _CORRECTION),
    ("opening", _OPENING),
)
# "I meant the blood test, not the pregnancy one": what stands before it is meant.
_CONTRAST: Final = re.compile(
    r"(?<=\w)[\s,.;:–-]+(?:and\s+|but\s+)?(?:not|rather\s+than|instead\s+of)\s.*$", re.I | re.S
)
_JOINED_BY: Final = re.compile(r"\b(?:in|on|at|with|to|if)\s*$", re.IGNORECASE)
_MODIFIES: Final = re.compile(
    r"\W*(?:in|on|at|with|without|after|before|during|while|when|if|once|until|till|even|only|just)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[a-z0-9']+")
_ASKING: Final = re.compile(
    r"(?:can|could|should|shall|do|does|did|is|are|am|was|will|would|must|may|has|have|how|hows|what|whats|when|why|"
    r"where|which|who|whose|any|so|then|and|or|but)\b",
    re.IGNORECASE,
)
# Words that name no subject. Those of the second half need something that they are said of.
_NO_SUBJECT: Final = frozenset(
    """a about after afterwards again ago all also already always am an and any anything are as at back be because been
    before but by can cant could did didnt do does doesnt doing done dont during each either else even ever every
    exactly few for from get gets go goes going got had has have he her hers here him his how hows i id if ill im in
    into is isnt it its ive just kind later less like many may maybe me mean meant might mine more most much must my
    need no nope not now of off ok okay on once one ones only or other others our ours out over own please quite
    rather really right same shall she should since so some something sometimes soon sorry still such sure take tell
    than thanks that thats the their theirs them then there these they thing things this those tho though through to
    together too twice under until up us very want was we well were what whats when where which while who why will
    with without would wouldnt yeah yes yet you your
    yours

    answer apply bad better best big call change chance common count dangerous decide decides depend difference
    different
    exact explain find first forever gone happen happens help high how important know known last late left likely long
    longer look low matter matters necessary normal notice often percentage permanent possible problem proven rare real
    reason risky roughly safe second serious severe short show sign signs start stop strong take takes third time true
    two three four five six seven eight nine ten usual work works worry worse wrong""".split()
)
_STANDS_FOR: Final = re.compile(
    r"\b(?:it|its|that|thats|this|they|them|those|these|one|ones|there)\b", re.IGNORECASE
)
_PLACES: Final = {
    "first": 0,
    "1st": 0,
    "former": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "last": -1,
    "latter": -1,
}
_PLACE: Final = re.compile(
    r"\b(?:the|that|your|ur)?\s*(first|1st|former|second|2nd|third|3rd|last|latter)\b"
    r"(?:\s+(?:one|thing|question|topic|subject|option|point|part|bit|of\s+(?:those|them|these|the\s+two)))?"
    r"(?=\s*(?:please|pls|then|instead|though|tho|[\s.?!,])*$|\s*,)",
    re.IGNORECASE,
)
_BARE_NUMBER: Final = re.compile(r"\W*(?:number|no|nr|option)?\W*([1-9])\W*", re.IGNORECASE)
_THE_OTHER: Final = re.compile(r"\bthe\s+other\s+(?:one|thing|question|topic|subject)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Leaning:
    """`rest`: the message without the words that only join it to what came before, and without what it is not about.

    `modifies`: it says when, where or for whom ("for men", "when it's hot"), where another may name a new thing.
    """

    form: Form
    rest: str
    modifies: bool = False

    @property
    def names_a_subject(self) -> bool:
        return names_a_subject(self.rest)


def leaning_of(text: str) -> Leaning:
    """How a message begins. `plain`: like a message that stands alone."""
    for form, pattern in _FORMS:
        match = pattern.match(text)
        if match is not None and match.end():
            rest = text[match.end() :].strip(" ,.;:!–-")
            if form == "correction":
                rest = _CONTRAST.sub("", rest)
            return Leaning(form, rest, bool(_JOINED_BY.search(match[0]) or _MODIFIES.match(rest)))
    return Leaning("plain", text.strip(), bool(_MODIFIES.match(text)))


def names_a_subject(text: str) -> bool:
    """Is there a word that says what it is about? "is it dangerous" has none, "is wine dangerous" has one."""
    words = (word.replace("'", "") for word in _WORD.findall(text.lower()))
    return any(word not in _NO_SUBJECT and not word.isdigit() for word in words)


def points_back(text: str) -> bool:
    """A pronoun that may stand for what was talked about."""
    return bool(_STANDS_FOR.search(text))


def asks(text: str) -> bool:
    """Looks like a question: a question mark, or a word that opens one."""
    return text.rstrip().endswith("?") or bool(_ASKING.match(text.strip()))


def is_short(text: str) -> bool:
    return len(text.split()) <= SHORT


def place_meant(text: str) -> int | None:
    """Which of several things offered: 0 for "the first one", -1 for "the last"; None when none is named."""
    if not is_short(text.partition(",")[0]):
        return None
    number = _BARE_NUMBER.fullmatch(text)
    if number is not None:
        return int(number[1]) - 1
    found = _PLACE.search(text)
    if found is not None:
        return _PLACES[found[1].lower()]
    return None


def after_the_place(text: str) -> str:
    """What is said after a place and names its subject itself ("the first thing, is the pill enough"); else ""."""
    found = _PLACE.search(text) if place_meant(text) is not None else None
    rest = text[found.end() :].strip(" ,.;:!–-") if found is not None else ""
    return rest if names_a_subject(rest) else ""


def means_the_other(text: str) -> bool:
    """ "Not that, the other thing"."""
    return is_short(text) and bool(_THE_OTHER.search(text))
