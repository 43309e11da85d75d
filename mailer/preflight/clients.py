"""Checks the HTML of a mail against what mail programs lack: a table of our own, and rule files laid over it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from mailer.errors import RulesError
from mailer.preflight.features import features_of
from mailer.preflight.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailer.preflight.opened import OpenedMail

Loss = Literal["content", "layout", "look"]

_LEVELS: Final[Mapping[Loss, Level]] = {"content": "fail", "layout": "warn", "look": "pass"}
_LACKS: Final = "n"  # caniemail: y yes, n no, a almost, u unknown
_REMEDY: Final = "Take it out of the template, or do it another way."


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of one feature.

    Attributes:
        loss: What a reader loses where it is missing: `content`, `layout` or `look`.
        missing: The programs of which at least one edition ignores it, by their names in the table.
        then: What is seen instead.
    """

    loss: Loss
    missing: frozenset[str]
    then: str = "it is ignored"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known of the features that mail programs lack.

    Attributes:
        names: The programs that are judged, each with the words for it.
        platforms: Their editions, as caniemail.com names them.
        features: The rules, by the name of the feature.
    """

    names: dict[str, str]
    platforms: dict[str, list[str]]
    features: dict[str, Rule] = field(default_factory=dict)


def our_rules() -> Rules:
    """Give the rules that come with the program."""
    text = files("mailer.preflight").joinpath("clients.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    clients = table["clients"]
    rules = Rules(
        {key: it["name"] for key, it in clients.items()},
        {key: it["platforms"] for key, it in clients.items()},
    )
    return _with_ours(rules, table["feature"])


def laid_over(rules: Rules, text: str) -> Rules:
    """Lay a rule file over rules: what it knows counts, the rest stays.

    Args:
        rules: The rules so far.
        text: A file in the form of our own (TOML, a table `feature`), or of caniemail.com (JSON).
            A feature that is known from caniemail.com alone is taken as one of layout.

    Raises:
        RulesError: It is neither.
    """
    try:
        if text.lstrip().startswith(("{", "[{")):
            return _with_caniemail(rules, json.loads(text))
        return _with_ours(rules, tomllib.loads(text)["feature"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise RulesError(
            f"The rule file cannot be read ({type(error).__name__}: {str(error)[:80]}). Give one in the "
            "form of mailer/preflight/clients.toml, or the JSON of caniemail.com."
        ) from error


def check_clients(mail: OpenedMail, rules: Rules) -> Iterator[Finding]:
    """Judge each feature that the HTML uses by what its readers' programs lack."""
    used = features_of(mail.page)
    known = {name: rules.features[name] for name in used if name in rules.features}
    lacking = {name: rule for name, rule in known.items() if rule.missing}
    for name, rule in lacking.items():
        if (level := _LEVELS[rule.loss]) != "pass":
            where = ", ".join(rules.names[key] for key in rules.names if key in rule.missing)
            what = f"{name} is used; in {where} {rule.then}."
            yield Finding(level, "clients", what, _REMEDY, used[name])
    looks = sum(rule.loss == "look" for rule in lacking.values())
    what = f"{len(used)} features of HTML and CSS; {looks} ornaments that the mail can do without."
    if looks == len(lacking):
        yield Finding("pass", "clients", what)


def _with_ours(rules: Rules, table: Mapping[str, Mapping[str, str]]) -> Rules:
    features = dict(rules.features)
    for name, it in table.items():
        missing = frozenset(it["missing"].split())
        loss = next((known for known in _LEVELS if known == it["loss"]), None)
        if loss is None or missing - set(rules.names):
            raise ValueError(f"feature {name}: an unknown loss or program")
        features[name] = Rule(loss, missing, it["then"])
    return replace(rules, features=features)


def _with_caniemail(rules: Rules, said: Any) -> Rules:  # noqa: ANN401 - whatever the JSON holds
    features = dict(rules.features)
    entries = said["data"] if isinstance(said, dict) else said
    for entry in entries:
        support = _support(entry["stats"])
        missing = frozenset(
            key
            for key, editions in rules.platforms.items()
            if any(support.get(edition) == _LACKS for edition in editions)
        )
        ours = features.get(entry["slug"], Rule("layout", missing))
        features[entry["slug"]] = replace(ours, missing=missing)
    return replace(rules, features=features)


def _support(stats: Mapping[str, Any]) -> dict[str, str]:
    """Give the newest word about each edition: flat (`gmail.ios`: [word, version]) or as published, nested."""
    found = {}
    for family, said in stats.items():
        if isinstance(said, list):
            found[family] = said[0][:1]
        else:
            for edition, versions in said.items():
                found[f"{family}.{edition}"] = list(versions.values())[-1][:1]
    return found
