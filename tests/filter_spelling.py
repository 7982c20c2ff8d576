"""The many texts that say one formula."""

import json
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, assert_never

from hypothesis import strategies as st

from tests.filter_formulas import Both, Either, Formula, Has, Neg, Pick, Test


@st.composite
def spelled(draw: Any, formula: Formula) -> str:
    """One of the many texts that say `formula`."""
    text = _Spelling(draw(st.randoms(use_true_random=False))).text(formula, 0)
    return str(text)


class _Spelling:
    """Random case, spaces and brackets, where the grammar leaves them free."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def text(self, formula: Formula, binding: int) -> str:
        """`binding`: 0 within nothing or `or`, 1 within `and`."""
        match formula:
            case Test(attribute, name, value):
                words = (self._case(attribute.name), self._case(name), self._value(value))
                text, own = self._space().join(words), 2
            case Has(attribute):
                text, own = f"{self._case(attribute.name)}{self._space()}{self._case('pr')}", 2
            case Pick(name, inner, outer):
                text, own = f"{self._case(name)}[{self.text(inner, 0)}]", 2
                if outer is not None:
                    text += f".{self.text(outer, 2)}"
                    return text
            case Neg(inner):
                text = f"{self._case('not')}{self._random.choice(['', ' '])}({self.text(inner, 0)})"
                own = 2
            case Both(parts):
                text, own = self._joined("and", parts, 1), 1
            case Either(parts):
                text, own = self._joined("or", parts, 0), 0
            case _:
                assert_never(formula)
        if own < binding or (binding < 2 and self._random.random() < 0.15):
            return f"({text})"
        return text

    def _joined(self, word: str, parts: tuple[Formula, ...], binding: int) -> str:
        spelled = [self.text(part, binding) for part in parts]
        text = spelled[0]
        for part in spelled[1:]:
            text += f"{self._space()}{self._case(word)}{self._space()}{part}"
        return text

    def _case(self, word: str) -> str:
        return self._random.choice([word, word, word.upper(), word.lower(), word.swapcase()])

    def _space(self) -> str:
        return self._random.choice([" ", " ", " ", "  ", "\t"])

    def _value(self, value: Any) -> str:
        if isinstance(value, datetime):
            zone = timezone(timedelta(hours=self._random.randint(-12, 14)))
            return f'"{value.astimezone(zone).isoformat()}"'
        if isinstance(value, bool):
            return self._random.choice([str(value), json.dumps(value), json.dumps(str(value))])
        return json.dumps(value, ensure_ascii=self._random.random() < 0.5)
