"""
scim2-filter-parser's grammar (RFC 7644 §3.4.2.2) with the meaning that the RFC gives it.

Version 0.7.0 gives `and` and `or` the same precedence, accepts a value path within a value path,
and knows nothing of schemas. Here its tree is read into a Predicate.
"""

from typing import Any

from scim2_filter_parser import ast
from scim2_filter_parser.parser import SCIMParser

from provisioning.filters import All, AnyOf, Not, Predicate, Present, ValuePath
from scim_api.protocol.errors import InvalidFilter
from scim_api.protocol.filter_attributes import Found, Scope, find
from scim_api.protocol.filter_tokens import AttributePath, cut, shown
from scim_api.protocol.filter_values import compare
from scim_api.protocol.schema import Attribute


def parse(text: str, scope: Scope) -> Predicate:
    """Raises InvalidFilter, and nothing else, whatever the text."""

    def refuse(token: Any) -> None:
        if token is not None:
            raise InvalidFilter(f"unexpected {shown(text, token.index)}")
        raise InvalidFilter("the filter is incomplete" if text.strip() else "the filter is empty")

    parser = SCIMParser()
    parser.error = refuse
    parser.track_positions = False
    return _filter(parser.parse(cut(text)), scope)


def _filter(node: Any, scope: Scope) -> Predicate:
    """`node` is an `ast.Filter`: around a comparison, a chain, brackets or a value path."""
    expression = node.expr
    if isinstance(expression, ast.LogExpr):
        return _chain(node, scope)
    if isinstance(expression, ast.AttrExpr):
        return _test(expression, scope)
    if expression.namespace is not None:
        holder, element = _element(expression, scope)
        return ValuePath(holder.target, _filter(expression.expr, element))
    inner = _filter(expression, scope)
    return Not(inner) if node.negated else inner


def _chain(node: Any, scope: Scope) -> Predicate:
    """
    `a or b and c` arrives as ((a or b) and c): taken apart, and put together as the RFC has it.

    "… where "not" takes precedence over "and", which takes precedence over "or"" (§3.4.2.2)
    """
    backwards: list[tuple[str, Any]] = []
    while isinstance(node.expr, ast.LogExpr):
        backwards.append((node.expr.op.lower(), node.expr.expr2))
        node = node.expr.expr1
    alternatives = [[_filter(node, scope)]]
    for operator, operand in reversed(backwards):
        predicate = _filter(operand, scope)
        if operator == "and":
            alternatives[-1].append(predicate)
        else:
            alternatives.append([predicate])
    joined = [parts[0] if len(parts) == 1 else All(tuple(parts)) for parts in alternatives]
    return joined[0] if len(joined) == 1 else AnyOf(tuple(joined))


def _test(node: Any, scope: Scope) -> Predicate:
    path = node.attr_path.attr_name
    if isinstance(path, AttributePath):
        return _leaf(node, find(scope, path))
    # Entra: emails[type eq "work"].value eq "x". One element must satisfy both.
    holder, element = _element(path, scope)
    if path.namespace.sub_attr is None:
        raise InvalidFilter(f"{holder.attribute.path}[…]: name the sub-attribute to compare")
    selected = _filter(path.expr, element)
    tested = _leaf(node, find(element, AttributePath(None, path.namespace.sub_attr.value, None)))
    if isinstance(tested, Not):  # `eq null`: no such element has a value
        return Not(ValuePath(holder.target, All((selected, tested.inner))))
    return ValuePath(holder.target, All((selected, tested)))


def _leaf(node: Any, found: Found) -> Predicate:
    if node.comp_value is None:
        return Present(found.target)
    return compare(found, node.value.lower(), node.comp_value.value)


def _element(node: Any, scope: Scope) -> tuple[Found, Attribute]:
    """What stands before the `[`, and what is named between the brackets."""
    path = node.namespace.attr_name
    if not isinstance(path, AttributePath):
        raise InvalidFilter("a value path cannot follow another: a[…][…]")
    holder = find(scope, path)
    if holder.attribute.type != "complex" or not holder.attribute.multi_valued:
        raise InvalidFilter(f"{path} is not a list with sub-attributes: it takes no […]")
    return holder, holder.attribute
