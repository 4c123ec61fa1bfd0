"""What a title is found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.ids import SkuId
from sync.model.stock import Sku
from sync.titles import fits, fragments_of, likest, words_of


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Gooseneck kettle, 1.7 l, black", "kett"),
        ("Gooseneck kettle, 1.7 l, black", "black GOOSE"),
        ("Gooseneck kettle, 1.7 l, black", "1.7"),
        ("Steel-handle pan", "handle"),
        ("Kettle 100% steel", "100%"),
        ("Kettle 100% steel", "%"),
        ("Crème brûlée torch", "creme brulee"),
        ("電気ケトル 黒", "ケトル"),
        ("Große Straßenlampe", "strassen"),
    ],
)
def test_a_title_is_found_by_the_beginnings_of_its_words(title: str, asked: str) -> None:
    assert fits(title, fragments_of(asked))


@pytest.mark.parametrize("asked", ["ettle", "kettle red", "_", "17"])
def test_what_begins_no_word_finds_nothing(asked: str) -> None:
    assert not fits("Gooseneck kettle, 1.7 l, black", fragments_of(asked))


@given(st.text(max_size=60))
def test_every_title_is_found_by_itself_and_by_each_of_its_words(title: str) -> None:
    assert fits(title, fragments_of(title))
    for word in title.split():
        assert fits(title, fragments_of(word))
    assert all(words_of(title))


def test_the_nearest_codes_come_first() -> None:
    near = [Sku(SkuId(code)) for code in ("KTL-17-STL", "KTL-17-BLK", "KTL-1")]
    assert next(sku.id for sku in likest("ktl17blk", near)) == "KTL-17-BLK"
