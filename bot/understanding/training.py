"""From training examples to a ReaderModel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bot.understanding.encoder import Matrix, Passage, SentenceEncoder
from bot.understanding.errors import TrainingDataError
from bot.understanding.examples import Example
from bot.understanding.features import FeatureSpace, Rows
from bot.understanding.labels import ASIDE, CONCERNS, SHARE_UPDATE, is_topic
from bot.understanding.linear import LinearHead, fit_head
from bot.understanding.model import ReaderModel
from bot.understanding.neighbours import Neighbours
from bot.understanding.pieces import items_of, pieces_of_each
from bot.understanding.policy import Thresholds
from bot.understanding.typos import misspelt

NO_CONCERN: Final = "none"
TIER_ONE: Final = "@1"
LEAST_EXAMPLES: Final = 5
LONGEST_MISSPELT: Final = 12  # words
EVIDENCE: Final = 4.0  # weight of an example against the penalty
BALANCE: Final = 0.5  # 0: a label weighs what its examples weigh; 1: every label weighs the same
PART_WEIGHT: Final = 0.5  # a part says less than a message
_TIERED: Final = "concern_serious_side_effect"


def train(examples: Sequence[Example], thresholds: Thresholds, encoder: SentenceEncoder) -> ReaderModel:
    """Learn the head and lay out the neighbours. Encodes each text once; deterministic.

    Raises:
        TrainingDataError: a label with fewer than five examples, or an empty example.
    """
    _check(examples)
    written, copies = lessons_of(examples), _misspelt_copies(examples)
    embeddings = encoder.encode_passages([text.passage for text in (*written, *copies)])
    lessons = [lesson for text in written for lesson in text.lessons]
    everything = [*lessons, *(text.whole for text in copies)]
    # The head learns from what has a label; of the rest only the neighbours know.
    labelled = [place for place, lesson in enumerate(everything) if lesson.labels]
    taught = [everything[place] for place in labelled]
    space, rows = FeatureSpace.learn(
        encoder,
        [lesson.text for lesson in taught],
        embeddings[labelled],
        [place for place, lesson in enumerate(taught) if lesson.whole],
    )
    return ReaderModel(
        space=space,
        intents=_fit_intents(rows, space.whitening(), taught),
        # A misspelt copy lies beside its original: it would only make that one count twice.
        neighbours=Neighbours.fit(
            embeddings[: len(lessons)],
            [lesson.intents for lesson in lessons],
            [lesson.concern for lesson in lessons],
        ),
        thresholds=thresholds,
    )


@dataclass(frozen=True)
class Lesson:
    """A training text or a part of one. Without `labels` all that is known of it is that it is no concern."""

    text: str
    labels: tuple[str, ...]
    concern: str
    whole: bool
    start: int = 0
    """Where a part stands in its text."""

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.start + len(self.text)

    @property
    def intents(self) -> tuple[str, ...]:
        """What the intent head learns: a story sentence beside others is an aside, not a message of its own."""
        if self.whole:
            return self.labels
        return tuple(ASIDE if label == SHARE_UPDATE else label for label in self.labels)

    @property
    def weight(self) -> float:
        return EVIDENCE if self.whole else EVIDENCE * PART_WEIGHT


@dataclass(frozen=True)
class Lessons:
    """All that one training text teaches: as a whole, and by the parts that are read in their place in it."""

    whole: Lesson
    parts: tuple[Lesson, ...] = ()

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return self.whole, *self.parts

    @property
    def passage(self) -> Passage:
        return Passage(self.whole.text, tuple(part.span for part in self.parts))


def lessons_of(examples: Sequence[Example]) -> list[Lessons]:
    """What each example teaches; its parts as labelled, else as far as it is known what they are."""
    parts = [_labelled_parts(example) or _listed_topics(example) for example in examples]
    calm = [
        place
        for place, known in enumerate(parts)
        if not known and concern_target(examples[place]) == NO_CONCERN
    ]
    for place, found in zip(calm, _parts_without_concern([examples[place] for place in calm]), strict=True):
        parts[place] = found
    return [
        Lessons(Lesson(example.text, example.labels, concern_target(example), whole=True), known)
        for example, known in zip(examples, parts, strict=True)
    ]


def _labelled_parts(example: Example) -> tuple[Lesson, ...]:
    parts = []
    end = 0
    for part in example.parts:
        start = example.text.find(part.text, end)
        if start < 0:  # told out of order
            start = example.text.index(part.text)
        parts.append(Lesson(part.text, part.labels, concern_target(part), whole=False, start=start))
        end = start + len(part.text)
    return tuple(parts)


def _listed_topics(example: Example) -> tuple[Lesson, ...]:
    """The items of a message that lists as many as it has topics: they are labelled in the order asked."""
    items = items_of(example.text)
    if len(items) < 2 or len(items) != len(example.labels) or not all(map(is_topic, example.labels)):
        return ()
    return tuple(
        Lesson(item.text, (label,), NO_CONCERN, whole=False, start=item.start)
        for item, label in zip(items, example.labels, strict=True)
    )


def _parts_without_concern(examples: Sequence[Example]) -> list[tuple[Lesson, ...]]:
    """The sentences of each message without concern whose writer labelled only the whole.

    Every part of such a message is without concern too: the head must know single sentences. The parts of a message
    with a concern are left out: nobody said which of them carries it.
    """
    return [
        tuple(Lesson(piece.text, (), NO_CONCERN, whole=False, start=piece.start) for piece in pieces[1:])
        for pieces in pieces_of_each([example.text for example in examples])
    ]


def _misspelt_copies(examples: Sequence[Example]) -> list[Lessons]:
    """A copy of every other short example. Long ones hold enough other words to be known by.

    Most slips are put right before a message is scored; these copies are for what is left.
    """
    return [
        Lessons(Lesson(misspelt(example.text, seed), example.labels, concern_target(example), whole=True))
        for seed, example in enumerate(examples)
        if seed % 2 == 0 and len(example.text.split()) <= LONGEST_MISSPELT
    ]


def concern_target(example: Example) -> str:
    """The concern head's class: a category, `none`, or the emergency half of serious side effects."""
    for label in CONCERNS:
        if label in example.labels:
            return label + TIER_ONE if label == _TIERED and example.tier == 1 else label
    return NO_CONCERN


def _fit_intents(rows: Rows, whitening: Matrix, lessons: Sequence[Lesson]) -> LinearHead:
    """A lesson with several labels counts as a share of each; a label with few lessons counts for more."""
    counts = Counter(label for lesson in lessons for label in lesson.intents)
    typical = median(counts.values())
    shares = [
        (index, label, lesson.weight * (typical / counts[label]) ** BALANCE / len(lesson.intents))
        for index, lesson in enumerate(lessons)
        for label in lesson.intents
    ]
    picked, targets, weights = zip(*shares, strict=True)
    return fit_head(rows.picked(picked), whitening, targets, weights)


def _check(examples: Sequence[Example]) -> None:
    for example in examples:
        if not example.text:
            raise TrainingDataError(f"an example of {example.labels[0]} is empty: remove it from data/nlu")
    for label, count in Counter(label for example in examples for label in example.labels).items():
        if count < LEAST_EXAMPLES:
            raise TrainingDataError(f"{label} has {count} training examples: write at least {LEAST_EXAMPLES}")
