"""Codes that were entered, and vouchers: which programs they wake, which rewards they pay for."""

from datetime import datetime
from operator import itemgetter

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because, Reason, RefusedCode
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.members import Member
from pos_loyalty.core.programs import Kind, Program, ProgramSet
from pos_loyalty.core.vouchers import Voucher, VoucherStatus


class Codes:
    """What the codes of one basket and the member's own vouchers open."""

    __slots__ = ("_member", "_now", "_programs", "_vouchers", "awake", "presented", "refused", "usable", "woken")

    def __init__(self, basket: Basket, member: Member | None, programs: ProgramSet, now: datetime) -> None:
        self._member = member
        self._now = now
        self._programs = programs
        self._vouchers = {voucher.code: voucher for voucher in (*basket.vouchers, *(member.vouchers if member else ()))}
        self.awake: set[str] = set()
        """Program versions, by stamp, that a code has woken."""
        self.woken: list[tuple[int, tuple[Program, ...]]] = []
        """Index of each good code, and the program versions that something may come of."""
        self.refused: list[RefusedCode] = []
        self.presented: dict[str, Voucher] = {}
        """Vouchers whose code was entered, by code."""
        self.usable: dict[str, list[Voucher]] = {}
        """Vouchers by program that could be used now, the one that ends soonest first; presented ones before all."""
        for index, code in enumerate(normal_code(code) for code in basket.codes):
            if code in programs.by_code:
                self.awake.update(program.stamp for program in programs.by_code[code])
                self.woken.append((index, programs.by_code[code]))
            elif (reason := self.refusal(code)) is not None:
                self.refused.append(RefusedCode(index=index, reason=reason))
            else:
                self.presented[code] = self._vouchers[code]
                self.woken.append((index, tuple(programs.versions(self._vouchers[code].program_id))))
        for voucher in sorted(self._vouchers.values(), key=self._rank):
            if voucher.code in self.presented or self._is_own(voucher):
                self.usable.setdefault(voucher.program_id, []).append(voucher)

    def refusal(self, code: str) -> Reason | None:
        """Return why the voucher with this ``code``, in normal form, cannot be used; None if it can."""
        voucher = self._vouchers.get(code)
        if (reason := _refusal(voucher, self._member, self._now)) is not None:
            return reason
        return self._emptiness(voucher) if voucher else None

    def _emptiness(self, voucher: Voucher) -> Reason | None:
        """Refuse a gift card on which nothing is left: whoever brings it must be told so, and not that all is paid."""
        if voucher.balance > 0:
            return None
        is_card = any(program.kind is Kind.GIFT_CARD for program in self._programs.versions(voucher.program_id)[-1:])
        return Reason(Because.CODE_USED) if is_card else None

    def coming(self, program_id: str) -> Reason | None:
        """Return from when on the member has a voucher of the program; None if there is none to come."""
        refusals = [
            self.refusal(voucher.code)
            for voucher in self._vouchers.values()
            if voucher.program_id == program_id and self._belongs(voucher)
        ]
        starts = [(reason.at, reason) for reason in refusals if reason and reason.at]
        return min(starts, key=itemgetter(0))[1] if starts else None

    def _belongs(self, voucher: Voucher) -> bool:
        return self._member is not None and self._member.is_called(voucher.member_id)

    def _is_own(self, voucher: Voucher) -> bool:
        return self._belongs(voucher) and self.refusal(voucher.code) is None

    def _rank(self, voucher: Voucher) -> tuple[bool, bool, datetime, str]:
        until = voucher.valid_until
        return voucher.code not in self.presented, until is None, until or self._now, voucher.code


def _refusal(voucher: Voucher | None, member: Member | None, now: datetime) -> Reason | None:
    if voucher is None or voucher.status is VoucherStatus.REVOKED:
        return Reason(Because.UNKNOWN_CODE)
    if voucher.status is VoucherStatus.REDEEMED:
        return Reason(Because.CODE_USED)
    if voucher.member_id is not None and (member is None or not member.is_called(voucher.member_id)):
        return Reason(Because.NOT_YOUR_CODE)
    if voucher.valid_from is not None and now < voucher.valid_from:
        return Reason(Because.NOT_YET, at=voucher.valid_from.astimezone(now.tzinfo))
    if voucher.valid_until is not None and now >= voucher.valid_until:
        return Reason(Because.CODE_EXPIRED)
    return None
