"""What a member pass says, for whoever looks at what was scanned; verified only where the keys are at hand."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pos_loyalty.cli.pass_keys import KeyFolder
from pos_loyalty.core.decisions import Decision, Fields
from pos_loyalty.core.passes import Claims, PassFault, Refused, check_pass
from pos_loyalty.core.passes.armour import unarmoured
from pos_loyalty.core.passes.claims import from_bytes
from pos_loyalty.core.passes.faults import REASONS
from pos_loyalty.core.passes.sealing import taken_apart

_UNVERIFIED = "not verified: anybody can print such a pass; --keys names the folder with the keys of the shop"


def with_claims(decision: Decision, keys: Path | None) -> Decision:
    """Put what the pass says in place of its text, and why it is not good, if so, as the reason.

    Raises:
        ConfigError: the folder has no keys that can be read.
    """
    text = str(decision.fields["pass"])
    if keys is None:
        found = printed(text)
        fault = found if isinstance(found, PassFault) else None
        claims = None if isinstance(found, PassFault) else found
        return _told(decision, claims, REASONS[fault] if fault else _UNVERIFIED)
    folder = KeyFolder(keys)
    checked = check_pass(text, folder.required_ring(), folder.revocations, datetime.now(UTC))
    return _told(decision, checked.claims, REASONS[checked.fault] if isinstance(checked, Refused) else "")


def printed(text: str) -> Claims | PassFault:
    """Return what a pass says, whoever signed it, if anybody did."""
    data = unarmoured(text)
    sealed = data if isinstance(data, PassFault) else taken_apart(data)
    if isinstance(sealed, PassFault):
        return sealed
    claims = from_bytes(sealed.claims, is_uuid=sealed.is_uuid, rotates=sealed.rotates)
    return PassFault.MALFORMED if claims is None else claims


def _told(decision: Decision, claims: Claims | None, reason: str) -> Decision:
    fields: Fields = {}
    if claims:
        fields = {
            "member": claims.member_id,
            "name": claims.name,
            "tier": claims.tier,
            "issued": f"{claims.issued:%Y-%m-%dT%H:%M:%SZ}",
            "expires": f"{claims.expires:%Y-%m-%dT%H:%M:%SZ}",
        }
    return msgspec.structs.replace(decision, fields=fields, reason=reason)
