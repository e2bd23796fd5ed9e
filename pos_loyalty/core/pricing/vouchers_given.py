"""Vouchers that a purchase makes: coupons for a later order, and gift cards that were bought."""

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.needs import unmet
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import GiveVoucher, LoadCard, Program


def issue(program: Program, ticket: Ticket, at: Circumstances) -> list[VoucherMove]:
    """Return the vouchers and cards of ``program`` that are made when the basket is committed."""
    moves: list[VoucherMove] = []
    for rule in program.rules:
        if not isinstance(rule, GiveVoucher | LoadCard) or getattr(rule, "happening", None) is not None:
            continue
        lines = [i for i in ticket.shelf.reach(rule.goods) if ticket.paid[i]]
        if (
            not lines
            or at.against(rule.only, program.program_id)
            or unmet(rule.needs, rule.goods, program.program_id, ticket)
        ):
            continue
        if isinstance(rule, GiveVoucher):
            moves.append(coupon(program, rule, at))
        else:
            moves += _cards(program, rule, lines, ticket, at)
    return moves


def coupon(program: Program, rule: GiveVoucher, at: Circumstances) -> VoucherMove:
    """Return one new voucher of ``program``, good from the day and for the days that ``rule`` says."""
    return VoucherMove(
        kind=VoucherMoveKind.ISSUED,
        program_id=program.program_id,
        source=f"{program.stamp}/{rule.rule_id}",
        valid_from=at.midnight(at.day_in(rule.after_days)) if rule.after_days else None,
        valid_until=at.midnight(at.day_in(rule.after_days + rule.days)) if rule.days else None,
    )


def _cards(program: Program, rule: LoadCard, lines: list[int], ticket: Ticket, at: Circumstances) -> list[VoucherMove]:
    return [
        VoucherMove(
            kind=VoucherMoveKind.ISSUED,
            program_id=program.program_id,
            source=f"{program.stamp}/{rule.rule_id}",
            amount=ticket.shelf.unit[i],
            line=ticket.shelf.lines[i].number,
            valid_until=at.midnight(at.day_in(rule.days)) if rule.days else None,
        )
        for i in sorted(lines, key=lambda i: ticket.shelf.lines[i].number)
        for _ in range(ticket.paid[i])
    ]
