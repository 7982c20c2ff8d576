"""The operations of the admin API as its OpenAPI document tells them, and requests made of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from tests.admin_serving import Admin
from tests.serving import NO_TLS


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` begins after `/v1`; `scope` is what its key needs."""

    id: str
    method: str
    path: str
    scope: str
    described: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """Of the parameters in its path, in order."""
        return re.findall(r"\{(\w+)\}", self.path)

    def body(self, values: Mapping[str, Any]) -> Any:
        """The least that the document allows, and what `values` has of its properties."""
        described = self.described.get("requestBody")
        if described is None:
            return None
        schema = described["content"]["application/json"]["schema"]
        return self._example(schema, values)

    def ask(self, client: httpx.Client, values: Mapping[str, Any]) -> httpx.Response:
        """What is not in `values` is made up."""
        parameters = self.described.get("parameters", ())
        query = {
            one["name"]: values[one["name"]]
            if one["name"] in values
            else self._example(one["schema"], values)
            for one in parameters
            if one["in"] == "query" and (one.get("required") or one["name"] in values)
        }
        path = self.path.format_map({name: values.get(name, "nobody") for name in self.names})
        return client.request(self.method, path, params=query, json=self.body(values))

    def _example(self, schema: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
        schema = self._resolved(schema)
        for choices in ("anyOf", "oneOf"):
            if choices in schema and schema.get("type") == "object":  # of what is needed
                chosen, *others = schema[choices]
                needed = {*schema.get("required", ()), *chosen.get("required", ())}
                left_out = {name for one in others for name in one.get("required", ())} - needed
                kept = {k: v for k, v in schema["properties"].items() if k not in left_out}
                schema = {**schema, "required": needed, "properties": kept}
            elif choices in schema:
                return self._example(schema[choices][0], values)
        for said in ("const", "default", "enum", "examples"):
            if said in schema:
                return schema[said][0] if said in {"enum", "examples"} else schema[said]
        match schema.get("type"):
            case "object":
                required = schema.get("required", ())
                return {
                    name: values[name] if name in values else self._example(one, values)
                    for name, one in schema.get("properties", {}).items()
                    if name in required or name in values
                }
            case "array":
                least = int(schema.get("minItems", 0))
                return [self._example(schema["items"], values)] * least
            case kind:
                return _scalar(kind, schema)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema


def operations(admin: Admin) -> list[Operation]:
    """Every one under `/v1`."""
    document = httpx.get(f"{admin.address}/openapi.json", verify=NO_TLS).json()
    return list(_operations(document))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if path.startswith("/v1/"):
                yield Operation(
                    id=described["operationId"],
                    method=method.upper(),
                    path=path.removeprefix("/v1"),
                    scope=described["x-required-scope"],
                    described=described,
                    document=document,
                )


def _scalar(kind: str | None, schema: Mapping[str, Any]) -> Any:
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    lengths = schema.get("minLength", 1), schema.get("maxLength", 50)
    return _text(schema.get("pattern", "^a+$"), *lengths)


_FORMATS = {"date-time": "2026-01-01T00:00:00Z", "email": "nobody@example.com"}


_PLAIN = ("a", "aaaaaaaa", "AA", "a@b.example", "a.example", "https://a.example", "read:users")


@lru_cache
def _text(pattern: str, least: int, most: int) -> str:
    """One of the plain ones, where one fits: what Hypothesis finds takes it seconds."""

    def fits(text: str) -> bool:
        return least <= len(text) <= most and not text.endswith("\n")

    for text in _PLAIN:
        if fits(text) and re.search(pattern, text):
            return text
    anything = settings(database=None, derandomize=True, phases=(Phase.generate,))
    return find(st.from_regex(pattern), fits, settings=anything)
