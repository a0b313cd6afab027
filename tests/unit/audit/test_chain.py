"""A trail is whole, or it is said which entry is broken and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import Anchor, ChainCheck
from bot.audit.domain import GENESIS, Entry, StoredEntry, check, seal

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)


def chain(count: int) -> list[StoredEntry]:
    found: list[StoredEntry] = []
    previous = GENESIS
    for number in range(1, count + 1):
        entry = Entry("lee@clinic.example", "case_viewed", "case", f"case-{number}", {"messages": number})
        at = NOW + timedelta(minutes=number)
        found.append(StoredEntry(number, at, entry, previous, seal(number, entry, at, previous)))
        previous = found[-1].seal
    return found


def resealed(entries: Sequence[StoredEntry]) -> list[StoredEntry]:
    """As somebody would do it who knows how seals are made: numbers, links and seals all fit again."""
    found: list[StoredEntry] = []
    previous = GENESIS
    for number, stored in enumerate(entries, 1):
        made = seal(number, stored.entry, stored.at, previous)
        found.append(StoredEntry(number, stored.at, stored.entry, previous, made))
        previous = made
    return found


def faults(entries: Sequence[StoredEntry], *anchors: Anchor, before: StoredEntry | None = None) -> list[str]:
    return [str(fault) for fault in ChainCheck(before, anchors).faults(entries)]


def test_a_whole_trail_has_no_fault_and_its_anchors_are_met() -> None:
    entries = chain(5)
    done = ChainCheck(anchors=[Anchor.of(entries[1]), Anchor.of(entries[4])])
    assert list(done.faults(entries)) == []
    assert (done.count, done.met, done.last) == (5, 2, entries[4])


def test_a_changed_entry_is_named_and_only_it() -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], entry=replace(entries[2].entry, actor="kim@clinic.example"))
    assert faults(entries) == ["entry 3 does not fit its seal: it was changed"]


def test_a_changed_entry_with_a_new_seal_breaks_the_next_link() -> None:
    entries = chain(5)
    entries[2] = resealed([*entries[:2], replace(entries[2], entry=replace(entries[2].entry, subject="x"))])[
        2
    ]
    assert faults(entries) == [
        "entry 4 was not sealed onto entry 3 as it is now: one of the two was replaced"
    ]


def test_a_missing_entry_is_named() -> None:
    entries = chain(6)
    assert faults([*entries[:2], *entries[3:]]) == ["entry 3 is missing"]
    assert faults([*entries[:2], *entries[5:]]) == ["entry 3 is missing, and all up to 5"]
    assert faults(entries[1:]) == ["entry 1 is missing"]


def test_an_entry_that_is_there_twice_or_out_of_order_is_named() -> None:
    entries = chain(3)
    assert faults([*entries, entries[2]])[0].startswith("entry 3 comes after entry 3")
    assert faults([entries[0], entries[2], entries[1]])[0] == "entry 2 is missing"


def test_a_cut_off_end_shows_only_against_a_kept_seal() -> None:
    entries = chain(5)
    assert faults(entries[:3]) == []
    assert faults(entries[:3], Anchor.of(entries[4])) == [
        "entry 5 is expected and missing: the trail ends at entry 3"
    ]
    assert faults([], Anchor.of(entries[0])) == ["entry 1 is expected and missing: the trail is empty"]


def test_a_trail_rewritten_as_a_whole_shows_only_against_a_kept_seal() -> None:
    kept = Anchor.of(chain(5)[4])
    entries = chain(5)
    entries[1] = replace(entries[1], at=NOW)
    entries = resealed(entries)
    assert faults(entries) == []
    assert faults(entries, kept) == [
        "entry 5 has another seal than the one that was kept: the trail was rewritten"
    ]


def test_a_later_part_is_checked_against_what_stands_before_it() -> None:
    entries = chain(6)
    assert faults(entries[3:], before=entries[2]) == []
    assert faults(entries[3:], Anchor.of(entries[2]), before=entries[2]) == []
    other = resealed([replace(entries[0], at=NOW), *entries[1:]])
    assert faults(entries[3:], before=other[2])[0].startswith("entry 4 was not sealed onto entry 3")
    assert len(faults(other[3:], Anchor.of(entries[2]), before=other[2])) == 1


TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
DETAILS = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=3)


@st.composite
def tampered(draw: st.DrawFn) -> tuple[list[StoredEntry], list[StoredEntry]]:
    """A trail, and the same after somebody has changed, deleted, swapped or inserted entries without resealing all."""
    entries = chain(draw(st.integers(2, 7)))
    found = list(entries)
    kind = draw(st.sampled_from(("change", "delete", "swap", "insert")))
    at = draw(st.integers(0, len(found) - 1))
    if kind == "delete":
        del found[at]
    elif kind == "swap":
        other = draw(st.integers(0, len(found) - 1).filter(lambda index: index != at))
        # The contents change places, the numbers stay.
        found[at], found[other] = (
            replace(found[other], number=found[at].number),
            replace(found[at], number=found[other].number),
        )
    elif kind == "insert":
        later = [replace(stored, number=stored.number + 1) for stored in found[at:]]
        previous = found[at - 1].seal if at else GENESIS
        entry = Entry(draw(TEXT), draw(TEXT), "case", draw(TEXT), draw(DETAILS))
        made = StoredEntry(at + 1, NOW, entry, previous, seal(at + 1, entry, NOW, previous))
        found = [*found[:at], made, *later]
    else:
        stored = found[at]
        name = draw(
            st.sampled_from("at previous seal actor action subject_kind subject details".split()),
            label="field",
        )
        if name == "at":
            changed = replace(stored, at=stored.at + timedelta(microseconds=draw(st.integers(1, 10**12))))
        elif name in ("previous", "seal"):
            changed = replace(stored, **{name: draw(st.binary(min_size=32, max_size=32))})
        elif name == "details":
            changed = replace(stored, entry=replace(stored.entry, details=draw(DETAILS)))
        else:
            changed = replace(stored, entry=replace(stored.entry, **{name: draw(TEXT)}))
        found[at] = changed
    return entries, found


@given(tampered())
def test_any_tampering_is_found(pair: tuple[list[StoredEntry], list[StoredEntry]]) -> None:
    """With the last seal kept elsewhere: without it, a cut off end is not."""
    before, after = pair
    assert bool(faults(after, Anchor.of(before[-1]))) == (before != after)


@given(tampered())
def test_also_by_somebody_who_seals_the_whole_trail_anew(
    pair: tuple[list[StoredEntry], list[StoredEntry]],
) -> None:
    before, after = pair[0], resealed(pair[1])
    assert bool(faults(after, Anchor.of(before[-1]))) == (before != after)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_whatever_the_numbers_nothing_but_one_to_n_passes(numbers: list[int]) -> None:
    entries = {stored.number: stored for stored in chain(9)}
    picked = [entries[number] for number in numbers]
    assert (faults(picked) == []) == (numbers == list(range(1, len(numbers) + 1)))


def test_a_kept_seal_is_read_as_it_was_written() -> None:
    anchor = Anchor.of(chain(3)[2])
    assert Anchor.parse(f" {anchor}\n") == anchor
    for wrong in ("", "3", f"0:{'a' * 64}", f"3:{'a' * 63}", f"3:{'g' * 64}", f"-3:{'a' * 64}"):
        with pytest.raises(ValueError, match="NUMBER:SEAL"):
            Anchor.parse(wrong)


def test_seals_are_made_as_they_always_were() -> None:
    """Another way of making them would declare every trail broken that was written before."""
    entry = Entry("lee@clinic.example", "case_viewed", "case", "K7F-3QX", {"b": 2, "a": ["é", None, True]})
    made = seal(1, entry, NOW, GENESIS).hex()
    assert made == "1c9af90779be34b41a44cb911d9642f4ba195b20667d96f007bfccab2f2b0e43"


GOOD = Entry(
    "lee@clinic.example", "case_viewed", "case", "K7F-3QX", {"page": 2, "states": ["open"], "by": None}
)


def test_codes_and_numbers_belong_into_an_entry() -> None:
    check(GOOD)
    check(replace(GOOD, details={"role": {"from": "clinician", "to": "lead"}, "done": True}))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, actor=""),
        replace(GOOD, actor="a\nb"),
        replace(GOOD, actor="x" * 321),
        replace(GOOD, action="Case viewed"),
        replace(GOOD, subject_kind=""),
        replace(GOOD, subject="I am so low"),
        replace(GOOD, subject="x" * 201),
        replace(GOOD, details={"note": "she said that"}),
        replace(GOOD, details={"note": ["ok", "not ok"]}),
        replace(GOOD, details={"a note": 1}),
        replace(GOOD, details={"share": 0.5}),
        replace(GOOD, details={"text": "a\x00b"}),
        replace(GOOD, details={"text": "\ud800"}),
    ],
)
def test_sentences_fractions_and_odd_characters_do_not(wrong: Entry) -> None:
    with pytest.raises(ValueError, match="^audit: ") as caught:
        check(wrong)
    assert "she said" not in str(caught.value) and "low" not in str(caught.value)
