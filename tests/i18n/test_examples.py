"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

from pos_loyalty import i18n


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(i18n.__path__)])
def test_the_examples_of_a_module_give_what_they_say(name: str) -> None:
    """Every line after >>> in the module prints what stands below it."""
    assert doctest.testmod(importlib.import_module(f"pos_loyalty.i18n.{name}")).failed == 0
