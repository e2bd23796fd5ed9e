"""What went wrong or was refused, as a sentence for the cashier that ends in the remedy."""

from collections.abc import Mapping

from pos_loyalty.core.basket import LineFault, LineFaultKind
from pos_loyalty.core.evaluation import Reason
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.i18n.bidi import isolate
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import Problem
from tui.present.reasons import reason
from tui.present.words import Words

NOTICES: Mapping[NoticeCode, str] = {
    NoticeCode.UNKNOWN_CODE: mark("Nobody is known by this code. Scan it again, or press F2 and ask for the name."),
    NoticeCode.PAYMENT_CARD: mark(
        "This is a payment card. It was not read or kept. Ask for the member card or the name."
    ),
    NoticeCode.UNREADABLE: mark("The reader could not make out the code. Scan it again, a little slower."),
    NoticeCode.PARITY: mark(
        "The reader and the till disagree about parity. Scan again; if it happens twice, tell whoever looks after"
        " the till."
    ),
    NoticeCode.TOO_LONG: mark("The code never ended, so it was not used. Scan one code at a time."),
    NoticeCode.INTERRUPTED: mark("The scan broke off half-way. Check the cable of the reader, then scan again."),
    NoticeCode.LOST_EVENTS: mark("Part of the scan was lost on its way, so it was not used. Scan it again."),
    NoticeCode.RANDOM_NUMBER: mark(
        "This phone or bank card shows another number each time. Ask for the member card or the name."
    ),
    NoticeCode.EMPTY_CODE: mark("The code was empty. Scan it again."),
    NoticeCode.AMBIGUOUS_CODE: mark(
        "This code may mean several things here. Scan another code of it, or type the product or the name."
    ),
    NoticeCode.CARD_REPLACED: mark("This card was replaced by a newer one. Ask for the newer card or the name."),
    NoticeCode.PRICE_IN_CODE: mark(
        "This code holds a price or weight of its own. Press F4 and type the amount on the label."
    ),
    NoticeCode.PASS_EXPIRED: mark("This pass has expired. Ask for the name, and offer a new pass."),
    NoticeCode.PASS_REVOKED: mark(
        "This pass is no longer good: it was reported lost, or replaced. Ask for the newer pass or the name."
    ),
    NoticeCode.PASS_FOREIGN: mark(
        "This pass is of another shop, or this till does not know its key yet. Ask for the member card or the name."
    ),
    NoticeCode.PASS_FORGED: mark("This pass is not genuine. Give nothing for it; ask for the member card or the name."),
    NoticeCode.PASS_STALE: mark(
        "A picture of a pass, or one shown before. Ask the customer to open the pass anew on the phone, then scan it."
    ),
    NoticeCode.PASS_CLOCK: mark(
        "The clock of this till is slow, so it cannot check the pass. Ask for the name and have the clock set."
    ),
    NoticeCode.PASS_MISREAD: mark(
        "The pass was cut or garbled. Scan it again; if it happens twice, tell whoever looks after the till."
    ),
    NoticeCode.PASS_UNCHECKED: mark("This till cannot check this kind of pass. Ask for the member card or the name."),
    NoticeCode.STORE_UNREADABLE: mark("The till cannot read its data now. Sell without the card and call for help."),
    NoticeCode.STORE_LOCKED: mark("Another program holds the data of the till. Wait a moment and try again."),
    NoticeCode.STORE_FULL: mark("The disk is full, so nothing was written. Call for help before the next sale."),
    NoticeCode.STORE_READ_ONLY: mark("The disk cannot be written, so nothing was written. Call for help."),
    NoticeCode.STORE_DAMAGED: mark("The data of the till is damaged. Sell without the card and call for help."),
    NoticeCode.ALREADY_HERE: mark("This customer is on the screen already."),
    NoticeCode.BASKET_HAS_MEMBER: mark(
        "This basket belongs to somebody else. Finish it with F9 or cancel it with F8, then scan again."
    ),
    NoticeCode.BASKET_IS_OPEN: mark("A basket is open. Finish it with F9 or cancel it with F8."),
    NoticeCode.BUSY: mark("The sale is being written. One moment, then try again."),
    NoticeCode.NO_BASKET: mark("No basket is open. Type an amount or a product first."),
    NoticeCode.NOTHING_TO_SELL: mark("The basket is empty. Type an amount or a product first."),
    NoticeCode.COMMIT_FAILED: mark("The sale could not be written and nothing was taken. Press F9 again."),
    NoticeCode.NOT_NOW: mark("That is not possible at this moment."),
}

