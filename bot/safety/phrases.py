"""The phrase language of the rule book, parsed, and found in sentences with spaCy's Matcher.

The language is described for its readers in docs/safety/phrase-language.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, Final

import spacy
from spacy.matcher import Matcher
from spacy.matcher.levenshtein import levenshtein
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.safety.errors import PhraseError
from bot.safety.tokens import FIRST, LAST, MARKS, NUMBERS, PAUSE, YEARS, Token

SHORTEST_WITH_TYPO: Final = 5  # letters: one typo away from a shorter word lie too many other words
MOST_WAYS: Final = 600  # ways to read one phrase, once its word sets are written out
# Stands for every word that no rule knows, so that spaCy never stores what patients write.
UNKNOWN: Final = "_"
# Words read at once. Sentences without an end are read in windows, which share more words than a phrase spans.
WINDOW: Final = 80
OVERLAP: Final = 30

_WORD: Final = re.compile(rf"[^\W\d_](?:[^\W_]|[{MARKS}])*(?:\*[^\W_]+)*")
_SET_NAME: Final = re.compile(r"\{([a-z_]+)\}")
_EMOJI: Final = re.compile(r"[^\w\s\x00-\x7f]|[:;=][()D]")
_REPEATS: Final = re.compile(r"(.)\1{2,}")
_NUMBER_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()


@dataclass(frozen=True)
class OneOf:
    """One token out of `words`; with `typo`, also a token that is one letter away from one of them."""

    words: frozenset[str]
    typo: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Gap:
    """Up to `most` tokens of any kind but pauses and the words that never stand in a gap."""

    most: int


Slot = OneOf | Gap
Way = tuple[Slot, ...]
WordSets = Mapping[str, Sequence[str]]


def parse(
    phrase: str, word_sets: WordSets, *, file: str = "", rule_id: str = "", open_ended: bool = False
) -> tuple[Way, ...]:
    """The ways to read a phrase: more than one where a word set holds entries of several words.

    Only an `open_ended` phrase may begin or end with a gap, which makes it reach further than its words.

    Raises:
        PhraseError: what is wrong with the phrase, with `file` and `rule_id` in the message.
    """
    parser = _Parser(phrase, word_sets, file, rule_id)
    ways = parser.ways(phrase, ())
    for way in ways:
        if not any(
            _required(slot) and not slot.words <= {FIRST, LAST, PAUSE}
            for slot in way
            if isinstance(slot, OneOf)
        ):
            raise parser.error("at least one word must be required")
        if not open_ended and (isinstance(way[0], Gap) or isinstance(way[-1], Gap)):
            raise parser.error("a gap cannot stand at the edge, except under unless")
    return ways


class _Parser:
    def __init__(self, phrase: str, word_sets: WordSets, file: str, rule_id: str) -> None:
        self._phrase = phrase
        self._word_sets = word_sets
        self._file = file
        self._rule_id = rule_id

    def error(self, problem: str) -> PhraseError:
        return PhraseError(self._phrase, problem, file=self._file, rule_id=self._rule_id)

    def ways(self, text: str, inside: tuple[str, ...]) -> tuple[Way, ...]:
        """`inside` names the word sets whose entries are being read."""
        choices = [self._choices(element, inside) for element in text.split()]
        if not choices:
            raise self.error("nothing to match")
        size = 1
        for choice in choices:
            size *= len(choice)
        if size > MOST_WAYS:
            raise self.error(f"{size} ways to read it, at most {MOST_WAYS}: split it into several phrases")
        return tuple(tuple(slot for part in parts for slot in part) for parts in product(*choices))

    def _choices(self, element: str, inside: tuple[str, ...]) -> list[Way]:
        if element.startswith(".."):
            if not re.fullmatch(r"\.\.[1-9]", element):
                raise self.error(f"'{element}': a gap is ..1 to ..9")
            return [(Gap(int(element[2])),)]
        optional = element.endswith("?")
        exact: set[str] = set()
        typo: set[str] = set()
        longer: list[Way] = []
        for alternative in (element[:-1] if optional else element).split("|"):
            self._read(alternative, inside, exact, typo, longer)
        choices: list[Way] = [*longer]
        # The optional slot stays one slot as long as nothing but single words can fill it.
        alone = not longer and not (exact and typo)
        if exact:
            choices.append((OneOf(frozenset(exact), optional=optional and alone),))
        if typo:
            choices.append((OneOf(frozenset(typo), typo=True, optional=optional and alone),))
        if optional and not alone:
            choices.append(())
        return choices

    def _read(
        self, alternative: str, inside: tuple[str, ...], exact: set[str], typo: set[str], longer: list[Way]
    ) -> None:
        named = _SET_NAME.fullmatch(alternative)
        if named:
            for way in self._entries(named.group(1), inside):
                only = way[0]
                if len(way) == 1 and isinstance(only, OneOf) and not only.optional:
                    (typo if only.typo else exact).update(only.words)
                else:
                    longer.append(way)
        elif alternative in (FIRST, LAST, PAUSE):
            exact.add(alternative)
        elif alternative == "#":
            exact.update(_numbers_from(0))
        elif re.fullmatch(r"\d+\+", alternative):
            exact.update(_numbers_from(self._number(alternative[:-1])))
        elif re.fullmatch(r"\d+", alternative):
            exact.add(f"#{self._number(alternative)}")
        elif alternative.endswith("~"):
            typo.add(self._word(alternative[:-1], with_typo=True))
        else:
            exact.add(self._word(alternative))

    def _entries(self, name: str, inside: tuple[str, ...]) -> tuple[Way, ...]:
        if name in inside:
            raise self.error(f"the word set {{{name}}} contains itself")
        if name not in self._word_sets:
            raise self.error(f"there is no word set {{{name}}}")
        return tuple(way for entry in self._word_sets[name] for way in self.ways(entry, (*inside, name)))

    def _number(self, text: str) -> int:
        if int(text) not in NUMBERS and int(text) not in YEARS:
            raise self.error(f"'{text}': numbers above 60 go in steps of 20")
        return int(text)

    def _word(self, text: str, *, with_typo: bool = False) -> str:
        if _EMOJI.fullmatch(text) and not with_typo:
            return text
        if not _WORD.fullmatch(text) or text != text.lower():
            raise self.error(f"'{text}': write words in lower-case letters without apostrophes, like dont")
        if with_typo and len(text) < SHORTEST_WITH_TYPO:
            raise self.error(f"'{text}~': too short for a typo, {SHORTEST_WITH_TYPO} letters are needed")
        return text


@cache
def _numbers_from(least: int) -> frozenset[str]:
    figures = {f"#{number}" for number in NUMBERS if number >= least}
    return frozenset(figures | {word for number, word in enumerate(_NUMBER_WORDS) if number >= least})


def _required(slot: Slot) -> bool:
    return isinstance(slot, OneOf) and not slot.optional


@dataclass(frozen=True)
class Found:
    """Phrase number `phrase` stands from token `first` up to, not including, token `last`."""

    phrase: int
    first: int
    last: int


class PhraseBook:
    """Many phrases, found together. Never changes once made, so threads may share it.

    A phrase is tried only on a sentence that holds a word for each of its required places: few are.
    """

    def __init__(self, phrases: Sequence[Sequence[Way]], never_in_a_gap: Iterable[str]) -> None:
        self._vocab = _vocab()
        slots = [slot for ways in phrases for way in ways for slot in way if isinstance(slot, OneOf)]
        self._typo_words = frozenset(word for slot in slots if slot.typo for word in slot.words)
        self._near = _neighbourhood(self._typo_words)
        self._known = frozenset(word for slot in slots for word in slot.words) | set(never_in_a_gap) | {PAUSE}
        self._gap_stops = sorted({FIRST, LAST, PAUSE, *never_in_a_gap})
        self._matchers = [self._matcher(ways) for ways in phrases]
        self._by_word = self._index(phrases, Counter(word for slot in slots for word in slot.words))

    def find(self, sentence: Sequence[Token]) -> list[Found]:
        """Every place of every phrase, `^` and `$` standing at the ends of `sentence`."""
        words = [FIRST]
        places = [0]
        for place, token in enumerate(sentence):
            word = self._as_known(token.text)
            # Emoji that no rule knows say nothing: they must not part a phrase from the end of its sentence.
            if word != UNKNOWN or token.text[0].isalnum():
                words.append(word)
                places.append(place)
        words.append(LAST)
        places.append(len(sentence))
        found = {
            # The sentinels are no tokens of the sentence: a match that holds one is cut to the sentence.
            Found(phrase, places[max(first, 1)], places[min(last - 1, len(words) - 2)] + 1)
            for start in range(0, max(len(words) - OVERLAP, 1), WINDOW - OVERLAP)
            for phrase, first, last in self._matches(words[start : start + WINDOW], start)
        }
        return sorted(found, key=lambda place: (place.first, -place.last, place.phrase))

    def _matches(self, words: list[str], offset: int) -> Iterator[tuple[int, int, int]]:
        """Phrase, first word and the word after its last, `offset` added to both."""
        present = set(words)
        for word in words:
            present.update(self._typos_of(word))
        candidates = {
            phrase
            for word in present
            for phrase, needed in self._by_word.get(word, ())
            if not any(present.isdisjoint(words) for words in needed)
        }
        if not candidates:
            return
        doc = Doc(self._vocab, words=words)
        for phrase in candidates:
            for _, first, last in self._matchers[phrase](doc):
                yield phrase, first + offset, last + offset

    def _as_known(self, word: str) -> str:
        """The word itself if a rule could care for it, else `UNKNOWN`."""
        if word in self._known:
            return word
        # "pleeease", "helllp": three letters or more in a row stand for two or for one.
        for form in (_REPEATS.sub(r"\1\1", word), _REPEATS.sub(r"\1", word)):
            if form in self._known or self._typos_of(form):
                return form
        return UNKNOWN

    def _typos_of(self, word: str) -> set[str]:
        """The words that allow a typo and lie one letter away from `word`."""
        if len(word) < SHORTEST_WITH_TYPO - 1 or not self._near:
            return set()
        close = {near for form in _shortened(word) for near in self._near.get(form, ())}
        return {near for near in close if levenshtein(word, near, 1) <= 1}

    def _matcher(self, ways: Sequence[Way]) -> Matcher:
        # What parse accepts is valid; letting spaCy check it again takes seconds.
        matcher = Matcher(self._vocab, validate=False)
        matcher.add("phrase", [[self._pattern(slot) for slot in way] for way in ways], greedy="LONGEST")
        return matcher

    def _pattern(self, slot: Slot) -> dict[str, Any]:
        if isinstance(slot, Gap):
            return {"ORTH": {"NOT_IN": self._gap_stops}, "OP": f"{{0,{slot.most}}}"}
        words = sorted(slot.words)
        orth: Any = words[0] if len(words) == 1 else {"IN": words}
        if slot.typo:
            orth = {"FUZZY1": {"IN": words}}
        return {"ORTH": orth, "OP": "?"} if slot.optional else {"ORTH": orth}

    @staticmethod
    def _index(
        phrases: Sequence[Sequence[Way]], uses: Counter[str]
    ) -> dict[str, tuple[tuple[int, tuple[frozenset[str], ...]], ...]]:
        """For each word, the ways that it can open (phrase, words of its required places).

        A way is filed under the required place whose words are the least used in the rule book.
        """
        index: defaultdict[str, list[tuple[int, tuple[frozenset[str], ...]]]] = defaultdict(list)
        cost: dict[frozenset[str], int] = {}
        for phrase, ways in enumerate(phrases):
            for way in ways:
                needed = [slot.words for slot in way if isinstance(slot, OneOf) and not slot.optional]
                for words in needed:
                    if words not in cost:
                        cost[words] = sum(uses[word] for word in words)
                rarest = min(needed, key=lambda words: cost[words])
                needed.remove(rarest)
                for word in rarest:
                    index[word].append((phrase, tuple(needed)))
        return {word: tuple(entries) for word, entries in index.items()}


@cache
def _vocab() -> Vocab:
    return spacy.blank("en").vocab


def _shortened(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _neighbourhood(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Two words are one letter apart only if they share a form with at most one letter left out."""
    near: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        for form in _shortened(word):
            near[form].append(word)
    return {form: tuple(found) for form, found in near.items()}
