"""What only the written SQL shows: a parser takes functions and types of other databases for its own."""

import re
from collections.abc import Iterator, Sequence

from portability.databases import FUNCTIONS, UNITS, Database, words
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import Token, TokenType

NO_FUNCTIONS = words(
    """
    and array as between by case cast cross distinct else exists from group having in inner insert into is
    join lateral left not on or over partition select then union values when where with
    """
)
"""Words that may stand before a bracket."""
BARE = frozenset({"current_date", "current_time", "current_timestamp", "localtimestamp"})
DECIMAL = re.compile(r"decimal \( (\d+) , (\d+) \)")


def tokens_of(sql: str, dialect: str) -> list[Token]:
    """Return the words of some SQL."""
    return list(Dialect.get_or_raise(dialect).tokenize(sql))


def complaints(sql: str, dialect: str, database: Database) -> Iterator[str]:
    """Yield what is wrong about functions, types, quotes and set operations as they are written."""
    tokens = tokens_of(sql, dialect)
    known = {_plain(line) for line in (FUNCTIONS + database.functions).splitlines() if line.strip()}
    for at, token in enumerate(tokens):
        word, following = token.text.lower(), tokens[at + 1 : at + 2]
        if token.token_type is TokenType.STRING and sql[token.start] == '"':
            yield f'"{token.text}" in double quotes is a text'
        if token.token_type is TokenType.DCOLON:
            yield "a cast is not written out"
        if word == "union" and not (following and following[0].text.lower() in {"all", "distinct"}):
            yield "a union says neither all nor distinct"
        if not (following and following[0].token_type is TokenType.L_PAREN):
            if word in BARE - database.bare_functions and token.token_type is not TokenType.STRING:
                yield f"there is no {word} without brackets"
        elif word == "cast":
            yield from _type_complaints(tokens, at, database)
        elif _is_function(tokens, at):
            arguments = list(_arguments(tokens, at + 1))
            if not any(_fits(arguments, signature) for name, *signature in known if name == token.text):
                yield f"there is no function {token.text}({', '.join(arguments)})"


def _plain(line: str) -> tuple[str, ...]:
    """Return the name and the kinds of arguments of a listed function."""
    name, _, arguments = line.strip().rstrip(")").partition("(")
    return (name, *(kind.strip() for kind in arguments.split(",") if kind.strip()))


def _is_function(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether the word before a bracket names a function, and not a table whose columns follow."""
    token = tokens[at]
    if token.token_type in {TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER}:
        return False
    if not re.fullmatch(r"\w+", token.text) or token.text.lower() in NO_FUNCTIONS:
        return False
    first = at
    while first >= 2 and tokens[first - 1].token_type is TokenType.DOT:
        first -= 2
    before = tokens[first - 1].text.lower() if first else ""
    return before not in {"into", "as"}


def _arguments(tokens: Sequence[Token], opening: int) -> Iterator[str]:
    """Yield the kind of each argument in the brackets that open there."""
    for argument in _split(tokens, opening):
        words = [token.text.lower() for token in argument]
        if len(argument) == 1 and argument[0].token_type is TokenType.STRING:
            yield "text"
        elif len(words) == 1 and words[0] in UNITS:
            yield "unit"
        elif words == ["*"]:
            yield "star"
        elif words[0] in {"distinct", "interval"}:
            yield words[0]
        elif words[1:2] == ["order by"]:
            yield "ordered"
        elif words[1:2] == ["from"]:
            yield "part"
        elif words[1:2] == ["=>"]:
            yield "named"
        else:
            yield "value"


def _split(tokens: Sequence[Token], opening: int) -> Iterator[list[Token]]:
    depth, argument = 0, []
    for token in tokens[opening:]:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0:
            break
        if depth == 1 and token.token_type is TokenType.COMMA:
            yield argument
            argument = []
        elif depth > 1 or token is not tokens[opening]:
            argument.append(token)
    if argument:
        yield argument


def _fits(arguments: Sequence[str], signature: Sequence[str]) -> bool:
    """Tell whether arguments are as listed; a literal is a value as well."""
    if len(arguments) != len(signature):
        return False
    pairs = zip(arguments, signature, strict=True)
    return all(given == wanted or (given == "text" and wanted == "value") for given, wanted in pairs)


def _type_complaints(tokens: Sequence[Token], at: int, database: Database) -> Iterator[str]:
    (cast,) = _split(tokens, at + 1) if _has_one_argument(tokens, at + 1) else ([],)
    words = [token.text.lower() for token in cast]
    named = " ".join(words[len(words) - words[::-1].index("as") :]) if "as" in words else ""
    if named.partition(" (")[0] not in database.types:
        yield f"there is no type {named or 'without a name'}"
    elif named.startswith("decimal"):
        match = DECIMAL.fullmatch(named)
        precision, scale = map(int, match.groups()) if match else (0, 0)
        if not match or not (
            precision <= database.precision
            and scale <= database.scale
            and precision - scale <= database.whole_digits
        ):
            yield f"there is no type {named}"


def _has_one_argument(tokens: Sequence[Token], opening: int) -> bool:
    return len(list(_split(tokens, opening))) == 1
