"""Finding rows by what somebody types: in what is searched, by which indexes, how well it fits.

PostgreSQL's trigrams find three letters in a row anywhere in a text, and words that are spelled almost so. In Chinese
two characters are a word and one wrong character of three is a misspelling: pairs of characters are indexed beside the
trigrams, by the function `han_pairs` of our own (made by a migration of this app).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import transaction
from django.db.models import (
    BooleanField,
    Expression,
    F,
    Func,
    Index,
    Model,
    Q,
    QuerySet,
    Subquery,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Concat, Lower, StrIndex
from django.db.models.lookups import GreaterThan

from accounts.people.masking import EMAIL, PHONE
from accounts.people.phones import phone_number
from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.ids import from_then_on
from sync.sql import execute

M = TypeVar("M", bound=Model)

HAN = 0x2E80
"""From this code point on, characters stand for syllables or whole words. `han_pairs` in the database says the same."""
FEWEST_DIGITS = 4
"""So many digits may be the end of a phone number; fewer are the number of a house."""
FEW = 3_000
"""What so many rows fit, or fewer, is found by the indexes of the search alone.

To read and sort more takes as long as to meet the first ones on the way through a million, if they are spread evenly.
"""
NEWEST = 1_000
"""Among so many, two of what is frequent are met, if it is spread evenly."""
ALMOST = 0.7
"""How well a text fits that has all that was typed, but in other words or another order."""
LIKENESS, LIKENESS_TOGETHER = 0.55, 0.4
"""How much alike a word has to be, by PostgreSQL's measure: about two letters of ten may be wrong; and each of several
words, of which the others tell, too, whom it is about: one letter of four."""
SHORT = 2
"""Words of so many letters are not looked for in other spellings."""
LATIN_WORD = re.compile(r"[^\W_\u2e80-\U0010ffff]+")


class HanPairs(Func):
    """All pairs of neighbouring Chinese characters of a text."""

    function = "han_pairs"
    arity = 1
    output_field = ArrayField(TextField())


class WithoutContacts(Func):
    """A text without the telephone numbers and e-mail addresses in it."""

    function = "regexp_replace"
    output_field = TextField()

    def __init__(self, text: Expression) -> None:
        super().__init__(text, Value(f"{PHONE.pattern}|{EMAIL.pattern}"), Value(" "), Value("g"))


def text_of(*fields: str) -> Lower:
    """What is searched of a row: these fields, in small letters, with a blank between them."""
    first, *others = fields
    return Lower(Concat(first, *(part for field in others for part in (Value(" "), F(field)))))


def search_indexes(name: str, text: Expression | F | str, *within: str) -> list[Index]:
    """The indexes by which `found_by` finds rows by this text; `name` is the plural of what they are.

    `within` is a column by which people see only a part of the rows: what is frequent elsewhere, and not to be found
    where they look, is known from the index, without reading all those rows.
    """
    return [
        GinIndex(*within, OpClass(text, name="gin_trgm_ops"), name=f"{name}_search"),
        GinIndex(*within, HanPairs(text), name=f"{name}_search_pairs"),
    ]


def found_by(rows: QuerySet[M], condition: Q, text: Expression | F, *, plainly: Q | None = None) -> QuerySet[M]:
    """Those rows of whose `text` (as it is indexed) a condition of `Typed` holds. One statement, to see how many.

    `plainly` is the same condition, said so that PostgreSQL does not guess how seldom it holds.

    PostgreSQL cannot know how frequent a word is among the rows that somebody sees. If it expects many, it walks along
    the order of a list to meet the first ones, and if there are hardly any, walks to its end: seconds. If it expects
    few, it reads and sorts all there are. So we look: without an order, it asks the indexes of the search. Few are
    named to it; of many, the first ones are soon met, unless they are of long ago. Then it reads and sorts them.
    """
    fitting = fits(rows, condition, text)
    few = ids_if_few(fitting)
    if few is not None:
        return among(rows, few)
    walking = fits(rows, plainly or condition, text)
    latest = from_then_on(now() + timedelta(days=1))  # an id from later than that was made by chance
    newest = rows.model._default_manager.filter(pk__lt=latest).order_by("-pk").values("pk")[:NEWEST]
    if among(walking, ArraySubquery(newest)).order_by()[1:2]:
        return walking
    return among(rows, ArraySubquery(fitting.order_by().values("pk")))


def among(rows: QuerySet[M], ids: Collection[UUID] | Subquery) -> QuerySet[M]:
    """Those rows that have one of these ids, with which PostgreSQL begins; a subquery makes an array of them.

    (As an array they are one parameter. A thousand parameters take Python longer than PostgreSQL the rows.)
    """
    if isinstance(ids, Collection) and not ids:
        return rows.none()
    these = ids if isinstance(ids, Subquery) else Value(list(ids), ArrayField(UUIDField()))
    are_these = Func(F("pk"), these, arg_joiner=" = ANY(", template="%(expressions)s)", output_field=BooleanField())
    return rows.filter(are_these)


def ids_if_few(rows: QuerySet[M]) -> list[UUID] | None:
    """The ids of these rows, or None where there are many. One statement, in no order."""
    few = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
    return few if len(few) <= FEW else None


def fits(rows: QuerySet[M], condition: Q, text: Expression | F) -> QuerySet[M]:
    """See `found_by`; without a look at how many they are."""
    return cast("QuerySet[M]", rows.alias(searched=text, pairs=HanPairs(text)).filter(condition))


@contextmanager
def forgiving(typed: "Typed") -> Iterator[None]:
    """While the block lasts, the condition `typed.spelled_otherwise` holds of what is alike enough."""
    likeness = LIKENESS_TOGETHER if len(typed.long_words) > 1 else LIKENESS
    with transaction.atomic():
        execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(likeness)])
        yield


def pairs_of(text: str) -> list[str]:
    """All pairs of neighbouring Chinese characters."""
    return [one + two for one, two in pairwise(text) if ord(one) >= HAN and ord(two) >= HAN]


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed so far.

    `digits` are those of the phone number that it may be, without the noughts in front: any notation, also the end of
    one.
    """

    text: str
    words: tuple[str, ...]
    digits: str

    @classmethod
    def of(cls, text: str, *, field: str) -> "Typed":
        """Raises Invalid("query_too_short"), naming `field`, unless there is a word of two characters."""
        words = unicodedata.normalize("NFKC", text).lower().split()
        if not any(len(word) >= 2 for word in words):
            raise Invalid("query_too_short", "Type at least two characters.", field=field)
        return cls(text=" ".join(words), words=tuple(words), digits=_digits(" ".join(words)))

    @property
    def long_words(self) -> list[str]:
        """Those that can be misspelled and still be told."""
        return [word for word in self.words if len(word) > SHORT]

    def as_it_stands(self, *, plainly: bool = False) -> Q:
        """Condition: every word occurs, or the phone number. `plainly`: see `found_by`."""
        occurs = _occurs_plainly if plainly else _occurs
        condition = _all(map(occurs, self.words))
        return condition | occurs(self.digits) if self.digits else condition

    def words_plainly(self) -> Q:
        """Condition: every word occurs, whatever number they may be."""
        return _all(map(_occurs_plainly, self.words))

    def spelled_otherwise(self) -> Q | None:
        """Condition for `forgiving`: something much like every word occurs; in Chinese, all but one character.

        None for what is too short to be spelled otherwise. Word by word, as the index finds at once that one of them is
        nowhere; of the whole text, it finds all that have the other one, and as much of this as any text has.
        """
        condition = Q()
        if not (pairs := pairs_of(self.text)):
            for word in self.long_words:
                condition &= Q(searched__trigram_word_similar=word)
            return condition or None
        for wrong in range(len(pairs) + 1):  # spoils the pairs before and after it
            if right := pairs[: max(wrong - 1, 0)] + pairs[wrong + 1 :]:
                condition |= Q(pairs__contains=right)
        return condition or None

    def fits(self, fields: Mapping[str, str]) -> tuple[float, list[str]]:
        """How well these fields of a row fit, from 0 to 1, and the names of those for which it was found."""
        fit = {name: self._fits(text.lower()) for name, text in fields.items() if text}
        said = {name for name in fit if any(word in fields[name].lower() for word in self.words)}
        found = [name for name, share in fit.items() if name in said or share >= ALMOST * 0.5]
        together = ALMOST * self._share(" ".join(fields.values()).lower())
        return round(max([together, *fit.values()]), 2), found

    def _fits(self, text: str) -> float:
        """The whole of it 1, its beginning 0.9 (of a phone number, its end), a part of it 0.8, almost a part below."""
        digits = re.sub(r"\D", "", text) if self.digits else ""
        if text == self.text or (digits and digits == self.digits):
            return 1.0
        if text.startswith(self.text) or (digits and digits.endswith(self.digits)):
            return 0.9
        if self.text in text or (digits and self.digits in digits):
            return 0.8
        return ALMOST * self._share(text)

    def _share(self, text: str) -> float:
        wanted = _grams(self.text)
        return len(wanted & _grams(text)) / len(wanted) if wanted else 0.0