PROBLEMS: Mapping[str, str] = {
    "lines": mark("These lines cannot be sold. Check the number or the amount."),
    "claims": mark("That is more rewards than one basket can use. Take one off first."),
    "codes": mark("That is more codes than one basket can use. Take one off first."),
    "mistyped-code": mark("A sign of this code is wrong, or two are swapped. Compare it with the voucher."),
    "not-sold": mark("This basket was never sold, so nothing of it can come back."),
    "return": mark("These goods cannot come back. Compare them with the receipt."),
    "gesture": mark("This gesture cannot be made. Give less, say what it is for, or ask somebody who may give more."),
    "stale-basket": mark("The basket was changed elsewhere. This is how it stands now; please do it again."),
    "basket-closed": mark("That basket is closed. Start the next one."),
    "key-reused": mark("The till could not repeat that safely. Look at the basket, then do it again."),
    "text": mark("That text is empty or too long."),
    "payment-card": NOTICES[NoticeCode.PAYMENT_CARD],
    "unknown-member": mark("This customer is no longer known. Search again with F2."),
    "not-a-code": NOTICES[NoticeCode.UNKNOWN_CODE],
    "unknown-basket": NOTICES[NoticeCode.NO_BASKET],
    "not-allowed": mark("This screen may not use the till. Call for help."),
    "bad-request": mark("The screen and the till do not understand each other. Call for help."),
    "internal": mark("The till made a mistake and changed nothing. Try again; if it happens twice, call for help."),
}

LINE_FAULTS: Mapping[LineFaultKind, str] = {
    LineFaultKind.UNKNOWN_PRODUCT: mark(
        "No product has this code. Check it, or press F4 for an amount, F7 for a voucher."
    ),
    LineFaultKind.QUANTITY: mark("The quantity must be from 1 to {limit}."),
    LineFaultKind.AMOUNT: mark("The amount must be above zero, and not beyond reason. Type it again."),
    LineFaultKind.NOTHING_NAMED: mark("Type a product or an amount."),
    LineFaultKind.TOO_MANY_LINES: mark("{limit} lines are the most. Sell the rest in a second basket."),
    LineFaultKind.TOTAL: mark("The total is too large. Check the quantities."),
}

UNKNOWN_AT_SALE = mark("No product and no member has this code. Scan it again, or press F4 and type the amount.")
"""F2 finds a member, and at a sale it was more likely a product."""
PAYMENT_CARD = NOTICES[NoticeCode.PAYMENT_CARD]
SERVICE_LOST = mark("The till service does not answer. What you typed is kept; this screen connects again by itself.")
SERVICE_BACK = mark("The till service is back.")
SALE_KEPT = mark("The sale was written: {amount}. Nothing was lost and nothing was done twice.")
VOID_AGAIN = mark("Press F8 once more to cancel this basket.")
FIELD_NOT_EMPTY = mark("Something is still in the field. Press Enter to add it or Esc to drop it, then F9 to pay.")
WRITING = mark("Writing the sale…")
SLOW = mark("The till is slow to answer. Nothing is lost; wait a moment.")
UNANSWERED = mark("The till did not answer. If nothing has happened, do it once more.")
HOW_TO_CLOSE = mark("Ctrl+Q closes the screen. The till goes on.")
NOTE_KEPT = mark("The note is in the client book.")
CODE_TAKEN = mark("The code counts.")
CODE_WAITS = mark("The code is kept, but gives nothing yet. F12 says what is missing.")
CHOOSE_FROM_LIST = mark("↓ and Enter choose from the list.")
TOO_SMALL = mark("The window is too small: {size} are needed")
REPLICA_RESET = mark("The copy of the members was damaged and has been set aside. They come back with the next sync.")


def notice(code: NoticeCode, say: Locale, *, selling: bool = False) -> str:
    """Return the sentence for a notice or a refusal; ``selling`` says that a customer or a basket is at the counter."""
    return say.text(UNKNOWN_AT_SALE if selling and code is NoticeCode.UNKNOWN_CODE else NOTICES[code])


def problem(refused: Problem, say: Locale) -> str:
    """Return the sentence for a problem document; the service's own English detail is for its log, not for here."""
    if refused.faults:
        return line_fault(refused.faults[0], say)
    if refused.retry_after:
        return say.plural(
            "Too many codes were unknown. Codes are taken again in {n} second; everything else goes on.",
            "Too many codes were unknown. Codes are taken again in {n} seconds; everything else goes on.",
            refused.retry_after,
        )
    word = refused.type.rpartition(":")[2]
    message = PROBLEMS.get(word)
    if message is None:
        code = next((code for code in NoticeCode if code.value.replace("_", "-") == word), NoticeCode.NOT_NOW)
        message = NOTICES[code]
    return say.text(message)


def refused_code(code: str, why: Reason, say: Locale, words: Words) -> str:
    """Return why a code that was typed does nothing."""
    return say.text("{code}: {why}. It is in the field again.", code=isolate(code), why=reason(why, say, words))


def line_fault(fault: LineFault, say: Locale) -> str:
    """Return why a line cannot be in the basket."""
    return say.text(LINE_FAULTS[fault.kind], limit=fault.limit or 0)
