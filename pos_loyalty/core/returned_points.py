"""The points, vouchers and uses that go back when goods come back."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from math import ceil, floor

from msgspec.structs import replace

from pos_loyalty.core.entries import ReversalPolicy
from pos_loyalty.core.evaluation import MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.programs import ProgramSet, Returns
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.shares import Shares
from pos_loyalty.core.sources import program_of, version_of
from pos_loyalty.core.usage import Counted

_DEFAULT = Returns()


class Undoing:
    """One step of undoing ``sale``: from what was back ``before`` it to what is back ``after``."""

    def __init__(self, sale: Sale, before: Shares, after: Shares, programs: ProgramSet) -> None:
        self._sale = sale.body
        self._stamps = {program_of(stamp): stamp for stamp in sale.programs}
        self._before = before
        self._after = after
        self._programs = programs

    @property
    def complete(self) -> bool:
        """Whether nothing is out any more."""
        return self._after.complete

    def gifts_out(self) -> tuple[int, ...]:
        """Return the lines of gifts of which something is still out."""
        return tuple(line.number for line in self._after.out() if line.free_units >= line.quantity)

    def given_back(self) -> list[PointsMove]:
        """Return the points that rewards had cost and that come back; wallets get theirs with the payments."""
        wallets = {payment.source for payment in self._sale.payments}
        moves = []
        for move in self._sale.moves:
            if move.points < 0 and move.source not in wallets and self._policy(move.source).spent:
                before, after = self._before.spent(move.source), self._after.spent(move.source)
                # Up, and not each time anew: the customer never gets less than the share, and never more than all.
                points = ceil(-move.points * after) - ceil(-move.points * before)
                if points:
                    moves.append(
                        PointsMove(account=move.account, points=points, kind=MoveKind.RESTORATION, source=move.source)
                    )
        return moves

    def taken_back(self, today: date, balances: Mapping[str, int]) -> list[PointsMove]:
        """Return the points that were earned on what comes back, as far as the policy takes them from ``balances``."""
        left = dict(balances)
        moves = []
        for move in self._sale.moves:
            points = self._grown_down(move)
            if not points:
                continue
            pending = move.pending_until if move.pending_until and today < move.pending_until else None
            policy = self._policy(move.source).earned
            taken = points if pending else _within(policy, points, left.get(move.account, 0))
            if not pending:
                left[move.account] = left.get(move.account, 0) - taken
            short = points - taken if policy is ReversalPolicy.WITHIN_BALANCE else 0
            moves.append(
                PointsMove(
                    account=move.account,
                    points=-taken,
                    kind=MoveKind.REVERSAL,
                    source=move.source,
                    pending_until=pending,
                    forgiven=points - taken - short,
                    short=short,
                )
            )
        return moves

    def _grown_down(self, move: PointsMove) -> int:
        if move.points <= 0:
            return 0
        return floor(move.points * self._after.earned(move)) - floor(move.points * self._before.earned(move))

    def vouchers(self) -> list[VoucherMove]:
        """Return the vouchers that come back to life, and the coupons that the sale should not have given."""
        return [
            VoucherMove(kind=kind, program_id=move.program_id, source=move.source, code=move.code)
            for move in self._sale.vouchers
            if move.code and (kind := self._end_of(move))
        ]

    def _end_of(self, move: VoucherMove) -> VoucherMoveKind | None:
        """Return what this step does to the voucher of ``move``; gift cards come and go with their money."""
        if move.kind is VoucherMoveKind.REDEEMED and self._policy(move.source).spent:
            done = _done(self._before.spent(move.source), self._after.spent(move.source))
            return VoucherMoveKind.RESTORED if done else None
        if move.kind is VoucherMoveKind.ISSUED and move.line is None:
            return VoucherMoveKind.REVOKED if _done(self._before.bought(), self._after.bought()) else None
        return None

    def counts(self) -> list[Counted]:
        """Return the uses that are released, once nothing is out any more."""
        if not self._after.complete:
            return []
        return [replace(count, amount=-count.amount) for count in self._sale.counts if self._releases(count.key)]

    def granted(self) -> dict[str, date]:
        """Return the programs of an occasion that may give again, once nothing is out any more."""
        day = self._sale.day
        if not self._after.complete or day is None:
            return {}
        return {program_id: day for program_id in self._sale.granted if self._releases(program_id)}

    def _releases(self, key: str) -> bool:
        """Whether the program that ``key`` begins with gives back uses."""
        return self._policy(self._stamps.get(key.partition("/")[0], "")).uses

    def _policy(self, source: str) -> Returns:
        program = version_of(self._programs, source)
        return program.returns if program else _DEFAULT


def made_up(given: Iterable[PointsMove], short: Mapping[str, int]) -> list[PointsMove]:
    """Return the restorations ``given``, of which as many points as an account is ``short`` of go for those."""
    left = dict(short)
    moves = []
    for move in given:
        part = min(move.points, left.get(move.account, 0))
        left[move.account] = left.get(move.account, 0) - part
        moves.append(replace(move, points=move.points - part, short=-part))
    return moves


def _done(before: Fraction, after: Fraction) -> bool:
    return before < after == 1


def _within(policy: ReversalPolicy, points: int, balance: int) -> int:
    """Return how much of ``points`` that are not pending the policy takes out of ``balance``."""
    if policy is ReversalPolicy.UNLIMITED:
        return points
    return min(points, max(0, balance)) if policy is ReversalPolicy.WITHIN_BALANCE else 0
