"""Passes and keys that the tests share."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from pos_loyalty.core.passes import Claims, Form, KeyRing, PublicKey, armoured, public_half, seal

PRIVATE = bytes(range(32))
STRANGER = bytes(range(32, 64))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
KEY = PublicKey(public=public_half(PRIVATE), since=NOON - YEAR)
RING = KeyRing((KEY,))
REZA = Claims(
    member_id="0198c6e4-7d2a-7b3c-8d4e-5f60718293a4",
    name="رضا رضایی",
    tier="gold",
    issued=NOON,
    expires=NOON + YEAR,
)
EMILY = Claims(member_id="PL-1003", name="Ms Emily Carter", issued=NOON, expires=NOON + YEAR)

forms = st.sampled_from(Form)
_letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
_persian = st.sampled_from("آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئءأإؤةىيكًٌٍَُِّْ \u200c")
names = st.one_of(st.text(_persian, min_size=1, max_size=21), st.text(_letters, min_size=1, max_size=16))
_times = st.integers(0, 2**32 - 2).map(lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
_member_ids = st.uuids().map(str) | st.text(_letters, min_size=1, max_size=8)


@st.composite
def some_claims(draw: st.DrawFn) -> Claims:
    """Return claims of any member, at any time."""
    one, other = draw(_times), draw(_times)
    return Claims(
        member_id=draw(_member_ids),
        name=draw(names),
        tier=draw(st.text(_letters, max_size=4)),
        issued=min(one, other),
        expires=max(one, other) + timedelta(seconds=1),
        rotates=draw(st.booleans()),
    )


def text_of(claims: Claims, form: Form = Form.BASE45, private: bytes = PRIVATE) -> str:
    """Return the text of a pass."""
    return armoured(seal(claims, private), form)