def _all(conditions: Iterable[Q]) -> Q:
    together = Q()
    for condition in conditions:
        together &= condition
    return together


def _digits(text: str) -> str:
    if not re.fullmatch(r"[+\d\s().\-/]+", text):
        return ""
    try:
        return phone_number(text)[1:]
    except Invalid:
        digits = re.sub(r"\D", "", text).lstrip("0")
        return digits if len(digits) >= FEWEST_DIGITS else ""


def _occurs(word: str) -> Q:
    """A word occurs anywhere; one of less than three letters, which no trigram finds, begins a word."""
    if pairs := pairs_of(word):
        return Q(pairs__contains=pairs, searched__contains=word)
    if len(word) < 3:
        return Q(searched__startswith=word) | Q(searched__contains=f" {word}")
    return Q(searched__contains=word)


def _occurs_plainly(word: str) -> Q:
    """See `_occurs`."""
    if len(word) < 3 and not pairs_of(word):
        return Q(GreaterThan(StrIndex(Concat(Value(" "), "searched"), Value(f" {word}")), 0))
    return Q(GreaterThan(StrIndex("searched", Value(word)), 0))


def _grams(text: str) -> set[str]:
    """What likeness is counted by: pairs of Chinese characters, trigrams of all other words."""
    padded = [f"  {word} " for word in LATIN_WORD.findall(text)]
    return {*pairs_of(text), *(word[at : at + 3] for word in padded for at in range(len(word) - 2))}
