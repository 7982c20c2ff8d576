"""
Whatever dies, and whenever: nothing that was answered is lost, and nobody has to help.

Each test ends with no note left, with memberships that equal a recomputation from the directory,
and with as many of them as the IdP has had answers for.
"""

import os
import threading
import time
from signal import SIGCONT, SIGKILL, SIGSTOP

import httpx
import redis
from sqlalchemy import select, text

from provisioning.store import tables
from tests.processes.customers import Customer, waits_for_lock
from tests.processes.installation import Installation

REDIS_AWAY_SECONDS = 20
KILLS = 3


def test_workers_that_are_killed_in_mid_drain_lose_nothing(
    installation: Installation, customer: Customer
) -> None:
    with customer.writing() as writer:
        for _ in range(KILLS):
            writer.wait_for(20)
            with customer.drain_held():
                for worker in installation.workers:
                    worker.kill()
            installation.restart_workers(2)
        writer.wait_for(20)

    customer.assert_settled(writer.people)
    assert all(status < 300 for status in writer.statuses)


def test_pool_processes_that_are_killed_in_mid_drain_lose_nothing(
    installation: Installation, customer: Customer
) -> None:
    with customer.writing() as writer:
        for _ in range(KILLS):
            writer.wait_for(20)
            with customer.drain_held():
                for worker in installation.workers:
                    for supervised in worker.children():
                        for pid in worker.children(supervised):
                            os.kill(pid, SIGKILL)
        writer.wait_for(20)

    customer.assert_settled(writer.people)


def test_a_flushed_redis_loses_nothing(installation: Installation, customer: Customer) -> None:
    with (
        redis.Redis.from_url(installation.redis.url) as client,
        customer.writing() as writer,
    ):
        for _ in range(5):
            writer.wait_for(20)
            client.flushall()
        writer.wait_for(20)

    customer.assert_settled(writer.people)
    assert all(status < 300 for status in writer.statuses)


def test_while_redis_is_away_every_request_is_answered_and_afterwards_settled(
    installation: Installation, customer: Customer
) -> None:
    with customer.writing() as writer:
        writer.wait_for(20)
        installation.redis.kill()
        before = writer.people
        time.sleep(REDIS_AWAY_SECONDS)
        written = writer.people - before
        installation.redis.start()
        writer.wait_for(20)

    customer.assert_settled(writer.people)
    assert written >= 100
    assert all(status < 300 for status in writer.statuses)


def test_no_request_waits_for_a_redis_that_takes_connections_and_says_nothing(
    installation: Installation, customer: Customer
) -> None:
    with customer.writing() as writer:
        writer.wait_for(20)
        os.kill(installation.redis.pid, SIGSTOP)
        try:
            writer.wait_for(50)
        finally:
            os.kill(installation.redis.pid, SIGCONT)

    customer.assert_settled(writer.people)
    assert all(status < 300 for status in writer.statuses)


def test_postgresql_may_crash_while_requests_come_in(
    installation: Installation, customer: Customer
) -> None:
    with customer.writing() as writer:
        for crash in (installation.postgresql.stop, installation.postgresql.kill):
            writer.wait_for(30)
            crash()
            refused = writer.statuses[503]
            installation.wait_until(lambda: writer.statuses[503] > refused + 3)
            installation.postgresql.start()
            installation.engine.dispose()  # its connections have died
        writer.wait_for(30)

    customer.assert_settled(writer.people)
    assert {status for status in writer.statuses if status >= 300} == {503}


def test_a_web_process_that_dies_between_its_commit_and_the_doorbell_is_made_up_for(
    installation: Installation, customer: Customer
) -> None:
    users = tables.directory_users
    written = select(users.c.id).where(users.c.directory_id == customer.scim.directory_id)
    web = installation.webs[0]
    answers: list[int] = []

    def write() -> None:
        try:
            user = {"schemas": [], "userName": "ada@writing.example"}
            answers.append(customer.scim.client.post("/Users", json=user).status_code)
        except httpx.TransportError:
            pass

    writing = threading.Thread(target=write)
    with (
        installation.engine.connect() as holding,
        installation.engine.connect() as looking,
    ):
        holding.execute(text("LOCK TABLE directory_users IN SHARE MODE"))
        writing.start()
        installation.wait_until(lambda: waits_for_lock(holding, "directory_users"))
        web.family.send(SIGSTOP)  # it has sent its statement, which PostgreSQL now commits alone
        holding.rollback()

        def is_written() -> bool:
            with looking.begin():
                return bool(looking.execute(written).all())

        installation.wait_until(is_written)
    web.family.kill()
    writing.join()

    assert answers == []
    customer.assert_settled(1)


def test_a_supervisor_that_is_killed_takes_its_worker_along(installation: Installation) -> None:
    worker = installation.workers[0]
    assert len(worker.members()) == 4  # the supervisor, the worker, and a pool of two

    worker.send(SIGKILL)

    worker.assert_nobody_is_left()
