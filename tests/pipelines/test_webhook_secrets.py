"""Each company's webhook secrets, several while one is rotated."""

from __future__ import annotations

import json

import pytest
from accbooks_warehouse.pipelines.configuration import webhook_secrets
from accbooks_warehouse.sources.accbooks import ConfigurationError


def test_one_company_has_the_single_secret(configure):
    configure(secrets='[sources.accbooks]\nwebhook_secret = " whsec_one\\n"')
    assert webhook_secrets(["default"]) == {"default": ("whsec_one",)}


def test_several_secrets_are_a_list(configure):
    configure(secrets='[sources.accbooks]\nwebhook_secret = ["whsec_old", "whsec_new"]')
    assert webhook_secrets(["default"]) == {"default": ("whsec_old", "whsec_new")}


def test_each_of_several_companies_has_its_own(configure):
    configure(secrets='[sources.accbooks.webhook_secrets]\nnorth = "whsec_n"\nsouth = ["whsec_o", "whsec_p"]')
    assert webhook_secrets(["north", "south", "east"]) == {
        "north": ("whsec_n",),
        "south": ("whsec_o", "whsec_p"),
    }
    assert webhook_secrets(["north"]) == {"north": ("whsec_n",)}


def test_the_environment_has_them_as_json(configure, monkeypatch):
    configure()
    several = {"north": "whsec_n", "south": ["whsec_o", "whsec_p"]}
    monkeypatch.setenv("SOURCES__ACCBOOKS__WEBHOOK_SECRETS", json.dumps(several))
    assert webhook_secrets(["north", "south"]) == {"north": ("whsec_n",), "south": ("whsec_o", "whsec_p")}


@pytest.mark.parametrize(
    ("written", "expected"),
    [("whsec_one", ("whsec_one",)), ('["whsec_one", "whsec_two"]', ("whsec_one", "whsec_two"))],
)
def test_so_it_has_a_single_one(configure, monkeypatch, written, expected):
    configure()
    monkeypatch.setenv("SOURCES__ACCBOOKS__WEBHOOK_SECRET", written)
    assert webhook_secrets(["default"]) == {"default": expected}


def test_without_any_there_are_none(configure):
    configure()
    assert webhook_secrets(["default", "other"]) == {}


def test_one_secret_for_several_companies_is_refused_without_it(configure):
    configure(secrets='[sources.accbooks]\nwebhook_secret = "whsec_hush"')
    with pytest.raises(ConfigurationError, match="is for one company, and there are 2") as refused:
        webhook_secrets(["north", "south"])
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("written", ['""', "[]", "false"])
def test_an_empty_secret_is_none(configure, written):
    configure(secrets=f"[sources.accbooks.webhook_secrets]\nnorth = {written}")
    assert webhook_secrets(["north"]) == {}


@pytest.mark.parametrize(
    "written",
    ['" "', '["whsec_hush", ""]', '["whsec_hush", 7]', "7", "true", '{hush = "whsec_hush"}'],
)
def test_what_is_no_secret_is_refused_without_it(configure, written):
    configure(secrets=f"[sources.accbooks.webhook_secrets]\nnorth = {written}")
    with pytest.raises(ConfigurationError, match="neither a text nor a list of texts") as refused:
        webhook_secrets(["north"])
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("written", ["whsec_hush", "[1", '"whsec_hush"', '["whsec_hush"]', "7"])
def test_an_environment_that_is_no_object_is_refused_without_it(configure, monkeypatch, written):
    configure()
    monkeypatch.setenv("SOURCES__ACCBOOKS__WEBHOOK_SECRETS", written)
    with pytest.raises(ConfigurationError, match="WEBHOOK_SECRETS is not a JSON object") as refused:
        webhook_secrets(["north"])
    assert "hush" not in str(refused.value)
