"""
A resource's methods say what to ask; who asks decides whether the answer is returned or awaited.

`Organizations(Sender)` has `get(id) -> Organization`, `Organizations(AsyncSender)` has
`get(id) -> Awaitable[Organization]`, and both are the one function that makes a `Call`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from provisioning_client.async_sender import AsyncSender
from provisioning_client.calls import Call, Page, Pages
from provisioning_client.sender import Sender

AnySender = TypeVar("AnySender")
P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")


class Resource(Generic[AnySender]):
    """A noun of the API; `AnySender` is the kind of client it belongs to."""

    def __init__(self, sender: AnySender) -> None:
        self.sender = sender


class _Described(Generic[P, D]):
    """What a method asks, before anybody has asked it."""

    def __init__(self, describe: Callable[Concatenate[Any, P], D]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def _asked_by(self, resource: Resource[Any], ask: Callable[[D], Any]) -> Callable[P, Any]:
        @wraps(self._describe)
        def asked(*args: P.args, **kwargs: P.kwargs) -> Any:
            return ask(self._describe(resource, *args, **kwargs))

        return asked


class operation(_Described[P, Call[T]]):  # noqa: N801 - a decorator
    """One request, one answer."""

    @overload
    def __get__(self, resource: Resource[Sender], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, resource: Resource[AsyncSender], owner: type
    ) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, resource: Resource[Any], owner: type) -> Any:
        return self._asked_by(resource, resource.sender.perform)


class Listed(Protocol[P, T]):
    """All of a list, or one page of it with the cursors of its neighbors."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]: ...
    def page(self, *args: P.args, **kwargs: P.kwargs) -> Page[T]: ...


class AsyncListed(Protocol[P, T]):
    """All of a list, or one page of it with the cursors of its neighbors."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]: ...
    def page(self, *args: P.args, **kwargs: P.kwargs) -> Awaitable[Page[T]]: ...


class listing(_Described[P, Pages[T]]):  # noqa: N801 - a decorator
    """As many requests as are iterated over, one page each."""

    @overload
    def __get__(self, resource: Resource[Sender], owner: type) -> Listed[P, T]: ...
    @overload
    def __get__(self, resource: Resource[AsyncSender], owner: type) -> AsyncListed[P, T]: ...
    def __get__(self, resource: Resource[Any], owner: type) -> Any:
        sender = resource.sender
        walked: Any = self._asked_by(resource, sender.walk)
        walked.page = self._asked_by(resource, lambda pages: sender.perform(pages.call))
        return walked
