"""Cards: tables go into their places and nothing else of a card changes."""

import pytest

import fill_cards

CARD = "# Card\n\n<!-- figures: one -->\nold\n<!-- end -->\n\nwords\n\n<!-- figures: two -->\n<!-- end -->\nlast\n"


def test_places_are_filled_and_the_rest_stays(tmp_path):
    card = tmp_path / "README.md"
    card.write_text(CARD, encoding="utf-8")
    for _ in range(2):
        fill_cards.fill(card, {"one": "new", "two": "| a |\n| b |"})
        assert card.read_text(encoding="utf-8") == (
            "# Card\n\n<!-- figures: one -->\nnew\n<!-- end -->\n\nwords\n\n"
            "<!-- figures: two -->\n| a |\n| b |\n<!-- end -->\nlast\n"
        )


def test_a_place_that_a_card_does_not_have_is_an_error(tmp_path):
    card = tmp_path / "README.md"
    card.write_text(CARD, encoding="utf-8")
    with pytest.raises(ValueError, match="three"):
        fill_cards.fill(card, {"three": "new"})
    assert card.read_text(encoding="utf-8") == CARD


def test_the_committed_cards_have_the_tables_of_their_files(tmp_path):
    """Counts of the notes and figures of the CSV files; `python scripts/fill_cards.py` renews them."""
    gold = list(fill_cards.notes_in(fill_cards.DATA / "notes"))
    of_data = {**fill_cards.corpus(gold), "agreement": fill_cards.agreement()}
    of_models = {
        "model": fill_cards.manifest(),
        "comparison": fill_cards.comparison(),
        "first-looks": fill_cards.first_looks(),
    }
    for card, places in ((fill_cards.DATA, of_data), (fill_cards.MODELS, of_models)):
        text = (card / "README.md").read_text(encoding="utf-8")
        stale = [
            name for name, content in places.items() if f"<!-- figures: {name} -->\n{content}\n<!-- end -->" not in text
        ]
        assert not stale
