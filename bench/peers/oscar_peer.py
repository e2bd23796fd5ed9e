"""django-oscar: ``Applicator.apply_offers`` on a basket in SQLite in memory, exclusive offers (its default).

Counted: ``apply_offers`` and all the queries it makes, one or two for each offer and line to ask whether the offer's
range has the product. Not counted: making tables, products, offers and baskets, reading the offers and the basket's
lines.
"""

from decimal import Decimal
from importlib import import_module, metadata
from typing import Any

from bench.peers.till import serve
from bench.peers.workload import UNITS_MAX, Line, Program, Workload

_CURRENCY = "EUR"
_MINOR = 100


class OscarTill:
    """Site offers with falling priority, in the order of the programs."""

    def __init__(self, workload: Workload) -> None:
        # Models can only be imported once Django is set up.
        self._factories = import_module("oscar.test.factories")
        self._applicator = import_module("oscar.apps.offer.applicator").Applicator()
        for model in ("ConditionalOffer", "Basket", "Product"):
            getattr(self._factories, model).objects.all().delete()
        self._products = [
            self._factories.create_product(price=Decimal(price) / _MINOR, num_in_stock=UNITS_MAX)
            for price in workload.prices
        ]
        for place, program in enumerate(workload.programs):
            self._offer(place, program)
        self._offers: list[Any] = []
        self._basket: Any = None

    def lay(self, basket: tuple[Line, ...]) -> None:
        """Save a basket, and read its lines and the offers anew: nothing is left over from an earlier pass."""
        self._basket = self._factories.create_basket(empty=True)
        for line in basket:
            self._basket.add_product(self._products[line.product], line.units)
        len(self._basket.all_lines())
        self._offers = self._applicator.get_offers(self._basket)

    def apply(self) -> None:
        """Apply every offer until its condition is met no more."""
        self._applicator.apply_offers(self._basket, self._offers)

    def total(self) -> int:
        """Return minor units to pay."""
        return int(self._basket.total_excl_tax * _MINOR)

    def _offer(self, place: int, program: Program) -> None:
        products = [self._products[product] for product in program.products]
        goods = self._factories.RangeFactory(products=products, includes_all_products=not products)
        cheapest = program.kind == "cheapest"
        kinds = self._factories.Benefit
        benefit = self._factories.BenefitFactory(
            range=goods,
            type=kinds.MULTIBUY if cheapest else kinds.PERCENTAGE,
            value=None if cheapest else program.percent,
        )
        condition = self._factories.ConditionFactory(range=goods, value=program.least)
        self._factories.ConditionalOfferFactory(benefit=benefit, condition=condition, priority=-place)


def main() -> None:
    """Serve Oscar. Its tables come straight from the models, since its migrations take a quarter of a minute."""
    settings = import_module("django.conf").settings
    settings.configure(
        **{name: value for name, value in vars(import_module("oscar.defaults")).items() if name.startswith("OSCAR_")},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        INSTALLED_APPS=import_module("oscar").INSTALLED_APPS,
        SITE_ID=1,
        USE_TZ=True,
    )
    django = import_module("django")
    django.setup()
    settings.MIGRATION_MODULES = {app.label: None for app in import_module("django.apps").apps.get_app_configs()}
    import_module("django.core.management").call_command("migrate", run_syncdb=True, verbosity=0)
    serve(f"django-oscar {metadata.version('django-oscar')}, Django {django.get_version()}", OscarTill)


if __name__ == "__main__":
    main()
