"""The same baskets through our engine, pretix and django-oscar: equal totals first, times second."""
