"""Tests of pos_loyalty.i18n."""
