"""Plays a script, and goes on after a failure as far as it can, to judge as much as possible."""

import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.replays.json_path import find
from tests.replays.judgment import NO_JSON, judge, parsed
from tests.replays.report import Outcome, Report, trace
from tests.replays.script import Burst, Call, Script, Step
from tests.replays.variables import UnsetVariableError, fill
from tests.replays.wire import Target, Wire


def play(script: Script, client: httpx.Client, target: Target) -> Report:
    """Steps that depend on what a failed one should have saved fail, too; nothing is left out."""
    return _Player(script, Wire(client, target, script.headers)).play()


class _Player:
    """The variables of one run."""

    def __init__(self, script: Script, wire: Wire) -> None:
        self._steps = script.steps
        self._wire = wire
        self._variables: dict[str, Any] = {
            "base": wire.target.base_url.rstrip("/"),
            "token": wire.target.token,
        }
        for name, value in script.variables.items():
            self._variables[name] = fill(value, self._variables)

    def play(self) -> Report:
        outcomes: list[Outcome] = []
        stopped = False
        for number, step in enumerate(self._steps, 1):
            if stopped:
                problems: list[str] | None = ["not sent: a critical step failed"]
            else:
                problems = self._run(step)
                if problems and self._lacks_variables(step):
                    problems += self._fall_back(step)
                    stopped = step.critical and self._lacks_variables(step)
            outcomes.append(
                Outcome(
                    number,
                    step.name,
                    step.level,
                    problems=tuple(problems or ()),
                    is_skipped=problems is None,
                )
            )
        return Report(tuple(outcomes))

    def _run(self, step: Step) -> list[str] | None:
        """The problems of the step, None when it was skipped."""
        if not all(self._variables.get(name) for name in step.skip_unless):
            return None
        if step.for_each is None:
            return self._send(step, self._variables)
        items = self._variables.get(step.for_each)
        if not items:
            return None
        return [
            problem
            for item in items
            for problem in self._send(step, {**self._variables, "item": item})
        ]

    def _send(self, step: Step, variables: Mapping[str, Any]) -> list[str]:
        try:
            if step.burst is not None:
                return self._send_burst(step.calls[0], step.burst, variables)
            with ThreadPoolExecutor(max_workers=len(step.calls)) as pool:
                sent = [
                    pool.submit(self._wire.send, call.request, variables) for call in step.calls
                ]
            problems = []
            for call, future in zip(step.calls, sent, strict=True):
                response = future.result()
                if wrong := judge(response, call.expectation, variables):
                    problems += [*wrong, *trace(response)]
                self._save(response, step.save)
        except (UnsetVariableError, httpx.TransportError) as error:
            return [f"{type(error).__name__}: {error}"]
        return problems

    def _send_burst(self, call: Call, burst: Burst, variables: Mapping[str, Any]) -> list[str]:
        begin = time.perf_counter()
        with ThreadPoolExecutor(max_workers=burst.concurrency) as pool:
            sent = [
                pool.submit(self._wire.send, call.request, variables) for _ in range(burst.count)
            ]
        responses = [future.result() for future in sent]
        per_second = burst.count / (time.perf_counter() - begin)
        for name, path in burst.save_all.items():
            documents = [parsed(response) for response in responses if response.is_success]
            self._variables[name] = [
                value for one in documents if one is not NO_JSON for value in find(one, path)
            ]
        wrong = Counter(
            problem
            for response in responses
            for problem in judge(response, call.expectation, variables)
        )
        problems = [f"{problem} ({count} times)" for problem, count in wrong.items()]
        if per_second < burst.min_rps:
            problems.append(f"{per_second:.1f} requests a second, wanted {burst.min_rps}")
        return problems

    def _save(self, response: httpx.Response, save: Mapping[str, str]) -> None:
        document = parsed(response) if response.is_success else NO_JSON
        if document is NO_JSON:
            return
        for name, path in save.items():
            found = find(document, fill(path, self._variables))
            if found and found[0] is not None:
                self._variables[name] = found[0]

    def _lacks_variables(self, step: Step) -> bool:
        return not step.save or any(name not in self._variables for name in step.save)

    def _fall_back(self, step: Step) -> list[str]:
        """A plainer request, so that the steps after can still be judged; told, never counted."""
        if step.fallback is None:
            return []
        try:
            response = self._wire.send(step.fallback, self._variables)
        except (UnsetVariableError, httpx.TransportError) as error:
            return [f"the fallback failed, too: {error}"]
        self._save(response, step.save)
        return [f"the fallback was answered with {response.status_code}"]
