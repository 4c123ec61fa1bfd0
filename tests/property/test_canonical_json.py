"""What the chains hash is RFC 8785 of every entry, whichever way it was written."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from sync.model.proof import Entry
from sync.proof import FIRST, Content, canonical, entry_hash

texts = st.text(st.characters(codec="utf-8"))
names = st.one_of(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), texts)
numbers = st.integers(-(2**53) + 1, 2**53 - 1)
contents = st.dictionaries(names, st.one_of(texts, numbers, st.dictionaries(names, texts)))


@given(content=contents)
@example({"\ue000": "a", "\U00010000": "b"})
@example({"figures": {"\ue000": "a", "\U00010000": "b"}})
@example({"text": "".join(map(chr, range(0x20))) + '"\\/\x7f\x80\u2028\u2029\ufeff'})
@example({"seq": 2**53 - 1, "back": -(2**53) + 1})
def test_it_is_what_the_rfc_says(content: Content) -> None:
    assert canonical(content) == rfc8785.dumps(content)
    assert json.loads(canonical(content)) == content


@given(
    chain=texts, seq=st.integers(1, 2**54), said=st.tuples(texts, texts, texts), figures=st.dictionaries(names, texts)
)
@example(chain="c", seq=2**53, said=("", "", ""), figures={"é": "a"})
@example(chain="c", seq=1, said=("k", "a", "s"), figures={"\ue000": "a", "\U00010000": "b", "z": "", "a": '"'})
def test_an_entry_is_hashed_over_what_the_rfc_says(
    chain: str, seq: int, said: tuple[str, str, str], figures: dict[str, str]
) -> None:
    kind, actor, sentence = said
    entry = Entry(kind, datetime(2026, 11, 24, 9, 30, 1, 2, tzinfo=UTC), actor, sentence, tuple(figures.items()))
    content = {
        "chain": chain,
        "seq": seq,
        "kind": kind,
        "at": "2026-11-24T09:30:01.000002Z",
        "actor": actor,
        "sentence": sentence,
        "figures": figures,
        "previous": FIRST,
    }
    if seq >= 2**53:
        with pytest.raises(ValueError):
            entry_hash(chain, seq, entry, FIRST)
        return
    assert entry_hash(chain, seq, entry, FIRST) == hashlib.sha256(rfc8785.dumps(content)).hexdigest()


@pytest.mark.parametrize("content", [{"text": "\ud800"}, {"\ud800": "text"}, {"seq": 2**53}, {"seq": -(2**53)}])
def test_what_has_no_form_is_refused(content: Content) -> None:
    with pytest.raises(ValueError):
        canonical(content)
    with pytest.raises(ValueError):
        rfc8785.dumps(content)


def test_an_entry_of_the_first_release_still_gives_its_hash() -> None:
    entry = Entry(
        "opened",
        datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        "countersign",
        "Opened: WMS counts 9\u00a0→ 4 units at Reno (−5).\n",
        (("fingerprint", "exposure_mismatch|KTL|…"), ("delta", "5"), ("größe", "\U0001f4e6")),
    )
    assert (
        entry_hash("exception:EX-1042", 1, entry, FIRST)
        == "6510067ead026fb94a64d1f132f60ea948e6d0544d13c0ce102d4c4b106ea272"
    )
