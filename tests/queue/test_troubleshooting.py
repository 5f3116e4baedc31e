"""There is advice for everything that can be wrong, and it is the same wherever it is shown."""

from __future__ import annotations

import re

from xerosql.queue.model import Code, Reason
from xerosql.queue.troubleshooting import ADVICE, codes, markdown, reasons


def test_every_error_code_and_every_reason_has_advice_in_order() -> None:
    assert [each.name for each in codes()] == list(Code)
    assert [each.name for each in reasons()] == list(Reason)
    assert set(ADVICE) == {*Code, *Reason}


def test_advice_is_made_of_sentences() -> None:
    for each in ADVICE.values():
        for text in (each.happened, *each.remedies):
            assert re.fullmatch(r"[A-Z`].+[.)>]", text), text
        assert not each.heading.endswith(".")


def test_the_markdown_has_an_anchor_and_a_heading_for_each() -> None:
    text = markdown(2)
    for each in ADVICE.values():
        assert f'<a id="{each.anchor}"></a>' in text
        assert f"### {each.heading} (`{each.name}`)" in text
    assert " " not in "".join(each.anchor for each in ADVICE.values())
