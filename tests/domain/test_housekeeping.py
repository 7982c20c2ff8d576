"""What is kept for a while only is gone after it, and not before."""

from datetime import timedelta

from sqlalchemy import Engine

from provisioning import api_keys, housekeeping
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.housekeeping import ANSWERS_KEPT, INTERVAL
from provisioning.store import idempotent_answers
from provisioning.store.engine import transaction


def test_an_answer_may_be_asked_for_again_for_a_day(engine: Engine) -> None:
    moment = now()
    with transaction(engine) as connection:
        key, _ = api_keys.create(connection, "k", ["*"], Acting(actor="test", now=moment))
        idempotent_answers.claim(connection, key.id, "mine", "hash", moment)

    def known(later: timedelta) -> bool:
        assert housekeeping.tidy(engine, moment + later)
        with transaction(engine) as connection:
            claimed = idempotent_answers.claim(connection, key.id, "mine", "hash", moment)
        return claimed is not None

    assert known(ANSWERS_KEPT - timedelta(seconds=1))
    assert not known(ANSWERS_KEPT + INTERVAL)


def test_it_is_done_once_an_hour_however_many_workers_ask(engine: Engine) -> None:
    moment = now()

    assert housekeeping.tidy(engine, moment)
    assert not housekeeping.tidy(engine, moment)
    assert not housekeeping.tidy(engine, moment + INTERVAL - timedelta(seconds=1))
    assert housekeeping.tidy(engine, moment + INTERVAL)
