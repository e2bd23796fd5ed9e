"""The sample shop of the demo, the tests and the benchmarks: a menswear and department shop that sells in rials.

Everything comes from a seed and a day, so the same call gives the same shop. Nobody in it exists.
"""

from pos_loyalty.sample.shop import sample_shop
from pos_loyalty.sample.stars import AMBIGUOUS_CODE, STARS, Star

__all__ = ["AMBIGUOUS_CODE", "STARS", "Star", "sample_shop"]
