"""
Whatever dies, and whenever: nothing that was answered is lost, and nobody has to help.

Each test ends with no note left, with memberships that equal a recomputation from the directory,
and with as many of them as the IdP has had answers for.
"""

import os
import threading
import time
from contextlib import suppress
from signal import SIGCONT, SIGKILL, SIGSTOP

import httpx
import redis
from sqlalchemy import select

from provisioning.store import directory_tables
from provisioning.store.engine import reading, transaction
from tests.processes.customers import Customer, waits_for_lock
from tests.processes.installation import Installation
from tests.processes.writing import USER

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
            writer.wait_until_refused()
            installation.postgresql.start()
            installation.engine.dispose()  # its connections have died
        writer.wait_for(30)

    customer.assert_settled(writer.people)
    # 409: of a request that was committed, though the crash kept its answer back
    assert {status for status in writer.statuses if status >= 300} <= {503, 409}


def test_a_web_process_that_dies_between_its_commit_and_the_doorbell_is_made_up_for(
    installation: Installation, customer: Customer
) -> None:
    engine, users = installation.engine, directory_tables.directory_users
    written = select(users.c.id).where(users.c.directory_id == customer.scim.directory_id)
    web = installation.webs[0].family
    answers: list[int] = []

    def write() -> None:
        with suppress(httpx.TransportError):
            user = {"schemas": [USER], "userName": "ada"}
            answers.append(customer.scim.client.post("/Users", json=user).status_code)

    def is_written() -> bool:
        with reading(engine) as connection:
            return bool(connection.execute(written).all())

    directories = directory_tables.directories
    mine = select(directories.c.id).where(directories.c.id == customer.scim.directory_id)
    writing = threading.Thread(target=write)
    try:
        with transaction(engine) as holding:
            # The foreign key of the new row waits for its directory.
            holding.execute(mine.with_for_update())
            writing.start()
            installation.wait_until(lambda: waits_for_lock(engine, "directory_users"))
            web.send(SIGSTOP)
        # It has sent its statement, which PostgreSQL now commits without it.
        installation.wait_until(is_written)
    finally:
        web.kill()
        writing.join()

    assert answers == []
    customer.assert_settled(1)


def test_a_supervisor_that_is_killed_takes_its_worker_along(installation: Installation) -> None:
    worker = installation.workers[0]
    installation.wait_until(lambda: len(worker.members()) == 4)  # supervisor, worker, a pool of two

    worker.send(SIGKILL)

    worker.assert_nobody_is_left()
