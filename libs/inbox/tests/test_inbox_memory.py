"""The inbox in memory keeps what every inbox promises, with and without dates to be done by."""

from dataclasses import replace
from datetime import timedelta

import pytest
from libs.inbox.tests.suite_inbox import PLAIN, InboxSuite, Note, RequestsSuite

from inbox.memory import MemoryInbox

DATED = replace(
    PLAIN,
    columns=("id", "shop", "topic", "answer_by"),
    write=lambda note, now: (
        note.id,
        note.shop,
        note.topic,
        None if note.topic == "order" else now + timedelta(days=30),
    ),
    read=lambda row: Note(row["id"], row["shop"], row["topic"]),
    never_taken=("topic", "person"),
    respond_by="answer_by",
    gives_up=False,
)


class TestPlainInbox(InboxSuite[Note]):
    """``tests/integration/test_integration_inbox.py`` runs the same on PostgreSQL."""

    layout = PLAIN

    @pytest.fixture
    def inbox(self) -> MemoryInbox[Note]:
        return MemoryInbox(self.layout)

    def message(self, number: int, key: str = "1") -> Note:
        return Note(f"n{number}", key)


class TestDatedInbox(TestPlainInbox, RequestsSuite[Note]):
    """With requests that a person answers."""

    layout = DATED

    def dated(self, number: int) -> Note:
        return Note(f"d{number}", "1", "redact")

    def for_a_person(self, number: int) -> Note:
        return Note(f"p{number}", "1", "person")
