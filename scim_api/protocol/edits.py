"""
One change to a document: write a value at a path, or take it away.

A document is plain JSON in canonical names. The functions change the top of the one they are given,
which the caller owns, and replace what is below it: nothing that was stored is changed in place.
"""

from collections.abc import Mapping
from typing import Any

from provisioning.folding import fold
from provisioning.matching import matches
from scim_api.protocol import paths, values
from scim_api.protocol.errors import InvalidValue, NoTarget
from scim_api.protocol.paths import Path
from scim_api.protocol.schema import Attribute, ResourceType

Document = dict[str, Any]


def write_all(
    resource_type: ResourceType,
    document: Document,
    body: Mapping[str, Any],
    *,
    adding: bool = False,
    urn: str | None = None,
) -> None:
    """
    Writes each key of `body` (inside extension `urn`) as if it were a path.

    So dotted keys and keys with a URN work (Entra with aadOptscim062020). Unknown keys are dropped
    (Entra's gallery validator misspells one) and readOnly ones ignored (RFC 7644 §3.5.1; Okta
    sends `id`, and echoes `groups` and `meta`).
    """
    for key, raw in body.items():
        path = paths.find(resource_type, key if urn is None else f"{urn}:{key}")
        if path is not None and not path.read_only:
            write(resource_type, document, path, raw, adding=adding)


def write(
    resource_type: ResourceType, document: Document, path: Path, raw: Any, *, adding: bool = False
) -> None:
    """
    Sets what is at `path`; `adding` keeps the present values of a multi-valued attribute.

    Raises:
        InvalidValue: `raw` does not fit the attribute.
        NoTarget: no element matches the filter, and it does not say how one would look.
    """
    if path.attribute is None:
        _write_whole(resource_type, document, path.urn, raw, adding=adding)
    elif path.urn is None:
        _write_attribute(document, path, path.attribute, raw, adding=adding)
    else:
        extension = dict(document.get(path.urn, ()))
        _write_attribute(extension, path, path.attribute, raw, adding=adding)
        _put(document, path.urn, extension)


def remove(resource_type: ResourceType, document: Document, path: Path, raw: Any) -> None:
    """
    Takes away what is at `path`; of a multi-valued attribute only what `raw` names, if it does.

    That is no RFC, but Entra's and JumpCloud's way; `[]` names nobody.
    """
    attribute = path.attribute
    whole = path.sub is None and path.filter is None
    if raw is not None and whole and attribute is not None and attribute.multi_valued:
        holder = document if path.urn is None else document.get(path.urn, {})
        unwanted = values.elements(attribute, raw)
        raw = [
            element
            for element in holder.get(attribute.name, ())
            if not any(_names(attribute, one, element) for one in unwanted)
        ]
    else:
        raw = None
    write(resource_type, document, path, raw)


def _write_whole(
    resource_type: ResourceType, document: Document, urn: str | None, raw: Any, *, adding: bool
) -> None:
    raw = values.unwrapped(raw)
    if isinstance(raw, dict) and raw:
        write_all(resource_type, document, raw, adding=adding, urn=urn)
    elif not values.is_unassigned(raw):
        raise InvalidValue(urn or resource_type.core.id, "must be an object")
    elif urn is not None and not adding:
        document.pop(urn, None)


def _write_attribute(
    holder: Document, path: Path, attribute: Attribute, raw: Any, *, adding: bool
) -> None:
    if attribute.returned == "never":
        # A password is never kept: an account must not open to whoever can type into a directory.
        return
    if attribute.name == "schemas":
        # Any URN will do (Entra sends one of its own): ours follow from what the document holds.
        for urn in raw if isinstance(raw, list) else [raw]:
            values.scalar(attribute, urn)
        return
    if path.sub is None and attribute.sub_attributes:
        raw = values.complex_value(attribute, raw)
    if attribute.multi_valued:
        _put(holder, attribute.name, _written(holder, path, attribute, raw, adding=adding))
    elif not attribute.sub_attributes:
        _put(holder, attribute.name, values.scalar(attribute, raw))
    elif path.sub is None and values.is_unassigned(raw):
        # RFC 7644 §3.5.2.1 adds "a set of sub-attributes": to add an empty one changes nothing.
        if not adding or raw is None or raw == "":
            holder.pop(attribute.name, None)
    else:
        # RFC 7644 §3.5.2.3: of a complex attribute, the sub-attributes that are named.
        old = holder.get(attribute.name, {})
        _put(holder, attribute.name, values.merged(attribute, old, _given(path, attribute, raw)))


def _written(
    holder: Document, path: Path, attribute: Attribute, raw: Any, *, adding: bool
) -> list[dict[str, Any]]:
    present: list[dict[str, Any]] = holder.get(attribute.name, [])
    if path.filter is not None or path.sub is not None:
        return _written_selected(present, path, attribute, raw)
    given = values.elements(attribute, raw)
    return values.united(attribute, [*present, *given], given) if adding else given


def _written_selected(
    present: list[dict[str, Any]], path: Path, attribute: Attribute, raw: Any
) -> list[dict[str, Any]]:
    change = _given(path, attribute, raw)
    selected = [path.filter is None or matches(path.filter, element) for element in present]
    if all(values.is_unassigned(value) for value in change.values()):
        if path.sub is None:
            return [e for e, is_selected in zip(present, selected, strict=True) if not is_selected]
        if not any(selected):
            # Entra's gallery validator unassigns paths whose entry is gone.
            return present
    template = {} if path.filter is None else path.template
    if not any(selected):
        # RFC 7644 §3.5.2.3 wants noTarget. Entra sends `phoneNumbers[type eq "mobile"].value` to
        # make the entry, and `addresses[type eq "work"].country` and `.region` to make one of both.
        if template is None:
            raise NoTarget(f"no value of {attribute.path} matches the filter")
        present, selected = [*present, dict(template)], [*selected, True]
    new, newest = [], []
    for element, is_selected in zip(present, selected, strict=True):
        new.append(element)
        if is_selected:
            # "A set of sub-attributes […] that replaces any existing values": of each one selected,
            # the ones that are named (RFC 7644 §3.5.2.3).
            new[-1] = values.merged(attribute, element, change)
            newest.append(new[-1])
    return values.united(attribute, new, newest)


def _given(path: Path, attribute: Attribute, raw: Any) -> Mapping[str, Any]:
    return values.sub_values(attribute, raw) if path.sub is None else {path.sub.name: raw}


def _put(holder: Document, name: str, value: Any) -> None:
    if values.is_unassigned(value):
        holder.pop(name, None)
    else:
        holder[name] = value


def _names(attribute: Attribute, unwanted: Mapping[str, Any], element: Mapping[str, Any]) -> bool:
    told = {"value", "type"}.intersection(unwanted) or unwanted.keys()
    return all(
        _comparable(attribute.sub_attributes[name.lower()], element.get(name))
        == _comparable(attribute.sub_attributes[name.lower()], unwanted[name])
        for name in told
    )


def _comparable(attribute: Attribute, value: Any) -> Any:
    return fold(value) if isinstance(value, str) and not attribute.case_exact else value
